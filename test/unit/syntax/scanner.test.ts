// What the scanner finds open, closed and in strings, in the lexical rules of the real languages.
import { beforeAll, describe, expect, test } from "vitest";
import { genericLanguage, type Language } from "../../../server/src/syntax/language.js";
import { type Frame, isInText, scan, scanLines } from "../../../server/src/syntax/scanner.js";
import { loadTestLanguages } from "./testLanguages.js";

let language: (id: string) => Language;
beforeAll(async () => {
  const languages = await loadTestLanguages();
  language = (id) => languages.get(id);
});

/** The open frames in short: brackets as themselves, strings by their delimiter, comments by `comment`. */
function openAfter(text: string, id: string): string[] {
  const describeFrame = (frame: Frame): string =>
    frame.kind === "bracket" ? frame.opener : frame.kind === "string" ? frame.rule.delimiter : "comment";
  return scan(text, language(id).lexicon).state.frames.map(describeFrame);
}

describe("what is open", () => {
  test.each([
    ["python", "f(a, [b, {c", ["(", "[", "{"]],
    ["python", "f(a, [b], {c})", []],
    ["python", 'x = """a(b', ['"""']],
    ["python", 'x = """a(b"""\ny = (', ["("]],
    ["python", "x = 'it\\'s (' + (", ["("]],
    ["python", "# don't (\nx = [", ["["]],
    ["python", "x = 1  # (", ["comment"]],
    ["python", "x = 'never closed (\ny = {", ["{"]],
    ["typescript", "const a = `b ${c(d`", ["`", "{", "(", "`"]],
    ["typescript", `const a = \`b \${c(d)} e\`; f(`, ["("]],
    ["typescript", "const a = b.replace(/[(]\\/'/g, (", ["(", "("]],
    ["typescript", "const a = b / c; f(d / 2, '", ["(", "'"]],
    ["typescript", "return /(/.test(", ["("]],
    ["typescript", "/* ( */ f(", ["("]],
    ["typescriptreact", "return <div>don't {f(", ["'"]],
    ["java", 'var a = """\n  "b" (\n  """; f(\'(\', ', ["("]],
    ["go", "a := `b\\`; f('\"', ", ["("]],
    ["go", "// `\nf(", ["("]],
  ] as const)("%s: %s", (id, text, open) => {
    expect(openAfter(text, id)).toEqual(open);
  });

  test("a language that nobody has described has brackets, and no strings in apostrophes", () => {
    const { state } = scan("it's (a [b", genericLanguage.lexicon);
    expect(state.frames).toEqual([
      { kind: "bracket", opener: "(" },
      { kind: "bracket", opener: "[" },
    ]);
  });
});

describe("what is closed that was open before", () => {
  test("brackets of the text's own are not reported", () => {
    const { lexicon } = language("typescript");
    const before = scan("f(g(", lexicon).state;
    const { outerClosers, outerFrames, state } = scan("a(b)) + c(", lexicon, before);
    expect(outerClosers).toEqual([{ offset: 4, text: ")" }]);
    expect(outerFrames).toBe(1);
    expect(state.frames.length).toBe(2);
  });

  test("a closing bracket that nobody opened", () => {
    expect(scan("a) + (b)", language("go").lexicon).outerClosers).toEqual([{ offset: 1, text: ")" }]);
  });

  test("the end of a string", () => {
    const { lexicon } = language("python");
    const before = scan('def f():\n    """Does', lexicon).state;
    expect(isInText(before)).toBe(true);
    const { outerClosers, state } = scan(' it (well).\n    """\n    return (', lexicon, before);
    expect(outerClosers).toEqual([{ offset: 16, text: '"""' }]);
    expect(state.frames.map((frame) => frame.kind)).toEqual(["bracket"]);
  });

  test("a bracket within an open string closes nothing outside", () => {
    const { lexicon } = language("javascript");
    const before = scan("f(`", lexicon).state;
    expect(scan(") ] }", lexicon, before).outerClosers).toEqual([]);
  });
});

describe("lines", () => {
  test("each line knows what is open before and after it", () => {
    const { lexicon } = language("python");
    const lines = scanLines('x = f(\n  a, """b\n""")\ny', lexicon);
    expect(lines.map(({ start, end }) => [start, end])).toEqual([
      [0, 6],
      [7, 16],
      [17, 21],
      [22, 23],
    ]);
    expect(lines.map(({ before }) => before.state.frames.length)).toEqual([0, 1, 2, 0]);
    expect(lines.map(({ before }) => isInText(before.state))).toEqual([false, false, true, false]);
  });

  test("a scan in pieces is the scan of the whole", () => {
    const { lexicon } = language("typescript");
    const text = `const a = \`b\n\${c(\n'd' /* e\n */)} f\`;\nif (g) { // h (\n  return /i(/;\n`;
    expect(scanLines(text, lexicon).at(-1)?.after).toEqual(scan(text, lexicon));
  });

  test("code ends before the comment behind it", () => {
    const { lexicon } = language("python");
    expect(scan("for a in b:  # c", lexicon).codeEnd).toBe("for a in b:".length);
    expect(scan("    # c", lexicon).codeEnd).toBe(0);
    expect(scan("x = '# no'  ", lexicon).codeEnd).toBe("x = '# no'".length);
  });
});
