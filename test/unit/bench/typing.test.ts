// The replay's typist ends with the real file, whatever the editor has added on the way.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { TypedFile } from "../../bench/typedFile.js";
import { type } from "../../bench/typist.js";

/** A file of which everything is typed. */
function empty(target: string): TypedFile {
  return new TypedFile("a.ts", target, [{ start: 0, end: target.length }]);
}

/** What is on the screen after every key. */
function screens(file: TypedFile): string[] {
  const seen: string[] = [];
  while (file.rest(0) !== "") {
    file.pressKey(0);
    const offset = file.caret(0);
    seen.push(`${file.text.slice(0, offset)}|${file.text.slice(offset)}`);
  }
  return seen;
}

describe("TypedFile", () => {
  it("closes brackets and quotes, and types over them", () => {
    expect(screens(empty('f("a")'))).toEqual(["f|", "f(|)", 'f("|")', 'f("a|")', 'f("a"|)', 'f("a")|']);
  });

  it("pushes a bracket down, and goes down to it", () => {
    expect(screens(empty("{\n  a\n}"))).toEqual(["{|}", "{\n  |\n}", "{\n  a|\n}", "{\n  a\n}|"]);
  });

  it("leaves an apostrophe alone", () => {
    expect(screens(empty("it's"))).toEqual(["i|", "it|", "it'|", "it's|"]);
  });

  it("knows where the carets of several places are", () => {
    const file = new TypedFile("a.ts", "a\nb\nc\nd\n", [
      { start: 2, end: 4 },
      { start: 6, end: 8 },
    ]);
    expect(file.text).toBe("a\nc\n");
    file.mistype(0, "x");
    expect(file.hasError(0)).toBe(true);
    expect([file.caret(0), file.caret(1)]).toEqual([3, 5]);
    file.backspace(0);
    file.accept(0, "b\n", 0);
    file.pressKey(1);
    expect(file.text).toBe("a\nb\nc\nd");
    expect([file.caret(0), file.caret(1)]).toEqual([4, 7]);
  });
});

describe("type", () => {
  const source = readFileSync(path.resolve(import.meta.dirname, "../../../node_modules/commander/lib/help.js"), "utf8");
  const lineStart = (offset: number): number => source.indexOf("\n", offset) + 1;
  const gaps = [1000, 9000].map((offset) => ({ start: lineStart(offset), end: lineStart(offset + 600) }));

  it.each([false, true])("types all of it, with errors that are taken back (wandering: %s)", (wanders) => {
    const file = new TypedFile("help.js", source, gaps);
    const kinds = { key: 0, backspace: 0, elsewhere: 0 };
    for (const { kind, pause } of type(
      [0, 1].map((place) => ({ file, place })),
      5,
      wanders,
    )) {
      kinds[kind]++;
      expect(pause).toBeGreaterThan(0);
    }
    expect(file.text).toBe(source);
    const all = kinds.key + kinds.backspace;
    expect(kinds.backspace / all).toBeGreaterThan(0.02);
    expect(kinds.backspace / all).toBeLessThan(0.08);
    expect(kinds.elsewhere > 5).toBe(wanders);
  });

  it("presses the same keys for the same seed", () => {
    const keys = () => [...type([{ file: new TypedFile("help.js", source, gaps), place: 0 }], 5, false)];
    expect(keys().map(({ kind, pause }) => [kind, pause])).toEqual(keys().map(({ kind, pause }) => [kind, pause]));
  });
});
