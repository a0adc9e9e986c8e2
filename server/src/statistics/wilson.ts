// The interval of a share that was counted.
import type { Interval } from "./bootstrap.js";

/** 97.5% quantile of the normal distribution: both tails of a 95% interval. */
const z = 1.959964;

/** Wilson's score interval (1927) at 95%: also right for few trials and for shares near 0 and 1. Undefined for none. */
export function wilsonInterval(successes: number, trials: number): Interval | undefined {
  if (trials <= 0) {
    return undefined;
  }
  const value = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const middle = (value + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((value * (1 - value)) / trials + z ** 2 / (4 * trials ** 2));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half), n: trials };
}

/** The interval of a quantile by order statistics (binomial ranks, normal approximation) at 95%; undefined for none. */
export function quantileInterval(sorted: ArrayLike<number>, share: number): Interval | undefined {
  const n = sorted.length;
  const at = (rank: number): number => sorted[Math.min(n - 1, Math.max(0, Math.ceil(rank) - 1))] as number;
  if (n === 0) {
    return undefined;
  }
  const half = z * Math.sqrt(n * share * (1 - share));
  return { value: at(n * share), low: at(n * share - half), high: at(n * share + half + 1), n };
}
