// Indentation as a width and as a style.
import { describe, expect, test } from "vitest";
import { findIndentationStyle, indentationWidth } from "../../../server/src/syntax/indentation.js";

test.each([
  ["", 0],
  ["x", 0],
  ["    x", 4],
  ["\tx", 4],
  ["  \tx", 4],
  ["\t  x", 6],
  ["   ", 3],
])("the width of %j is %d", (line, width) => {
  expect(indentationWidth(line)).toBe(width);
});

describe("style", () => {
  test.each([
    ["a\n    b\n        c", { character: "space", width: 4 }],
    ["a\n  b\n    c", { character: "space", width: 2 }],
    ["a\n   b", { character: "space", width: 3 }],
    ["a\n\tb\n\t\tc", { character: "tab", width: 4 }],
    ["/*\n * a\n */\nb\n    c", { character: "space", width: 4 }],
    ["a\n\tb\n    c", undefined],
    ["a\nb", undefined],
    ["a\n    \nb", undefined],
  ])("%j", (text, style) => {
    expect(findIndentationStyle(text)).toEqual(style);
  });
});
