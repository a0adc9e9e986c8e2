// Adaptive debounce: how long to wait after a key before the model is asked, by how fast the user types and how long
// answers take on this machine.

/** Times between keys that are remembered: a line or two, so that a change of pace is followed within seconds. */
const rememberedIntervals = 32;

/** Milliseconds; whoever has not typed for this long has paused, and how long says nothing of the next key. */
const longestInterval = 2000;

/** Milliseconds; nobody waits longer for a suggestion to be begun. Continue's fixed debounce is 350 (see peers). */
export const longestDelay = 300;

/** With fewer intervals nothing is known of the user's pace, and the model is asked at once. */
const fewestIntervals = 8;

/** Share of the answers that should be there before the next key: more often than not. */
const seenShare = 0.5;

/** How much one answer's time counts against those before: about the last eight. */
const latencyWeight = 0.2;

/**
 * Milliseconds after a key at which it is more likely than not that an answer, begun then, is there before the next key.
 * At once on a machine that is quicker than the user; on a slower one when the pause is longer than those within words.
 *
 * @param intervals milliseconds between the last keys, pauses included
 * @param latency milliseconds from a request to its first line
 */
export function chooseDelay(intervals: readonly number[], latency: number): number {
  if (intervals.length < fewestIntervals) {
    return 0;
  }
  const sorted = intervals.toSorted((one, other) => one - other);
  for (const delay of [0, ...sorted]) {
    if (delay >= longestDelay) {
      break;
    }
    const left = sorted.filter((interval) => interval > delay);
    const seen = left.filter((interval) => interval > delay + latency);
    if (seen.length >= seenShare * left.length) {
      return delay;
    }
  }
  return longestDelay;
}

/** Follows one user on one machine. Times are milliseconds of a clock that only goes forward. */
export class Pace {
  #intervals: number[] = [];
  #lastKey: number | undefined;
  #latency: number | undefined;

  /** A key was pressed. */
  typed(now: number): void {
    if (this.#lastKey !== undefined) {
      this.#intervals.push(Math.min(longestInterval, now - this.#lastKey));
      this.#intervals = this.#intervals.slice(-rememberedIntervals);
    }
    this.#lastKey = now;
  }

  /** An answer that the model had to write has come. */
  answered(milliseconds: number): void {
    const before = this.#latency ?? milliseconds;
    this.#latency = before + latencyWeight * (milliseconds - before);
  }

  /** Milliseconds that are still to be waited. */
  remaining(now: number): number {
    const sinceKey = this.#lastKey === undefined ? Number.POSITIVE_INFINITY : now - this.#lastKey;
    return Math.max(0, chooseDelay(this.#intervals, this.#latency ?? 0) - sinceKey);
  }
}
