// What holds for the symbols of any text: real files, broken ones, empty ones, ones of a single line, deep nesting.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunkLimits } from "../../../../server/src/context/ast/chunker.js";
import { extractorQueries, SymbolExtractor } from "../../../../server/src/context/ast/extract.js";
import { extractSymbols } from "../../../../server/src/context/ast/extractSymbols.js";
import type { FileSymbols } from "../../../../server/src/context/symbols.js";
import type { Languages } from "../../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "../../syntax/testLanguages.js";

const root = join(import.meta.dirname, "..", "..", "..", "..");

let languages: Languages;
let extractor: SymbolExtractor;
beforeAll(async () => {
  languages = await loadTestLanguages(extractorQueries);
  extractor = new SymbolExtractor(languages);
});
afterAll(() => languages.dispose());

async function symbolsOf(path: string, text: string): Promise<FileSymbols> {
  await extractor.prepare(path);
  const symbols = extractor.extract(path, text);
  if (symbols === undefined) throw new Error("nothing stops it");
  return symbols;
}

/** Throws where something is not as symbols.ts promises. */
function check(text: string, { definitions, references, imports, chunks }: FileSymbols): void {
  let end = 0;
  for (const chunk of chunks) {
    expect(chunk.start).toBe(end);
    expect(chunk.end).toBeGreaterThan(chunk.start);
    expect(chunk.end - chunk.start).toBeLessThanOrEqual(chunkLimits.characters);
    end = chunk.end;
    const around = definitions[chunk.definition];
    if (around !== undefined) {
      const trimmed = text.slice(chunk.start, chunk.end).trim();
      expect(text.slice(around.start, around.end)).toContain(trimmed);
    }
  }
  expect(end).toBe(text.length);
  let start = 0;
  definitions.forEach((definition, index) => {
    const { nameStart, name, headEnd, parent } = definition;
    expect(definition.start).toBeGreaterThanOrEqual(start);
    start = definition.start;
    expect(text.slice(nameStart, nameStart + name.length)).toBe(name);
    expect(nameStart).toBeGreaterThanOrEqual(definition.start);
    expect(headEnd).toBeGreaterThanOrEqual(nameStart + name.length);
    expect(definition.end).toBeGreaterThanOrEqual(headEnd);
    expect(parent).toBeLessThan(index);
    const outer = definitions[parent];
    if (outer !== undefined) expect(outer.end).toBeGreaterThanOrEqual(definition.end);
  });
  let last = -1;
  for (const { start: at, name, definition } of references) {
    expect(at).toBeGreaterThan(last);
    last = at;
    expect(text.slice(at, at + name.length)).toBe(name);
    const around = definitions[definition];
    if (around !== undefined) {
      expect(around.start).toBeLessThanOrEqual(at);
      expect(around.end).toBeGreaterThanOrEqual(at + name.length);
    }
  }
  for (const each of imports) {
    expect(each.end).toBeGreaterThan(each.start);
    expect(each.end).toBeLessThanOrEqual(text.length);
  }
}

/** Files that people wrote: this repository's, and packages'. */
function realFiles(): string[] {
  const folders = [
    "server/src/completion",
    "server/src/syntax",
    "models/training",
    "scripts",
    "node_modules/commander/lib",
    "node_modules/web-tree-sitter",
    "node_modules/tree-sitter-c/src/tree_sitter",
    "node_modules/tree-sitter/src",
    "test/fixtures/symbols",
  ];
  const isSource = /\.(ts|py|js|mjs|cjs|c|cc|h|cpp|rs|go|java|cs|php|rb|tsx)$/;
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => isSource.test(name) && !name.startsWith("web-tree-sitter."))
      .map((name) => join(folder, name)),
  );
}

test.each(realFiles())("%s", async (path) => {
  const text = readFileSync(join(root, path), "utf8");
  const symbols = await symbolsOf(path, text);
  check(text, symbols);
  const lines = text.split("\n").length;
  // Function-sized: on the average well over a statement, and none much above the limit.
  expect(symbols.chunks.length).toBeLessThanOrEqual(1 + lines / 5);
});

describe("odd texts", () => {
  const paths = [
    "a.py",
    "a.ts",
    "a.tsx",
    "a.js",
    "a.java",
    "a.go",
    "a.rs",
    "a.c",
    "a.cpp",
    "a.cs",
    "a.php",
    "a.rb",
    "a.xyz",
  ];

  test.each(paths)("empty, blank and binary-looking text in %s", async (path) => {
    expect((await symbolsOf(path, "")).chunks).toEqual([]);
    for (const text of [" ", "\n\n\n", "\ufeff", "\u0000\u0001\ud800", "}}}}))) ((( {{{ \"'`", "\r\n\r\nx\r\n"]) {
      check(text, await symbolsOf(path, text));
    }
  });

  test.each(paths)("every cut of a file in %s: what does not parse gives what can be had", async (path) => {
    const extension = path.slice(1);
    const name = readdirSync(join(root, "test/fixtures/symbols")).find((each) => each.endsWith(extension));
    const text = name === undefined ? "a\n  b\n" : readFileSync(join(root, "test/fixtures/symbols", name), "utf8");
    for (let length = 0; length <= text.length; length += 101) {
      const cut = text.slice(0, length);
      check(cut, await symbolsOf(path, cut));
    }
  });

  test("code around an error is still found", async () => {
    const text = "def a():\n    return 1\n\nx = = 2\n\ndef b():\n    return a()\n";
    const { definitions, references } = await symbolsOf("a.py", text);
    expect(definitions.map(({ name }) => name)).toEqual(expect.arrayContaining(["a", "b"]));
    expect(references).toContainEqual(expect.objectContaining({ name: "a", kind: "call" }));
  });

  test("one line of 5 MB", async () => {
    const text = `x = "${"😀 ".repeat(1_700_000)}"`;
    const { chunks } = await symbolsOf("a.js", text);
    expect(chunks.at(-1)?.end).toBe(text.length);
    expect(chunks.every(({ start }) => (text.charCodeAt(start) & 0xfc00) !== 0xdc00)).toBe(true);

    const minified = "f(1,[2]);".repeat(40_000);
    check(minified, await symbolsOf("a.js", minified));
    let asked = 0;
    expect(extractor.extract("a.js", minified.repeat(14), () => ++asked > 20)).toBeUndefined();
  }, 60_000);

  test("nesting that is deeper than a stack", async () => {
    const depth = 20_000;
    const text = `${"[\n".repeat(depth)}1\n${"]\n".repeat(depth)}`;
    check(text, await symbolsOf("a.js", text));
    const functions = `${"function f() {\n".repeat(3000)}${"}\n".repeat(3000)}`;
    check(functions, await symbolsOf("a.js", functions));
  }, 60_000);
});

test("it stops when it is late, and works again afterwards", async () => {
  await extractor.prepare("a.ts");
  const text = "function f() { return [1, 2, 3].map((x) => x + 1); }\n".repeat(3000);
  let asked = 0;
  expect(extractor.extract("a.ts", text, () => ++asked > 5)).toBeUndefined();
  expect(asked).toBe(6);
  expect(extractor.extract("a.ts", "function f() {}")?.definitions).toHaveLength(1);
});

test("an open document's symbols after edits are those of its text", async () => {
  const text = readFileSync(join(root, "server/src/syntax/scanner.ts"), "utf8");
  await extractor.prepare("a.ts");
  const document = extractor.open("a.ts", text);
  if (document === undefined) throw new Error("TypeScript has a grammar");
  const lineStarts = [...text.matchAll(/^(?=export |const |function )/gm)].map(({ index }) => index).reverse();
  const added = "/** Added 😀. */\nexport function added(a: T): U {\n  return call(a);\n}\n\n";
  for (const [step, start] of lineStarts.entries()) {
    document.edit(start, start, added);
    // Typed and taken back again, with a state between that does not parse.
    document.edit(start, start, '{ "');
    document.captures("mentions");
    document.edit(start, start + 3, "");
    if (step % 5 !== 0) continue;
    const fresh = extractor.open("a.ts", document.text);
    expect(fresh && extractSymbols(document)).toEqual(fresh && extractSymbols(fresh));
    fresh?.dispose();
  }
  expect(extractSymbols(document)?.definitions.filter(({ name }) => name === "added")).toHaveLength(lineStarts.length);
  document.dispose();
});

test("a language without a grammar is cut at blank lines and by indentation", async () => {
  const section = (name: string): string => `${name}:\n${"  item: value\n".repeat(14)}\n`;
  const text = section("one") + section("two") + section("three");
  const { chunks, definitions } = await symbolsOf("a.unknown", text);
  expect(definitions).toEqual([]);
  expect(chunks.map(({ start }) => text.slice(start).split(":")[0])).toEqual(["one", "two", "three"]);
});

test("what is declared within a function without a name is nobody's, and private is said", async () => {
  const text =
    'const shared = 1;\ntest("adds", () => {\n  const local = 2;\n  let other = 3;\n});\nnamespace shop {\n  export const price = 4;\n}\n' +
    "export class Cart {\n  private total = 0;\n  #tax = 1;\n  open = 2;\n}\n";
  const { definitions } = await symbolsOf("a.ts", text);
  expect(definitions.map(({ name }) => name)).toEqual(["shared", "shop", "price", "Cart", "total", "#tax", "open"]);
  expect(definitions.filter(({ isPrivate }) => isPrivate).map(({ name }) => name)).toEqual(["total", "#tax"]);
});

describe("chunks", () => {
  test("a function is a chunk with its comment; small siblings are joined; a large one is cut between statements", async () => {
    const large = (name: string, lines: number): string =>
      `# About ${name}.\ndef ${name}():\n${Array.from({ length: lines }, (_, line) => `    x = f(${line})\n`).join("")}\n\n`;
    const small = Array.from({ length: 4 }, (_, index) => `def small${index}():\n    return ${index}\n\n\n`).join("");
    const text = large("first", 15) + small + large("second", 15) + large("third", 90);
    const { chunks, definitions } = await symbolsOf("a.py", text);
    const shown = chunks.map(({ start, end, definition }) => [
      text.slice(start, end).split("\n")[0],
      definitions[definition]?.name,
    ]);
    expect(shown.slice(0, 4)).toEqual([
      ["# About first.", "first"],
      ["def small0():", undefined],
      ["# About second.", "second"],
      ["# About third.", "third"],
    ]);
    expect(shown.slice(4).every(([line, name]) => name === "third" && line?.startsWith("    x = f"))).toBe(true);
    const lengths = chunks.map(({ start, end }) => text.slice(start, end).trim().split("\n").length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(chunkLimits.lines);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(10);
  });
});
