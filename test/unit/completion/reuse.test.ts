// Which answers are remembered and when they hold; how they are used is in engine.test.ts.
import { describe, expect, test } from "vitest";
import { type Answer, AnswerMemory, keptAnswers, matchAnswer } from "../../../server/src/completion/reuse.js";
import type { Site } from "../../../server/src/completion/trigger.js";
import { createCaretContext } from "../../../server/src/syntax/caretContext.js";
import { genericLanguage } from "../../../server/src/syntax/language.js";
import { caret } from "../../golden/goldenCases.js";

function siteOf(marked: string, isSuffixCut = false): Site {
  const [prefix = "", suffix = ""] = marked.split(caret);
  return {
    context: createCaretContext(prefix, suffix, genericLanguage),
    lineEnding: "\n",
    offset: prefix.length,
    isSuffixCut,
  };
}

function answerOf(marked: string, text: string, scope = "a"): Answer {
  const context = { ...siteOf(marked).context, specialTokens: [] };
  return { scope, context, snippets: [], text, tokens: [], stopReason: "endOfMiddle", isComplete: true };
}

describe("an answer holds", () => {
  const answer = answerOf("a = █\nb", "f(x, [y])");
  test.each([
    ["at its own place", "a = █\nb", "f(x, [y])", ""],
    ["behind what was typed of it", "a = f(x█\nb", ", [y])", ""],
    ["behind what was typed and the bracket that was closed by itself", "a = f(█)\nb", "x, [y])", ")"],
    ["with two brackets closed by themselves", "a = f(x, [█])\nb", "y])", "])"],
    ["for its last character", "a = f(x, [y]█\nb", ")", ""],
  ])("%s", (_, marked, text, autoClosed) => {
    expect(matchAnswer(answer, siteOf(marked))).toMatchObject({ text, autoClosed });
  });

  test.each([
    ["when something else was typed", "a = g█\nb"],
    ["when all of it was typed", "a = f(x, [y])█\nb"],
    ["when something before it was deleted", "a =█\nb"],
    ["when the text before it has changed", "c = █\nb"],
    ["when the text after it has changed", "a = █\nc"],
    ["when the text after it was deleted", "a = █"],
    ["when a bracket after it belongs to nothing that was typed", "a = f(x█]\nb"],
    ["when the bracket was there before", "a = █)\nb"],
  ])("not %s", (_, marked) => {
    expect(matchAnswer(answer, siteOf(marked))).toBeUndefined();
  });
});

test("the end of a text that is cut off need not be compared", () => {
  const answer = answerOf("a = █\n0123456789", "f(x)");
  expect(matchAnswer(answer, siteOf("a = f(█)\n012345678", true))).toMatchObject({ text: "x)", autoClosed: ")" });
  expect(matchAnswer(answer, siteOf("a = f(█)\n012345678", false))).toBeUndefined();
});

test("that there is no answer holds at its own place only", () => {
  const nothing = answerOf("a = █", "");
  expect(matchAnswer(nothing, siteOf("a = █"))).toMatchObject({ text: "" });
  expect(matchAnswer(nothing, siteOf("a = b█"))).toBeUndefined();
});

describe("memory", () => {
  test("the latest answer that holds is given", () => {
    const memory = new AnswerMemory();
    memory.remember(answerOf("█", "ab1"));
    memory.remember(answerOf("a█", "b2"));
    expect(memory.find("a", siteOf("ab█"))?.text).toBe("2");
    expect(memory.find("a", siteOf("█"))?.text).toBe("ab1");
    expect(memory.find("b", siteOf("█"))).toBeUndefined();
  });

  test("an answer replaces an earlier one for the same place", () => {
    const memory = new AnswerMemory();
    memory.remember(answerOf("a█", "1"));
    memory.remember(answerOf("a█", "2"));
    expect(memory.find("a", siteOf("a█"))?.text).toBe("2");
    expect(memory.find("a", siteOf("a1█"))).toBeUndefined();
  });

  test("the answer that was not used for longest is forgotten first", () => {
    const memory = new AnswerMemory();
    for (let index = 0; index < keptAnswers; index++) {
      memory.remember(answerOf(`a${index} = █`, "x"));
    }
    expect(memory.find("a", siteOf("a0 = █"))).toBeDefined();
    memory.remember(answerOf("b = █", "x"));
    expect(memory.find("a", siteOf("a0 = █"))).toBeDefined();
    expect(memory.find("a", siteOf("a1 = █"))).toBeUndefined();
  });
});
