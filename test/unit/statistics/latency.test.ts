// Percentiles of times, against the sorted times themselves.
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "../../../server/src/statistics/latency.js";
import { seededRandom } from "../../support/seededRandom.js";

function histogramOf(times: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const time of times) histogram.add(time);
  return histogram;
}

describe("percentiles", () => {
  test("are within half a percent of the exact ones", () => {
    const random = seededRandom(2);
    // From 3 ms to 3 s, most of them short.
    const times = Array.from({ length: 20_000 }, () => 3 * 10 ** (3 * random() ** 2));
    const sorted = times.toSorted((one, other) => one - other);
    const histogram = histogramOf(times);
    for (const share of [0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
      const exact = sorted[Math.ceil(share * sorted.length) - 1] as number;
      expect(Math.abs((histogram.percentile(share) ?? 0) / exact - 1), `p${share * 100}`).toBeLessThanOrEqual(0.005);
    }
    expect(histogramOf(times.toReversed()).percentile(0.95)).toBe(histogram.percentile(0.95));
  });

  test("a summary: mean, least and greatest are exact", () => {
    const summary = histogramOf([10, 20, 30, 1000]).summary();
    expect(summary).toMatchObject({ n: 4, mean: 265, least: 10, greatest: 1000, p99: 1000 });
    expect(summary?.p50).toBeGreaterThan(19.9);
    expect(summary?.p50).toBeLessThan(20.1);
  });

  test("the bars of the plot hold every time once", () => {
    const summary = histogramOf([10, 11, 20, 1000]).summary();
    expect(summary?.bars.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    const [first, last] = [summary?.bars[0], summary?.bars.at(-1)];
    expect(first?.from).toBeLessThanOrEqual(10);
    expect(first?.count).toBeGreaterThan(0);
    expect(last?.to).toBeGreaterThan(1000);
    expect(last?.count).toBe(1);
    summary?.bars.slice(1).forEach((bar, index) => {
      expect(bar.from).toBe(summary.bars[index]?.to);
    });
  });

  test("no time, a time of nothing, and one that nobody waits for", () => {
    expect(histogramOf([]).summary()).toBeUndefined();
    expect(histogramOf([0]).summary()).toMatchObject({ p50: 0, greatest: 0, mean: 0 });
    expect(histogramOf([1e9]).summary()).toMatchObject({ p50: 1e9, greatest: 1e9 });
  });
});
