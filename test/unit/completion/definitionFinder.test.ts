// Definitions while a text is written: offsets from its start, one parse per text, and giving up in time.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DefinitionFinder } from "../../../server/src/completion/definitionFinder.js";
import { findBlockEnd } from "../../../server/src/postprocess/blockEnd.js";
import { createCaretContext } from "../../../server/src/syntax/caretContext.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import type { SyntaxParser } from "../../../server/src/syntax/parser.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";

let languages: Languages;
let parser: SyntaxParser | undefined;
beforeAll(async () => {
  languages = await loadTestLanguages();
  parser = await languages.parser(languages.get("python"));
});
afterAll(() => languages.dispose());

const prefix = "class A:\n    ";
const written = "def f(self):\n        pass\n\n    ";
const source = () => ({ text: prefix + written, caret: prefix.length });

async function finderWith(loaded: SyntaxParser | undefined, now: () => number = () => 0): Promise<DefinitionFinder> {
  const finder = new DefinitionFinder(Promise.resolve(loaded), { now });
  await finder.ready;
  return finder;
}

test("offsets are those of the written text", async () => {
  const finder = await finderWith(parser);
  expect(finder.find(written, source)).toEqual([
    { kind: "definition", start: -prefix.length, end: 25 },
    { kind: "definition", start: 0, end: 25 },
  ]);
});

test("the same text is parsed once", async () => {
  const finder = await finderWith(parser);
  let parses = 0;
  const counted = () => {
    parses++;
    return source();
  };
  finder.find(written, counted);
  finder.find(written, counted);
  expect(parses).toBe(1);
  finder.find(`${written}x`, counted);
  expect(parses).toBe(2);
});

describe("without a tree", () => {
  test("there is no parser", async () => {
    const finder = await finderWith(undefined);
    expect(finder.find(written, source)).toBeUndefined();
  });

  test("a parse that takes too long is given up, and the block ends by indentation", async () => {
    let now = 0;
    const finder = await finderWith(parser, () => {
      now += 1000;
      return now;
    });
    const context = (before: string) => ({
      ...createCaretContext(before, "", languages.get("python")),
      specialTokens: [],
      definitions: finder,
    });
    // Long enough for the parser to look at the clock.
    const enclosing = `class A:\n${"    def f(self):\n        return [1, 2, 3]\n\n".repeat(13)}    `;
    expect(findBlockEnd("def g(self):\n        pass\n\n    def h(self):\n", context(enclosing), true)).toBeUndefined();
    const text = "def g(self):\n        pass\n\nclass B:\n";
    expect(findBlockEnd(text, context(enclosing), true)).toEqual({ end: 26, reason: "blockEnd" });
  });
});
