// A test that may be looked at every day: it ends the experiment at the first look at which the real draw is among the
// most extreme, and is wrong in no more than the permitted share of experiments, all looks together.
//
// The group-sequential test of Lan and DeMets (1983), with the joint distribution of the looks taken from draws in the
// place of Brownian motion. So it needs no independent increments, which running sums of the same users do not have
// (each user's new data move the mean of that user). Intervals: repeated confidence intervals (Jennison and Turnbull 1989).
import type { Rerandomization } from "./rerandomization.js";
import { spentBy } from "./spending.js";

export interface SequentialOptions {
  /** Permitted share of experiments without any effect in which one is seen; two-sided, in (0, 1). */
  readonly alpha: number;
  /** Looks that were planned; the last one spends what is left of alpha. */
  readonly plannedLooks: number;
}

/** What each look must exceed. */
export interface Boundary {
  /** One for each look: |statistic| above it ends the test. Infinity where nothing may be spent yet. */
  readonly limits: readonly number[];
  /** The look, from 0, at which draw 0 went above; undefined if it did not. */
  readonly crossedAt: number | undefined;
}

/**
 * Lets the most extreme draws go, look by look, as many as may be spent. Draw 0 is one of them like any other: that is why
 * the chance that it is among those let go is at most alpha, if nothing has an effect.
 *
 * @param statistics |statistic| of each draw at one look
 * @param looks how many looks there are
 */
export function boundaryOf(
  statistics: (look: number) => Float64Array,
  looks: number,
  { alpha, plannedLooks }: SequentialOptions,
): Boundary {
  const limits: number[] = [];
  let crossedAt: number | undefined;
  let gone: Uint8Array | undefined;
  let goneCount = 0;
  for (let look = 0; look < looks; look++) {
    const values = statistics(look);
    gone ??= new Uint8Array(values.length);
    const allowed = Math.floor(spentBy((look + 1) / plannedLooks, alpha) * values.length + 1e-9);
    const room = allowed - goneCount;
    if (room < 1) {
      limits.push(Number.POSITIVE_INFINITY);
      continue;
    }
    const remaining = values.filter((_, draw) => gone?.[draw] === 0).sort();
    // Those strictly above the first one that must stay: of equal ones none may go.
    const limit = remaining[remaining.length - room - 1] ?? Number.POSITIVE_INFINITY;
    limits.push(limit);
    for (let draw = 0; draw < values.length; draw++) {
      if (gone[draw] === 0 && (values[draw] as number) > limit) {
        gone[draw] = 1;
        goneCount++;
        if (draw === 0) crossedAt = look;
      }
    }
  }
  return { limits, crossedAt };
}

/**
 * Tests whether the treatment adds `effect` to the ratio.
 *
 * @param looks how many of the looks to take; default all
 */
export function testEffect(
  rerandomization: Rerandomization,
  options: SequentialOptions,
  effect = 0,
  looks = rerandomization.looks,
): Boundary {
  const statistics = (look: number) =>
    Float64Array.from({ length: rerandomization.draws }, (_, draw) =>
      Math.abs(rerandomization.statistic(look, draw, effect)),
    );
  return boundaryOf(statistics, looks, options);
}

/** Ends of an interval; an end is infinite where the data say nothing yet. */
export interface EffectInterval {
  readonly low: number;
  readonly high: number;
}

/** Steps of the search for an end: each halves what is left, 2^-20 of the width. */
const searchSteps = 20;

/** Doublings of the distance from the estimate before an end is called infinite. */
const widest = 12;

/**
 * The effects that the last look does not contradict. All looks together contain the true effect with probability 1 − alpha.
 *
 * @param estimate the difference at the last look
 * @param standardError of it; a positive number
 */
export function effectInterval(
  rerandomization: Rerandomization,
  options: SequentialOptions,
  estimate: number,
  standardError: number,
): EffectInterval {
  const last = rerandomization.looks - 1;
  const contradicts = (effect: number) => {
    const limit = testEffect(rerandomization, options, effect).limits[last] as number;
    return Math.abs(rerandomization.statistic(last, 0, effect)) > limit;
  };
  const end = (direction: -1 | 1) => {
    let inside = 0;
    let outside = 2 * standardError;
    for (let doubling = 0; !contradicts(estimate + direction * outside); doubling++) {
      if (doubling === widest) return direction * Number.POSITIVE_INFINITY;
      inside = outside;
      outside *= 2;
    }
    for (let step = 0; step < searchSteps && outside - inside > 1e-4 * standardError; step++) {
      const middle = (inside + outside) / 2;
      if (contradicts(estimate + direction * middle)) outside = middle;
      else inside = middle;
    }
    return estimate + direction * outside;
  };
  return { low: end(-1), high: end(1) };
}
