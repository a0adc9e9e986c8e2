// A line of samples.jsonl: what is scored, how often, and what a wrong answer is called.
import { expect, test } from "vitest";
import type { Metric } from "../../../server/src/evaluation/hole.js";
import { scoreAnswer } from "../../../server/src/evaluation/scoring.js";
import { type ScoredOptions, scoredOf } from "./samples.js";

const timings = { firstLine: 0, prompt: 0, prefill: 0, decode: 0, total: 0 };

/** Scores an answer by one metric that says the same of everything, and counts what it was asked about. */
function scoreWith(name: string, score: number, text: string, options: ScoredOptions = {}) {
  const asked: string[] = [];
  const metric: Metric = {
    name,
    description: "",
    better: "higher",
    score: ({ prediction }) => {
      asked.push(prediction);
      return score;
    },
  };
  const { hole, suggestion } = scoredOf("x = █foo(a)█\n", text, options);
  const record = scoreAnswer(hole, { suggestion, timings, promptSha256: "", source: "model" }, { metrics: [metric] });
  return { record, asked };
}

test("an answer that breaks the document is a failure of syntax", () => {
  expect(scoreWith("parseRateAfter", 0, "bar(a").record.failure).toBe("syntax");
  expect(scoreWith("parseRateAfter", 1, "bar(a").record.failure).toBe("function");
  expect(scoreWith("other", 0, "bar(a").record.failure).toBe("function");
});

test("what the model wrote is scored by itself where a filter has changed it", () => {
  const { record, asked } = scoreWith("length", 1, "bar(a)", { suggestion: { raw: "bar(a)\n\n" } });
  expect(asked).toEqual(["bar(a)", "bar(a)\n\n"]);
  expect(record).toMatchObject({ metrics: { length: 1 }, rawMetrics: { length: 1 } });
});

test("what no filter has changed is scored once", () => {
  const { record, asked } = scoreWith("length", 1, "bar(a)");
  expect(asked).toEqual(["bar(a)"]);
  expect(record.rawMetrics).toEqual(record.metrics);
});
