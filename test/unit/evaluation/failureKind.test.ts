// What a suggestion did wrong, in Code4Me's words.
import { expect, test } from "vitest";
import { failureKind } from "../../../server/src/evaluation/failureKind.js";
import { scoredOf } from "./samples.js";

const copied = "result = self.client.fetch(name, limit, True)";

test.each([
  ["right", "return █x█\n", "x", undefined],
  ["nothing", "return █x█\n", "", "nothing"],
  ["looping", "█foo(a)█\n", "foo(b)\nfoo(b)\nfoo(b)\nfoo(b)", "looping"],
  ["early stop", "return █x + 1█\n", "x", "earlyStop"],
  ["late stop", "return █x█\n", "x + 1", "lateStop"],
  ["white space alone", "return █x+1█\n", "x + 1", undefined],
  ["mid-token", "self.na█me = name█\n", "vigate()", "midToken"],
  ["mid-token that is right", "self.na█me = name█\n", "me = other", "variable"],
  ["redundant, after", "a = 1\n█b = compute(1)█\nreturn a + b\n", "return a + b", "redundant"],
  ["redundant, before", "a = compute(2)\n█b = compute(1)█\n", "a = compute(2)", "redundant"],
  ["copied from the document", `${copied}\nx = 1\n█y = 2█\n`, copied, "copiedContext"],
  ["parameter count", "foo(█a, b)█\n", "a)", "parameterCount"],
  ["parameter count, none", "foo(█a)█\n", ")", "parameterCount"],
  ["parameter count, too many", "█foo(a)█\n", "foo(a, b)", "parameterCount"],
  ["a tuple is no call", "x = (█a, b)█\n", "a)", undefined],
  ["function", "x = █foo(a)█\n", "bar(a)", "function"],
  ["variable", "x = █foo + a█\n", "bar + a", "variable"],
  ["literal", "x = █1█\n", "2", "literal"],
  ["literal string", "x = █'one'█\n", "'two'", "literal"],
  ["literal word", "x = █None█\n", "y", "literal"],
  ["another statement", "█return x█\n", "if x:", undefined],
  ["an operator", "x = a █+ b█\n", "- b", undefined],
])("%s: %j filled with %j", (_, document, text, kind) => {
  expect(failureKind(scoredOf(document, text))).toBe(kind);
});

test("copied from a snippet", () => {
  expect(failureKind(scoredOf("█y = 2█\n", copied, { suggestion: { snippets: [copied] } }))).toBe("copiedContext");
});

test("a copy that should have been one is no failure of copying", () => {
  const scored = scoredOf(`█${copied}█\n`, copied.replace("True", "False"), { suggestion: { snippets: [copied] } });
  expect(failureKind(scored)).toBe("literal");
});

test("syntax, where somebody has parsed the document", () => {
  const scored = scoredOf("x = █foo(a)█\n", "bar(a");
  expect(failureKind(scored, { parses: false })).toBe("syntax");
  expect(failureKind(scored, { parses: true })).toBe("function");
});
