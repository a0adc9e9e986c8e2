// FILE:LINE:COLUMN, and the places in a file that it can name.
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { InputError } from "../../../server/src/workspace/inputError.js";
import { offsetOf, parseLocation } from "../../../server/src/workspace/location.js";

describe("parseLocation", () => {
  it.each([
    ["src/a.py:3:1", { file: "src/a.py", line: 3, column: 1 }],
    ["C:\\src\\a.py:3:14", { file: "C:\\src\\a.py", line: 3, column: 14 }],
    ["odd:name:7.py:1:2", { file: "odd:name:7.py", line: 1, column: 2 }],
    ["a b/c.py:10:20", { file: "a b/c.py", line: 10, column: 20 }],
  ])("%s", (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  it.each(["", "a.py", "a.py:3", "a.py:3:", ":3:1", "a.py:x:1", "a.py:3:1:", "a.py:-3:1", "a.py:1.5:1"])(
    'refuses "%s" and shows what is meant',
    (text) => {
      expect(() => parseLocation(text)).toThrow(InputError);
      expect(() => parseLocation(text)).toThrow("FILE:LINE:COLUMN");
    },
  );

  it.each(["a.py:0:1", "a.py:1:0"])("refuses %s: counting starts at 1", (text) => {
    expect(() => parseLocation(text)).toThrow("count from 1");
  });
});

describe("offsetOf", () => {
  const at = (text: string, line: number, column: number): number =>
    offsetOf({ file: "a.py", line, column }, TextDocument.create("file:///a.py", "python", 1, text));

  it.each([
    ["the start of an empty file", "", 1, 1, 0],
    ["the end of a line", "ab\ncd\n", 1, 3, 2],
    ["the empty last line", "ab\ncd\n", 3, 1, 6],
    ["after CRLF", "ab\r\ncd", 2, 2, 5],
    ["before CRLF", "ab\r\ncd", 1, 3, 2],
    ["after a tab, which is one column", "\tab", 1, 2, 1],
    ["after an emoji, which is two", "😀x", 1, 3, 2],
  ])("%s", (_, text, line, column, offset) => {
    expect(at(text, line, column)).toBe(offset);
  });

  it("says how many lines there are", () => {
    expect(() => at("a\nb", 3, 1)).toThrow("a.py has 2 lines; there is no line 3.");
    expect(() => at("", 2, 1)).toThrow("a.py has 1 line; there is no line 2.");
  });

  it("says how long the line is, its end excluded", () => {
    expect(() => at("ab\r\ncd", 1, 4)).toThrow(
      "has 2 characters, so the caret can be in columns 1 to 3, not in column 4",
    );
  });
});
