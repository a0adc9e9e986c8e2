// How much Horizon may ask of a machine that runs on its battery or has other things to do: first it computes less ahead,
// then it writes less.
import { speculationShare } from "./energyBudget.js";

/** What is known of the machine; undefined where it does not tell. */
export interface MachineReading {
  readonly isOnBattery: boolean;
  /** In [0, 1]. */
  readonly charge: number | undefined;
  /** Share of all processors' time that went to others, in [0, 1]. */
  readonly othersLoad: number | undefined;
}

/** How hard pressed the machine is. */
export type PressureLevel = "none" | "some" | "much";

/** What a level allows. */
export interface Pressure {
  readonly level: PressureLevel;
  /** Why, in words for the user; empty for "none". */
  readonly reason: string;
  /** Share of the time in which the model may compute ahead; see energyBudget.ts. */
  readonly speculationShare: number;
  /** Share of the budget of tokens that a suggestion may use, in (0, 1]. */
  readonly tokenShare: number;
}

/** Below this charge every minute counts. Systems begin to save of their own accord at about a fifth. */
export const lowCharge = 0.2;

/** Others leave one of two processors at best: what is computed ahead would be in their way. */
const busyLoad = 0.5;

/** Others use all processors but a fraction: every token comes at their cost, and late. */
export const fullLoad = 0.85;

/** What a machine is asked for that nothing is said of, or that is not to be spared. */
export const unpressed: Pressure = { level: "none", reason: "", speculationShare, tokenShare: 1 };

/** A fifth of what is computed ahead on mains power. */
const someLimits = { speculationShare: speculationShare / 5, tokenShare: 1 };

/** Nothing ahead; a single line is left whole, several lines become about four. */
const muchLimits = { speculationShare: 0, tokenShare: 0.4 };

/** What a reading allows. */
export function pressureOf({ isOnBattery, charge, othersLoad = 0 }: MachineReading): Pressure {
  if (isOnBattery && charge !== undefined && charge < lowCharge) {
    return { level: "much", reason: `battery at ${Math.round(charge * 100)}%: shorter suggestions`, ...muchLimits };
  }
  if (othersLoad >= fullLoad) {
    return { level: "much", reason: "the processors are busy: shorter suggestions", ...muchLimits };
  }
  if (isOnBattery) {
    return { level: "some", reason: "on battery: little is computed ahead", ...someLimits };
  }
  if (othersLoad >= busyLoad) {
    return { level: "some", reason: "the processors are busy: little is computed ahead", ...someLimits };
  }
  return unpressed;
}
