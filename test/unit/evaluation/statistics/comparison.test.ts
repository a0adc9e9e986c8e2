// Two runs, sample by sample.
import { expect, test } from "vitest";
import type { SampleRecord } from "../../../../server/src/evaluation/hole.js";
import { ComparisonError, compareRuns } from "../../../../server/src/evaluation/statistics/comparison.js";
import { recordOf } from "../samples.js";

const bootstrap = { seed: 1, replicates: 300 };

/** 100 samples in 50 files; `isRight` says which ones a run gets right. */
function runOf(isRight: (index: number) => boolean, count = 100): SampleRecord[] {
  return Array.from({ length: count }, (_, index) =>
    recordOf({
      id: `sample${index}`,
      cluster: `file${index % 50}`,
      languageId: index < 50 ? "python" : "go",
      metrics: { exactMatch: Number(isRight(index)), editSimilarity: isRight(index) ? 1 : 0.5 },
      rawMetrics: { exactMatch: 0 },
    }),
  );
}

async function* streamOf(records: readonly SampleRecord[]): AsyncGenerator<SampleRecord> {
  for (const record of records) {
    await Promise.resolve();
    yield record;
  }
}

// B loses ten of Go's and gains two of Python's.
const a = runOf((index) => index % 2 === 0);
const b = runOf((index) => (index >= 80 ? false : index % 2 === 0 || index === 1 || index === 3));

test("differences, flips and where it got worse", async () => {
  const comparison = await compareRuns(streamOf(a), streamOf(b), { bootstrap });
  expect(comparison.samples).toBe(100);
  expect(comparison.metrics.exactMatch).toMatchObject({ a: 0.5, b: 0.42 });
  expect(comparison.metrics.exactMatch?.difference.value).toBeCloseTo(-0.08, 9);
  expect(comparison.metrics.exactMatch?.difference.high).toBeLessThan(0);
  expect(comparison.metrics.editSimilarity?.difference.value).toBeCloseTo(-0.04, 9);
  expect(comparison.rawMetrics.exactMatch?.difference).toEqual({ value: 0, low: 0, high: 0, n: 100 });
  expect(comparison.flips).toMatchObject({
    metric: "exactMatch",
    rightToWrong: { count: 10 },
    wrongToRight: { count: 2 },
  });
  expect(comparison.flips?.rightToWrong.share.value).toBeCloseTo(0.1, 9);
  expect(comparison.flips?.p).toBeCloseTo(0.03857421875, 12);
  expect(comparison.byLanguage.go?.exactMatch?.value).toBeCloseTo(-0.2, 9);
  expect(comparison.byLanguage.python?.exactMatch?.value).toBeCloseTo(0.04, 9);
  expect(comparison.worse.map(({ by, group }) => `${by} ${group}`)).toEqual([
    "language go",
    "kind line",
    "caret lineStart",
  ]);
  expect(comparison.examples.wrongToRight.map((pair) => pair.b.id).sort()).toEqual(["sample1", "sample3"]);
  expect(comparison.examples.rightToWrong).toHaveLength(10);
});

test("the order of either run is nobody's business", async () => {
  const one = await compareRuns(a, b, { bootstrap, examples: 3 });
  const other = await compareRuns(a.toReversed(), b, { bootstrap, examples: 3 });
  expect(other).toEqual(one);
});

test("a run against itself differs in nothing", async () => {
  const comparison = await compareRuns(a, a, { bootstrap });
  expect(comparison.metrics.exactMatch?.difference).toEqual({ value: 0, low: 0, high: 0, n: 100 });
  expect(comparison.flips).toMatchObject({ p: 1, rightToWrong: { count: 0 }, wrongToRight: { count: 0 } });
  expect(comparison.worse).toEqual([]);
});

test("what is right may be told by another metric, which may apply to a part only", async () => {
  const tested = (isRight: (index: number) => boolean) =>
    runOf(() => true).map((record, index) =>
      index < 20 ? { ...record, metrics: { ...record.metrics, "pass@1": Number(isRight(index)) } } : record,
    );
  const comparison = await compareRuns(
    tested(() => false),
    tested((index) => index < 5),
    { bootstrap, rightBy: "pass@1" },
  );
  expect(comparison.flips?.wrongToRight).toMatchObject({ count: 5, share: { value: 0.25, n: 20 } });
  expect((await compareRuns(a, b, { bootstrap, rightBy: "pass@1" })).flips).toBeUndefined();
});

test("samples in one run only are an error that names them, unless allowed", async () => {
  const longer = runOf((index) => index % 2 === 0, 108);
  await expect(compareRuns(a, longer, { bootstrap })).rejects.toThrow(ComparisonError);
  await expect(compareRuns(a, longer, { bootstrap })).rejects.toThrow(
    /0 only in A, 8 only in B \(sample100, sample101, sample102, sample103, sample104, …\)/,
  );
  const comparison = await compareRuns(a, longer, { bootstrap, allowsUnpaired: true });
  expect(comparison.samples).toBe(100);
  expect(comparison.onlyInB.count).toBe(8);
});

test("runs that have nothing to do with each other", async () => {
  const others = a.map((record) => ({ ...record, id: `other ${record.id}` }));
  await expect(compareRuns(a, others, { bootstrap, allowsUnpaired: true })).rejects.toThrow(/no sample in common/);
  const changed = a.map((record) => ({ ...record, truth: "something else" }));
  await expect(compareRuns(a, changed, { bootstrap })).rejects.toThrow(/another truth/);
  const twice = [...a.slice(0, 3), ...a.slice(0, 3)];
  await expect(compareRuns(twice, a.slice(50), { bootstrap })).rejects.toThrow(/sample0 twice/);
});
