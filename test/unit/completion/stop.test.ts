// When a growing text ends, character by character.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findStop, finishedFraction, finishedTokens } from "../../../server/src/completion/stop.js";
import type { Horizon } from "../../../server/src/inference/generation.js";
import type { FilterContext } from "../../../server/src/postprocess/filter.js";
import { createCaretContext } from "../../../server/src/syntax/caretContext.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { caret } from "../../golden/goldenCases.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

function contextOf(marked: string, languageId = "python"): FilterContext {
  const [prefix = "", suffix = ""] = marked.split(caret);
  return { ...createCaretContext(prefix, suffix, languages.get(languageId)), specialTokens: [] };
}

/** Feeds the text character by character; what was read when it stopped, and the stop. */
function feed(context: FilterContext, text: string, horizon?: (read: string) => Horizon, maxLines = 12) {
  for (let length = 1; length <= text.length; length++) {
    const read = text.slice(0, length);
    const added = text[length - 1] ?? "";
    const stop = findStop(read, context, { horizon: horizon?.(read), maxLines, isComplete: false, added });
    if (stop !== undefined) {
      return { read, text: stop.text, reason: stop.reason };
    }
  }
  return undefined;
}

describe("how much is read before the end is known", () => {
  test.each([
    ["the line end of a single line", "x = f(█)", "a, b\nc", "a, b\n"],
    ["the first character of a line outside of the block", "def f():\n    █", "a = 1\n\ndef g():", "a = 1\n\nd"],
    ["enough of a line to know that it goes on with no clause", "if a:█", "\n    b()\nelement = 1", "\n    b()\nele"],
    ["the line end behind the last closing bracket", "x = f(█", "\n    a,\n)\ny = 1", "\n    a,\n)\n"],
    [
      "the line end of the suffix's line",
      "def f():\n    █\n    return a",
      "a = 1\n    return a\nb",
      "a = 1\n    return a\n",
    ],
  ])("%s", (_, marked, text, read) => {
    expect(feed(contextOf(marked), text)?.read).toBe(read);
  });

  test("a clause goes on with the statement", () => {
    expect(feed(contextOf("if a:█"), "\n    b()\nelse:\n    c()\n")).toBeUndefined();
  });
});

describe("horizon", () => {
  const at = (remainingTokens: number, fraction: number) => () => ({ remainingTokens, fraction });
  const text = "a = 1\n    b = 2\n";

  test.each([
    ["few tokens to come", finishedTokens - 0.01, 0.5, true],
    ["a small share to come", 3, finishedFraction - 0.001, true],
    ["neither", finishedTokens, finishedFraction, false],
  ])("%s", (_, tokens, fraction, ends) => {
    const stop = feed(contextOf("def f():\n    █"), text, at(tokens, fraction));
    expect(stop?.reason).toBe(ends ? "horizon" : undefined);
    expect(stop?.text).toBe(ends ? "a = 1" : undefined);
  });

  test("blank lines alone are no text that could end", () => {
    expect(feed(contextOf("def f():\n    █"), "\n\n", at(0, 0))).toBeUndefined();
  });
});

test("the earliest of several ends counts", () => {
  const context = contextOf("def f():\n    █\n    return a");
  const options = { horizon: { remainingTokens: 0, fraction: 0 }, maxLines: 3, isComplete: false };
  const stop = findStop("a = 1\n    return a\n\ndef g():\n", context, options);
  expect(stop).toMatchObject({ text: "a = 1", reason: "suffixLine" });
});

test("lines are counted with the rest of the caret's line", () => {
  expect(feed(contextOf("f(█"), "\n    a,\n    b,\n    c,\n", undefined, 2)).toMatchObject({
    text: "\n    a,",
    reason: "budget",
  });
});

test("a text that the model has ended itself is its own end", () => {
  const context = contextOf("def f():\n    █");
  const options = { horizon: undefined, maxLines: 12, isComplete: true };
  expect(findStop("a = 1\n    b = 2", context, options)).toBeUndefined();
  expect(findStop("a = 1\ndef g(): pass", context, options)).toMatchObject({ text: "a = 1", reason: "blockEnd" });
});

describe("loops", () => {
  test("the third equal line ends the text after the first", () => {
    expect(feed(contextOf("def f():\n    █"), "a()\n    a()\n    a()\n    a()\n")).toEqual({
      read: "a()\n    a()\n    a()\n",
      text: "a()",
      reason: "repetition",
    });
  });

  test("characters in a loop end the text while the line is being written", () => {
    expect(feed(contextOf("x = [█"), "1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2,")).toEqual({
      read: "1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, ",
      text: "1, 2, ",
      reason: "repetition",
    });
  });

  test.each([
    "x = 1000000000000",
    "# ----------------------------------------",
    "x = [0, 0, 0, 0, 0]",
    "AAAAAAAAAAAAAAAAAAAA",
  ])("%s is none", (text) => {
    expect(feed(contextOf("█"), text)).toBeUndefined();
  });
});
