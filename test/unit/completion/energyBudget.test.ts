// The energy budget holds over any stretch of time, whatever is asked of it.
import { describe, expect, test } from "vitest";
import { EnergyBudget, savedMilliseconds, speculationShare } from "../../../server/src/completion/energyBudget.js";
import { fullLoad, lowCharge, pressureOf } from "../../../server/src/completion/pressure.js";
import { seededRandom } from "../../support/seededRandom.js";

/** Computes ahead whenever it is allowed to; returns how long in all. */
function spendAll(
  milliseconds: number,
  share: number,
  seed: number,
): { readonly spent: number; readonly longest: number } {
  const random = seededRandom(seed);
  let now = 0;
  const budget = new EnergyBudget(() => now);
  let spent = 0;
  let longest = 0;
  while (now < milliseconds) {
    now += random() * 400;
    if (budget.allows(share)) {
      const cost = random() * 300;
      longest = Math.max(longest, cost);
      now += cost;
      spent += cost;
      budget.spend(cost);
    }
  }
  return { spent, longest };
}

describe("computing ahead", () => {
  test.each([1, 2, 3])("takes its share of the time and what was saved up, no more (seed %i)", (seed) => {
    const hour = 3_600_000;
    const { spent, longest } = spendAll(hour, speculationShare, seed);
    expect(spent).toBeLessThanOrEqual(hour * speculationShare + savedMilliseconds + longest);
    expect(spent).toBeGreaterThan(hour * speculationShare * 0.95);
  });

  test("takes less under pressure, and nothing under much", () => {
    const some = pressureOf({ isOnBattery: true, charge: 0.8, othersLoad: 0.1 }).speculationShare;
    const much = pressureOf({ isOnBattery: true, charge: lowCharge / 2, othersLoad: 0.1 }).speculationShare;
    const minutes = 600_000;
    const { spent } = spendAll(minutes, speculationShare, 1);
    expect(spendAll(minutes, some, 1).spent - savedMilliseconds).toBeLessThan((spent - savedMilliseconds) / 3);
    expect(spendAll(minutes, much, 1).spent).toBe(0);
  });
});

describe("pressure", () => {
  test.each([
    ["mains power", { isOnBattery: false, charge: 0.1, othersLoad: 0.1 }, "none"],
    ["a machine that tells nothing", { isOnBattery: false, charge: undefined, othersLoad: undefined }, "none"],
    ["a full battery", { isOnBattery: true, charge: 1, othersLoad: 0.1 }, "some"],
    ["a low battery", { isOnBattery: true, charge: 0.1, othersLoad: 0.1 }, "much"],
    ["a build on one of two processors", { isOnBattery: false, charge: undefined, othersLoad: 0.6 }, "some"],
    ["a build on all of them", { isOnBattery: true, charge: 1, othersLoad: fullLoad }, "much"],
  ] as const)("of %s", (_, reading, level) => {
    const pressure = pressureOf(reading);
    expect(pressure.level).toBe(level);
    expect(pressure.reason === "").toBe(level === "none");
  });

  test("takes from what is computed ahead first, then from what is written", () => {
    const [none, some, much] = [
      pressureOf({ isOnBattery: false, charge: undefined, othersLoad: 0 }),
      pressureOf({ isOnBattery: true, charge: 1, othersLoad: 0 }),
      pressureOf({ isOnBattery: true, charge: 0.1, othersLoad: 0 }),
    ];
    expect([none.tokenShare, some.tokenShare]).toEqual([1, 1]);
    expect(much.tokenShare).toBeLessThan(1);
    expect(some.speculationShare).toBeLessThan(none.speculationShare);
    expect(much.speculationShare).toBe(0);
  });
});
