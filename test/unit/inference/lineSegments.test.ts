// Where a text may be cut before it is encoded.
import { describe, expect, it } from "vitest";
import { cutBeforeLineEnds, endsWordsAtLineEnds } from "../../../server/src/inference/lineSegments.js";

describe("cutBeforeLineEnds", () => {
  it("cuts where a line ends in a visible character", () => {
    expect(cutBeforeLineEnds("a\n  b\n\n\nc \n d\r\ne\r\n")).toEqual(["a", "\n  b", "\n\n\nc \n d", "\r\ne", "\r\n"]);
  });

  it("leaves white space whole, and gives all of the text", () => {
    for (const text of ["", "\n", "\n\na", " \n", "a\r\n\r\n", "a\r\r\nb", "a"]) {
      expect(cutBeforeLineEnds(text).join("")).toBe(text);
    }
    expect(cutBeforeLineEnds("a\r\r\nb")).toEqual(["a\r\r\nb"]);
  });
});

describe("endsWordsAtLineEnds", () => {
  const words = (pattern: RegExp) => (text: string) => text.match(pattern) ?? [];

  it("knows tokenizers whose words end with their line", () => {
    const gpt2 = / ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
    expect(endsWordsAtLineEnds(words(gpt2))).toBe(true);
    expect(endsWordsAtLineEnds(words(/(?:\r?\n)+[ \t]*|\p{N}{1,3}|[^\r\n\p{N}]+|\s+/gu))).toBe(true);
  });

  it("knows those whose words do not", () => {
    const gpt4 = /[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;
    expect(endsWordsAtLineEnds(words(gpt4))).toBe(false);
    expect(endsWordsAtLineEnds((text) => [text])).toBe(false);
  });
});
