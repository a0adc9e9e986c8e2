import { describe, expect, test } from "vitest";
import { planExperiment } from "../../../server/src/experiments/analysis/plan.js";
import { Rerandomization } from "../../../server/src/experiments/analysis/rerandomization.js";
import { checkSampleRatio } from "../../../server/src/experiments/analysis/sampleRatio.js";
import { boundaryOf, effectInterval, testEffect } from "../../../server/src/experiments/analysis/sequentialTest.js";
import { armSums, ratioOf, type UnitSeries } from "../../../server/src/experiments/analysis/unitSeries.js";
import { logGamma } from "../../../server/src/statistics/logGamma.js";
import { normalProbability, normalQuantile } from "../../../server/src/statistics/normal.js";
import { simulate } from "../../bench/experimentSimulation.js";
import { seededRandom } from "../../support/seededRandom.js";

const simulation = {
  users: 60,
  days: 5,
  activitySigma: 1,
  perDay: 20,
  baseline: 0.3,
  rateConcentration: 6,
  enrollmentDays: 3,
  effect: 0,
  seed: 4,
};

test("known values", () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
  expect(normalProbability(-1.644854)).toBeCloseTo(0.05, 6);
  expect(logGamma(5)).toBeCloseTo(Math.log(24), 12);
  expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 12);
});

test("the variance of a ratio is that of the delta method", () => {
  const look = { numerators: Float64Array.of(1, 4, 2, 9), denominators: Float64Array.of(4, 8, 4, 0) };
  const sums = armSums(look, Uint8Array.of(0, 0, 0, 0), 0);
  expect(sums.units).toBe(3);
  // The ratio is 7/16; the residuals y − r x are −0.75, 0.5 and 0.25.
  const squares = 0.75 ** 2 + 0.5 ** 2 + 0.25 ** 2;
  expect(ratioOf(sums)).toEqual({ value: 7 / 16, variance: (squares / 16 ** 2) * (3 / 2) });
});

describe("drawing the arms again", () => {
  const series = simulate(simulation);
  const options = { treatmentShare: 0.5, draws: 99, seed: 1 };

  test("has the usual statistic for the real draw", () => {
    const rerandomization = new Rerandomization(series, options);
    series.looks.forEach((look, index) => {
      const [one, other] = [0, 1].map((arm) => ratioOf(armSums(look, series.inTreatment, arm as 0 | 1)));
      if (one === undefined || other === undefined) throw new Error("there are users in both arms");
      const expected = (other.value - one.value) / Math.sqrt(one.variance + other.variance);
      expect(rerandomization.statistic(index, 0)).toBeCloseTo(expected, 9);
    });
  });

  test("takes an assumed effect off those who had it", () => {
    const effect = 0.07;
    const shifted: UnitSeries = {
      ...series,
      looks: series.looks.map(({ numerators, denominators }) => ({
        denominators,
        numerators: numerators.map(
          (y, unit) => y - effect * (series.inTreatment[unit] as number) * (denominators[unit] as number),
        ),
      })),
    };
    const [assumed, real] = [new Rerandomization(series, options), new Rerandomization(shifted, options)];
    for (const draw of [0, 1, 50, 99]) {
      expect(assumed.statistic(4, draw, effect)).toBeCloseTo(real.statistic(4, draw), 9);
    }
  });

  test("draws a user's arm whoever else is there", () => {
    const fewer: UnitSeries = {
      units: series.units.slice(0, 30),
      inTreatment: series.inTreatment.slice(0, 30),
      looks: series.looks.map(({ numerators, denominators }) => ({
        numerators: numerators.slice(0, 30),
        denominators: denominators.slice(0, 30),
      })),
    };
    const hidden: UnitSeries = {
      ...series,
      looks: series.looks.map(({ numerators, denominators }) => ({
        numerators: numerators.map((y, unit) => (unit < 30 ? y : 0)),
        denominators: denominators.map((x, unit) => (unit < 30 ? x : 0)),
      })),
    };
    const [one, other] = [new Rerandomization(fewer, options), new Rerandomization(hidden, options)];
    expect(one.statistic(4, 17)).toBeCloseTo(other.statistic(4, 17), 9);
  });

  test("says nothing of arms with one user", () => {
    const alone = { ...series, inTreatment: Uint8Array.from(series.units, (_, unit) => (unit === 0 ? 1 : 0)) };
    expect(new Rerandomization(alone, options).statistic(4, 0)).toBe(0);
  });
});

describe("the boundary", () => {
  test("lets no more draws go than may be spent, whatever they are", () => {
    const random = seededRandom(2);
    for (let round = 0; round < 50; round++) {
      const values = Array.from({ length: 6 }, () =>
        Float64Array.from({ length: 100 }, () => Math.ceil(20 * random())),
      );
      let crossed = 0;
      // Each draw in turn is the real one.
      for (let real = 0; real < 100; real++) {
        const turned = values.map((look) =>
          Float64Array.from([look[real] as number, ...look.filter((_, i) => i !== real)]),
        );
        const options = { alpha: 0.1, plannedLooks: 6 };
        if (boundaryOf((look) => turned[look] as Float64Array, 6, options).crossedAt !== undefined) crossed++;
      }
      expect(crossed).toBeLessThanOrEqual(10);
    }
  });

  test("spends a quarter by half time, and nothing after the end", () => {
    const values = Float64Array.from({ length: 1000 }, (_, draw) => draw);
    const { limits } = boundaryOf(() => values, 8, { alpha: 0.04, plannedLooks: 4 });
    expect(limits.slice(0, 4)).toEqual([997, 989, 977, 959]);
    expect(limits.slice(4)).toEqual(Array(4).fill(Number.POSITIVE_INFINITY));
  });
});

test("the interval holds what the test does not contradict", () => {
  const series = simulate({ ...simulation, effect: 0.1 });
  const rerandomization = new Rerandomization(series, { treatmentShare: 0.5, draws: 199, seed: 1 });
  const options = { alpha: 0.05, plannedLooks: 5 };
  const { low, high } = effectInterval(rerandomization, options, 0.1, 0.05);
  const isHeld = (effect: number) => {
    const limit = testEffect(rerandomization, options, effect).limits[4] as number;
    return Math.abs(rerandomization.statistic(4, 0, effect)) <= limit;
  };
  expect([low + 0.005, high - 0.005].map(isHeld)).toEqual([true, true]);
  expect([low - 0.005, high + 0.005].map(isHeld)).toEqual([false, false]);
});

test("an experiment without an effect seldom shows one, with 20 users of whom a few do most", () => {
  let seen = 0;
  for (let seed = 0; seed < 400; seed++) {
    const series = simulate({ ...simulation, users: 20, activitySigma: 1.5, seed });
    const rerandomization = new Rerandomization(series, { treatmentShare: 0.5, draws: 99, seed });
    if (testEffect(rerandomization, { alpha: 0.05, plannedLooks: 5 }).crossedAt !== undefined) seen++;
  }
  // 20 are expected; the deviation is 4.4. The benchmark takes 10,000.
  expect(seen).toBeLessThan(38);
});

describe("the sample ratio", () => {
  test("is as planned with what chance does", () => {
    expect(checkSampleRatio([5050, 4950], [50, 50])).toMatchObject({ isAsPlanned: true, expected: [5000, 5000] });
    expect(checkSampleRatio([0, 0], [50, 50]).p).toBe(1);
    expect(checkSampleRatio([900, 100], [90, 10]).isAsPlanned).toBe(true);
  });

  test("is not with what it does not", () => {
    expect(checkSampleRatio([5300, 4700], [50, 50]).isAsPlanned).toBe(false);
    expect(checkSampleRatio([3000, 3000, 3600], [1, 1, 1]).isAsPlanned).toBe(false);
  });

  test("may be looked at after each user", () => {
    let alarms = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed);
      const counts = [0, 0];
      for (let user = 0; user < 500; user++) {
        const arm = random() < 0.5 ? 0 : 1;
        counts[arm] = (counts[arm] as number) + 1;
        if (checkSampleRatio(counts, [1, 1]).p < 0.05) {
          alarms++;
          break;
        }
      }
    }
    expect(alarms).toBeLessThanOrEqual(15);
  });
});

test("a plan asks for what a textbook does where there is one look and all users are alike", () => {
  const plan = planExperiment(
    {
      baseline: 0.5,
      effect: 0.1,
      userDeviation: 0,
      perDay: 1,
      activityVariation: 0,
      days: 1,
      alpha: 0.05,
      power: 0.8,
      treatmentShare: 0.5,
    },
    seededRandom(1),
  );
  // 4 · 0.25 · (1.96 + 0.8416)² / 0.1²
  expect(plan.usersWithOneLook).toBeGreaterThan(775);
  expect(plan.usersWithOneLook).toBeLessThan(800);
  expect(Math.abs(plan.users / plan.usersWithOneLook - 1)).toBeLessThan(0.05);
});
