// Which places are answered, and what the other stages get to see of the document.
import { describe, expect, test } from "vitest";
import {
  charactersPerToken,
  findLineEnding,
  findSite,
  normalizeLineEnds,
} from "../../../server/src/completion/trigger.js";
import { genericLanguage } from "../../../server/src/syntax/language.js";
import { documentOf } from "./engineHarness.js";

const promptTokens = 64;
const window = promptTokens * charactersPerToken;

function siteAt(text: string, offset: number) {
  const found = findSite({ document: documentOf(text), offset }, genericLanguage, promptTokens);
  if ("noAnswer" in found) throw new Error(found.noAnswer.message);
  return found.site;
}

describe("the text before the caret", () => {
  const line = (index: number): string => `value${index} = ${index}\n`;
  const text = Array.from({ length: 1000 }, (_, index) => line(index)).join("");

  test("a short document is there whole", () => {
    const { context } = siteAt("a\nb\nc", 3);
    expect([context.prefix, context.suffix]).toEqual(["a\nb", "\nc"]);
  });

  test("of a long one the last part, from a line start, never less than a window", () => {
    for (let offset = 3 * window; offset < text.length; offset += 997) {
      const { prefix } = siteAt(text, offset).context;
      expect(text.slice(0, offset).endsWith(prefix)).toBe(true);
      expect(prefix.startsWith("value")).toBe(true);
      expect(prefix.length).toBeGreaterThan(window - 100);
      expect(prefix.length).toBeLessThanOrEqual(2 * window);
    }
  });

  test("it begins at the same place while text is typed", () => {
    const starts = new Set<number>();
    for (let offset = 5 * window; offset < 6 * window; offset++) {
      starts.add(offset - siteAt(text, offset).context.prefix.length);
    }
    expect(starts.size).toBe(1);
  });

  test("it begins at the top level where that is near", () => {
    const code = "def f():\n    return (\n        1\n    )\n\n".repeat(window / 10);
    const { prefix } = siteAt(code, code.length).context;
    expect(prefix.startsWith("def ")).toBe(true);
  });

  test("a line that is longer than the window is cut within", () => {
    const { prefix } = siteAt("x".repeat(10 * window), 9.5 * window).context;
    expect(prefix.length).toBe(1.5 * window);
  });
});

describe("the text after the caret", () => {
  test("has the same length wherever the caret is, whatever the line ends", () => {
    const text = "abc\r\n".repeat(window);
    for (const offset of [0, 1, 2, 3, 5]) {
      const { context, isSuffixCut } = siteAt(text, offset);
      expect(context.suffix.length).toBe(window);
      expect(isSuffixCut).toBe(true);
    }
    expect(siteAt("abc", 1).isSuffixCut).toBe(false);
  });
});

describe("line ends", () => {
  test.each([
    ["a\r\nb", "a\nb"],
    ["a\rb", "a\nb"],
    ["a\r\r\nb\n", "a\n\nb\n"],
    ["ab", "ab"],
  ])("%j becomes %j", (text, normalized) => {
    expect(normalizeLineEnds(text)).toBe(normalized);
  });

  test.each([
    ["a\r\nb\n", "\r\n"],
    ["a\nb\r\n", "\n"],
    ["\r\n", "\r\n"],
    ["\n", "\n"],
    ["a", "\n"],
    ["", "\n"],
  ])("those of %j are %j", (text, lineEnding) => {
    expect(findLineEnding(text)).toBe(lineEnding);
  });
});

test("what is kept of a document is a copy: it does not hold the document in memory", () => {
  const { prefix } = siteAt(`${"é".repeat(50)}\ud800 = 1`, 55).context;
  expect(prefix).toBe(`${"é".repeat(50)}\ud800 = 1`);
});
