// The metrics by what a user would see: what stood there, what was suggested, what that is worth.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMetrics, type Metrics, metrics, scoreAll } from "../../../../server/src/evaluation/metrics/index.js";
import { SyntaxErrors } from "../../../../server/src/evaluation/metrics/syntaxErrors.js";
import type { Languages } from "../../../../server/src/syntax/languages.js";
import { levenshteinDistance } from "../../../../server/src/text/editDistance.js";
import { seededRandom } from "../../../support/seededRandom.js";
import { loadTestLanguages, wasmFiles } from "../../syntax/testLanguages.js";
import { type ScoredOptions, scoredOf } from "../samples.js";

let languages: Languages;
let all: Metrics;
beforeAll(async () => {
  languages = await loadTestLanguages();
  all = await createMetrics({ languages, wasm: wasmFiles });
});
afterAll(async () => {
  await all.dispose();
  await languages.dispose();
});

function score(name: string, document: string, text: string, options?: ScoredOptions): number | undefined {
  const metric = all.all.find((candidate) => candidate.name === name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return metric.score(scoredOf(document, text, options));
}

test("every metric has a name of its own and a sentence that says what it is", () => {
  expect(new Set(all.all.map(({ name }) => name)).size).toBe(all.all.length);
  for (const { description } of all.all) {
    expect(description).toMatch(/^[A-Z].*\.$/);
  }
});

describe("exact match", () => {
  test.each([
    ["return █x█\n", "x", {}, 1],
    ["return █x█\n", "x ", {}, 0],
    ["return █x█\n", "", {}, 0],
    ["return █x\r\n█", "x\n", {}, 1],
    ["return █x\n█", "  x", { hole: { comparesStripped: true } }, 1],
    ["return █x█\n", "y", { hole: { alternatives: ["z", "y"] } }, 1],
    // The bracket that the editor closed: written again and replaced, or left alone.
    ["f(█a█)\n", "a)", { suggestion: { replaces: 1 } }, 1],
    ["f(█a█)\n", "a", { suggestion: { replaces: 1 } }, 0],
    ["f(█a█)\n", "a)", {}, 0],
    // What was written before the filters replaces nothing.
    ["f(█a█)\n", "a", { suggestion: { raw: "a)", replaces: 1 }, isRaw: true }, 0],
  ] as const)("%j filled with %j", (document, text, options, expected) => {
    expect(score("exactMatch", document, text, options)).toBe(expected);
  });

  test.each([
    ["x = foo(a█):█\n", "):", "python", undefined],
    ["█return█", "return", "python", undefined],
    ["█else {█", "else {", "java", undefined],
    ["█return None█", "return None", "python", 1],
    ["x = █1█", "1", "go", 1],
    ["x = █''█", "", "python", 0],
    ["█a.b█", "a.b", "plaintext", 1],
  ])("non-trivial: %j", (document, text, languageId, expected) => {
    expect(score("exactMatchNonTrivial", document, text, { hole: { languageId } })).toBe(expected);
  });

  test.each([
    ["█a\n  b█", "a\n  c", 1],
    ["█a\n  b█", "a  ", 1],
    ["█a\n  b█", "c\n  b", 0],
    ["x█\n  a\n  b█", "\n  a", 1],
    ["x█\n  a\n  b█", "a", 0],
  ])("first line: %j filled with %j", (document, text, expected) => {
    expect(score("firstLineExactMatch", document, text)).toBe(expected);
  });
});

test("Levenshtein's distance of published examples", () => {
  expect(levenshteinDistance("kitten", "sitting")).toBe(3);
  expect(levenshteinDistance("Saturday", "Sunday")).toBe(3);
  expect(levenshteinDistance("", "abc")).toBe(3);
  expect(levenshteinDistance("aXbYc", "abc")).toBe(2);
  expect(levenshteinDistance("😀", "é")).toBe(1);
});

describe("likeness", () => {
  test("the right answer is most like the truth, by every metric", () => {
    for (const name of ["editSimilarity", "bleu4", "rougeL", "chrF", "identifierF1"]) {
      expect(score(name, "x = █foo(bar, 1)█", "foo(bar, 1)"), name).toBe(1);
      expect(score(name, "x = █foo(bar, 1)█", ""), name).toBe(0);
    }
  });

  test("of several right answers the nearest one counts", () => {
    const options = { hole: { alternatives: ["add(one, two)"] } };
    expect(score("editSimilarity", "x = █one + two█", "add(one, two)", options)).toBe(1);
    expect(score("bleu4", "x = █one + two█", "add(one, two)", options)).toBe(1);
  });

  test("identifiers do not apply where nothing is named", () => {
    expect(score("identifierF1", "f(█'a', 1)█", "'b', 2)")).toBeUndefined();
    expect(score("identifierExactMatch", "f(█'a', 1)█", "'b', 2)")).toBeUndefined();
  });

  test("identifiers in strings and comments do not count", () => {
    expect(score("identifierF1", "█foo('http://bar')  # bar█", "foo('baz')  # baz")).toBe(1);
    expect(score("identifierF1", "█a // b█", "a // b")).toBe(1);
  });
});

describe("how much is written", () => {
  test("length, repetition and silence", () => {
    expect(score("lengthRatio", "█abcd█", "ab")).toBe(0.5);
    expect(score("lengthRatio", "█abcd█", "")).toBe(0);
    expect(score("lengthRatio", "█ █", " ", { hole: { comparesStripped: true } })).toBeUndefined();
    expect(score("repetition", "█a█", "a b a b a b a b")).toBeCloseTo(1 - 2 / 5, 12);
    expect(score("repetition", "█a█", "a b c")).toBe(0);
    expect(score("repetition", "█a█", "")).toBeUndefined();
    expect(score("abstained", "█a█", "")).toBe(1);
    expect(score("abstained", "█a█", "b")).toBe(0);
  });
});

describe("copies", () => {
  const line = "result = self.client.fetch(name, limit)";

  test("a run that stands in a snippet is copied, an idiom is not", () => {
    const suggestion = { snippets: ["def other():", `  ${line}\n  return result`] };
    expect(score("copiedFromContext", "█a█", line, { suggestion })).toBe(1);
    expect(score("copiedFromContext", "█a█", `${line}\nx = y = z = 1`, { suggestion })).toBeCloseTo(12 / 19, 12);
    expect(score("copiedFromContext", "█a█", "return result", { suggestion })).toBeUndefined();
    expect(score("copiedFromContext", "█a█", line)).toBeUndefined();
  });

  test("a run that stands in the document", () => {
    expect(score("copiedFromFile", `${line}\n█a█`, line)).toBe(1);
    expect(score("copiedFromFile", `█a█\n${line}`, line)).toBe(1);
    expect(score("copiedFromFile", "█a█", line)).toBe(0);
  });
});

describe("does it parse", () => {
  const rates = (document: string, text: string, options?: ScoredOptions) =>
    ["parseRateBefore", "parseRateAfter"].map((name) => score(name, document, text, options));

  test("with and without the suggestion", () => {
    expect(rates("x = foo(█a)█\n", "b)")).toEqual([0, 1]);
    expect(rates("x = foo(█a)█\n", "b")).toEqual([0, 0]);
    expect(rates("x = foo(█a)█\n", "")).toEqual([0, 0]);
    expect(rates("x = 1\n█y = 2█\n", "")).toEqual([1, 1]);
  });

  test("what the suggestion replaces is gone", () => {
    expect(rates("x = foo(█a█)\n", "b)", { suggestion: { replaces: 1 } })).toEqual([1, 1]);
    expect(rates("x = foo(█a█)\n", "b)")).toEqual([1, 0]);
  });

  test("a document that never parsed only must not get worse", () => {
    expect(rates("def (:\n█x = 1█\n", "y = 2")).toEqual([1, 1]);
  });

  test("every language with a grammar", () => {
    for (const [languageId, document, right, wrong] of [
      ["typescript", "const a = █f(1)█;\n", "g(2)", "g(2"],
      ["typescriptreact", "const a = █<b>c</b>█;\n", "<d/>", "<d>"],
      ["javascript", "const a = █f(1)█;\n", "g(2)", "g(2"],
      ["java", "class A { int a = █f(1)█; }\n", "g(2)", "g(2"],
      ["go", "package a\n\nvar b = █f(1)█\n", "g(2)", "g(2"],
    ] as const) {
      expect(score("parseRateAfter", document, right, { hole: { languageId } }), languageId).toBe(1);
      expect(score("parseRateAfter", document, wrong, { hole: { languageId } }), languageId).toBe(0);
    }
  });

  test("not asked of a language without a grammar, or without the grammars", async () => {
    expect(rates("a █b█", "c", { hole: { languageId: "plaintext" } })).toEqual([undefined, undefined]);
    const without = await createMetrics({ languages });
    expect(scoreAll(scoredOf("x = █1█", "1"), without.all)).not.toHaveProperty("parseRateAfter");
    await without.dispose();
  });
});

test("errors after a change are those of the changed text read from its beginning", async () => {
  const errors = await SyntaxErrors.load(languages, { wasm: wasmFiles });
  const fresh = await SyntaxErrors.load(languages, { wasm: wasmFiles });
  const source = readFileSync(
    join(dirname(createRequire(import.meta.url).resolve("commander")), "lib", "command.js"),
    "utf8",
  );
  const places = [...source.matchAll(/[({=]/g)].map(({ index }) => index + 1);
  const random = seededRandom(6);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  for (let change = 0; change < 12; change++) {
    const start = pick(places);
    const end = start + Math.floor(random() * 20);
    const text = pick(["", "x", "foo(", "é😀", "}\n", " => {\n  "]);
    const changed = source.slice(0, start) + text + source.slice(end);
    const [whole, incremental] = [
      fresh.count(changed, "javascript"),
      errors.count(source, "javascript", { start, end, text }),
    ];
    expect((incremental ?? 0) > 0, `${start}-${end}: ${text}`).toBe((whole ?? 0) > 0);
  }
  expect(errors.count(source, "javascript")).toBe(0);
  errors.dispose();
  fresh.dispose();
});

describe("what the model knows of itself", () => {
  test("Brier's score of a sure and of an unsure model", () => {
    expect(score("brier", "█a█", "a", { suggestion: { meanLogProbability: 0 } })).toBe(0);
    expect(score("brier", "█a█", "b", { suggestion: { meanLogProbability: 0 } })).toBe(1);
    expect(score("brier", "█a█", "b", { suggestion: { meanLogProbability: Math.log(0.5) } })).toBeCloseTo(0.25, 12);
    expect(score("brier", "█a█", "")).toBeUndefined();
  });

  test("the horizon before the first token", () => {
    const suggestion = { horizon: { fraction: 0.9, remainingTokens: 7 }, tokens: 3 };
    expect(score("horizonFractionError", "█abc█", "abc", { suggestion })).toBeCloseTo(0.1, 12);
    // 1 + 7 is one doubling of 1 + 3.
    expect(score("horizonTokensError", "█abc█", "abc", { suggestion })).toBeCloseTo(1, 12);
    // Half of what was written is the truth: three tokens, estimated.
    expect(score("horizonTokensError", "█abc█", "abcabc", { suggestion: { ...suggestion, tokens: 6 } })).toBeCloseTo(
      1,
      12,
    );
    const scored = scoredOf("█abc█", "abc", { suggestion });
    const metric = metrics.find(({ name }) => name === "horizonTokensError");
    expect(metric?.score({ ...scored, truthTokens: 7 })).toBe(0);
    expect(score("horizonTokensError", "█abc█", "abc")).toBeUndefined();
    expect(score("horizonFractionError", "█abc█", "abc")).toBeUndefined();
  });
});

test("all scores of one sample; what does not apply is absent", () => {
  const scores = scoreAll(scoredOf("x = █foo█\n", "foo"), all.all);
  expect(scores).toMatchObject({ exactMatch: 1, editSimilarity: 1, parseRateBefore: 0, parseRateAfter: 1 });
  expect(scores).not.toHaveProperty("copiedFromContext");
  expect(scores).not.toHaveProperty("brier");
});
