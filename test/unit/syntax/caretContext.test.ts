// How much a caret asks for, and what stands around it.
import { describe, expect, test } from "vitest";
import {
  createCaretContext,
  isClosedAfterCaret,
  nextLines,
  previousLine,
} from "../../../server/src/syntax/caretContext.js";
import { genericLanguage } from "../../../server/src/syntax/language.js";
import { caret } from "../../golden/goldenCases.js";

function contextOf(marked: string) {
  const [prefix = "", suffix = ""] = marked.split(caret);
  return createCaretContext(prefix, suffix, genericLanguage);
}

describe("mode", () => {
  test.each([
    ["total = █", "statement"],
    ["total = █   \nnext", "statement"],
    ["if (a) {█\n}", "statement"],
    ["f(█)", "line"],
    ["a █ b", "line"],
    ["a\n    █\nb", "block"],
    ["a\n█", "block"],
    ["█", "block"],
    ["\t█  \nb", "block"],
    ["█b", "line"],
  ] as const)("%j asks for a %s", (marked, mode) => {
    expect(contextOf(marked).mode).toBe(mode);
  });
});

describe("neighbouring lines", () => {
  test.each([
    ["a\nb█c\nd", "a", "d"],
    ["a  \n\n  \n█\n \n  d  \ne", "a", "  d"],
    ["█", undefined, undefined],
    ["\n█\n", undefined, undefined],
    ["\n\nab█", undefined, undefined],
  ])("%j", (marked, previous, next) => {
    expect(previousLine(contextOf(marked))).toBe(previous);
    expect(nextLines(contextOf(marked), 1)[0]).toBe(next);
  });
});

describe("is the block closed after the caret?", () => {
  test.each([
    ["f {\n  █\n}", 0, true],
    ["f {\n  █\n\n    x\n}", 0, true],
    ["f {\n  █\ng {\n}", 0, false],
    ["f {\n  █", 0, false],
    ["f {\n  g {\n    █\n}", 2, false],
    ["f {\n  g {\n    █\n  }\n}", 2, true],
  ])("%j at width %d: %s", (marked, width, isClosed) => {
    expect(isClosedAfterCaret(contextOf(marked), width)).toBe(isClosed);
  });
});
