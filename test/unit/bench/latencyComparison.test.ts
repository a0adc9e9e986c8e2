// The latency gate sees what is slower, and is quiet about what chance makes.
import { describe, expect, test } from "vitest";
import { compareStages, type TimedPair } from "../../bench/latencyComparison.js";
import { seededRandom } from "../../support/seededRandom.js";

/** Log-normal times around 20 ms, each place with a speed of its own; the current build is slower by a factor. */
function measured(factor: number, seed: number): readonly TimedPair[] {
  const random = seededRandom(seed);
  const noise = (): number =>
    Math.exp(0.15 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  return Array.from({ length: 160 }, (_, index) => {
    const place = Math.floor(index / 4);
    const base = 20 * (1 + (place % 5) / 10);
    return { place, baseline: { decode: base * noise() }, current: { decode: base * factor * noise() } };
  });
}

const isSlower = (pairs: readonly TimedPair[]): boolean =>
  compareStages(pairs).some((comparison) => comparison.isSlower);

describe("the gate", () => {
  test("is quiet about two runs of the same build", () => {
    const alarms = Array.from({ length: 8 }, (_, seed) => isSlower(measured(1, seed + 1))).filter(Boolean);
    expect(alarms).toEqual([]);
  });

  test("is quiet about a build that is quicker", () => {
    expect(isSlower(measured(0.6, 1))).toBe(false);
  });

  test("sees a stage that takes a third longer", () => {
    const alarms = Array.from({ length: 5 }, (_, seed) => isSlower(measured(1.33, seed + 1))).filter(Boolean);
    expect(alarms).toHaveLength(5);
  });

  test("does not mind what nobody feels", () => {
    const pairs = measured(2, 1).map(({ place, baseline, current }) => ({
      place,
      baseline: { prompt: (baseline.decode ?? 0) / 1000 },
      current: { prompt: (current.decode ?? 0) / 1000 },
    }));
    expect(isSlower(pairs)).toBe(false);
  });

  test("sees a slow tail behind the same median", () => {
    const pairs = measured(1, 3).map((pair, index) =>
      index % 10 === 0 ? { ...pair, current: { decode: (pair.current.decode ?? 0) * 6 } } : pair,
    );
    const slower = compareStages(pairs).filter((comparison) => comparison.isSlower);
    expect(slower.map(({ percentile }) => percentile)).toEqual([0.95]);
  });

  test("compares the stages that both have", () => {
    const pair = { place: 0, baseline: { prompt: 1, decode: 2 }, current: { decode: 2, healing: 3 } };
    expect(new Set(compareStages([pair, pair]).map(({ stage }) => stage))).toEqual(new Set(["decode"]));
    expect(compareStages([])).toEqual([]);
  });
});
