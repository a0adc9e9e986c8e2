// When the keys come. Times between key strokes look like those of people: log-normal, with pauses where words and lines
// begin.
import { createRandom } from "../../inference/sampler.js";

/** A log-normal distribution of milliseconds: half the times are below the median; `spread` is the logarithm's deviation. */
interface Pace {
  readonly median: number;
  readonly spread: number;
}

/**
 * The distributions. Over all keys the mean is near the 239 ms of Dhakal et al. (CHI 2018, 136 million key strokes of
 * 168,000 people); keys within a word come faster than that, the first of a word slower, and the first of a line after a
 * pause for thought. An assumption, stated so that it can be replaced: nobody has published such times for code.
 */
export const paces = {
  withinWord: { median: 140, spread: 0.45 },
  wordStart: { median: 260, spread: 0.6 },
  lineStart: { median: 800, spread: 0.8 },
} as const satisfies Record<string, Pace>;

/** Nobody waits longer in the middle of typing; longer pauses would say nothing about latency. */
const longestPause = 10_000;

/** Milliseconds before a key, given the character before it and the key's own. */
export type Cadence = (before: string, key: string) => number;

/** The cadence of a seed. */
export function createCadence(seed: number): Cadence {
  const random = createRandom(seed);
  return (before, key) => {
    const isLineStart = before === "\n" || before === "";
    const isWord = /[\p{L}\p{N}_]/u;
    const pace = isLineStart
      ? paces.lineStart
      : isWord.test(before) === isWord.test(key)
        ? paces.withinWord
        : paces.wordStart;
    // Box and Muller: two uniform numbers make a normal one.
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.min(longestPause, pace.median * Math.exp(pace.spread * normal));
  };
}
