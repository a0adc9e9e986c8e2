// Intervals of shares and of quantiles cover what they should.
import { expect, test } from "vitest";
import { quantileInterval, wilsonInterval } from "../../../server/src/statistics/wilson.js";
import { seededRandom } from "../../support/seededRandom.js";

// Values of R's binom::binom.wilson.
test.each([
  [0, 10, 0, 0.2775],
  [8, 10, 0.4902, 0.9433],
  [50, 100, 0.4038, 0.5962],
  [1, 1, 0.2065, 1],
])("%i of %i", (successes, trials, low, high) => {
  const interval = wilsonInterval(successes, trials);
  expect(interval?.value).toBe(successes / trials);
  expect(interval?.low).toBeCloseTo(low, 4);
  expect(interval?.high).toBeCloseTo(high, 4);
});

test("says nothing of nothing", () => {
  expect(wilsonInterval(0, 0)).toBeUndefined();
  expect(quantileInterval([], 0.5)).toBeUndefined();
});

test("95 of 100 intervals hold the true median and the true 95th percentile", () => {
  const random = seededRandom(3);
  const rounds = 2000;
  let median = 0;
  let percentile = 0;
  for (let round = 0; round < rounds; round++) {
    const sorted = Float64Array.from({ length: 200 }, () => -Math.log(1 - random())).sort();
    const one = quantileInterval(sorted, 0.5);
    const other = quantileInterval(sorted, 0.95);
    median += one !== undefined && one.low <= Math.LN2 && Math.LN2 <= one.high ? 1 : 0;
    percentile += other !== undefined && other.low <= Math.log(20) && Math.log(20) <= other.high ? 1 : 0;
  }
  expect(median / rounds).toBeGreaterThan(0.935);
  expect(percentile / rounds).toBeGreaterThan(0.935);
});
