// The contents of summary.json, from records.
import { expect, test } from "vitest";
import type { SampleRecord } from "../../../../server/src/evaluation/hole.js";
import { SummaryBuilder } from "../../../../server/src/evaluation/statistics/summary.js";
import { seededRandom } from "../../../support/seededRandom.js";
import { recordOf } from "../samples.js";

function records(count: number): SampleRecord[] {
  const random = seededRandom(4);
  return Array.from({ length: count }, (_, index) => {
    const isRight = random() < 0.4;
    return recordOf({
      id: `sample${index}`,
      cluster: `file${Math.floor(index / 4)}`,
      languageId: index % 3 === 0 ? "go" : "python",
      kind: index % 2 === 0 ? "line" : "node:call",
      caret: index % 5 === 0 ? "." : "lineStart",
      meanLogProbability: Math.log(isRight ? 0.8 : 0.4),
      promptTokens: 200,
      reusedTokens: index % 2 === 0 ? 200 : 100,
      metrics: {
        exactMatch: Number(isRight),
        editSimilarity: isRight ? 1 : random(),
        horizonTokensError: 1.5,
        ...(index % 2 === 0 && { identifierF1: random() }),
      },
      rawMetrics: { exactMatch: 0, editSimilarity: random() },
      ...(!isRight && { failure: index % 4 === 0 ? "function" : "variable" }),
      ...(index === 7 && { error: "the model crashed" }),
    });
  });
}

function summaryOf(all: readonly SampleRecord[]) {
  const builder = new SummaryBuilder({ seed: 3, replicates: 200 });
  for (const record of all) builder.addSample(record);
  return builder.build();
}

test("every metric has a value, an interval and a count", () => {
  const all = records(200);
  const summary = summaryOf(all);
  const rate = all.filter(({ metrics }) => metrics.exactMatch === 1).length / all.length;
  expect(summary.samples).toBe(200);
  expect(summary.errors).toBe(1);
  expect(summary.metrics.exactMatch?.value).toBeCloseTo(rate, 9);
  expect(summary.metrics.exactMatch?.n).toBe(200);
  expect(summary.metrics.exactMatch?.low).toBeLessThan(rate);
  expect(summary.metrics.exactMatch?.high).toBeGreaterThan(rate);
  expect(summary.metrics.identifierF1?.n).toBe(100);
  expect(summary.rawMetrics.exactMatch?.value).toBe(0);
  expect(Object.keys(summary.byLanguage)).toEqual(["go", "python"]);
  expect(summary.byLanguage.go?.exactMatch?.n).toBe(67);
  expect(Object.keys(summary.byKind)).toEqual(["line", "node:call"]);
  expect(Object.keys(summary.byCaret)).toEqual([".", "lineStart"]);
  expect(summary.horizon).toEqual({ tokensError: summary.metrics.horizonTokensError });
  expect(summary.tokensReused?.value).toBeCloseTo(0.75, 9);
  expect(summary.calibration?.bins.map(({ n }) => n).reduce((a, b) => a + b)).toBe(200);
  expect(summary.metrics.expectedCalibrationError).toEqual(summary.calibration?.expectedCalibrationError);
  const failures = Object.entries(summary.failures);
  expect(failures.map(([kind]) => kind)).toEqual(["variable", "function"]);
  expect(failures.reduce((sum, [, { share }]) => sum + share, 0)).toBeCloseTo(1 - rate, 9);
});

test("shards, one after the other, come to the same summary to the last digit", () => {
  const all = records(300);
  const shards = [0, 1, 2, 3].flatMap((shard) => all.filter((_, index) => index % 4 === shard));
  expect(JSON.stringify(summaryOf(shards))).toBe(JSON.stringify(summaryOf(all)));
});

test("times", () => {
  const builder = new SummaryBuilder();
  builder.addTimings({ id: "1", firstLine: 20, prompt: 1, prefill: 10, decode: 9, total: 30 });
  builder.addTimings({ id: "2", firstLine: 40, prompt: 1, prefill: 10, decode: 9, total: 50 });
  const { latency } = builder.build();
  expect(latency.firstLine).toMatchObject({ n: 2, mean: 30, least: 20, greatest: 40 });
  expect(latency.total?.mean).toBe(40);
});

test("a run without samples has no figures, and is a summary all the same", () => {
  const summary = new SummaryBuilder().build();
  expect(summary).toMatchObject({ samples: 0, errors: 0, metrics: {}, failures: {}, latency: {} });
  expect(summary).not.toHaveProperty("calibration");
  expect(summary).not.toHaveProperty("tokensReused");
});
