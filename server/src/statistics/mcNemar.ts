// Could as many flips in one direction be chance?

/**
 * McNemar's exact test, two-sided: the probability, if both directions are equally likely, of a split at least as uneven
 * as this. It takes samples to be independent; where holes share files, the interval by cluster is the safer one.
 *
 * @param oneWay how many samples flipped from right to wrong; an integer ≥ 0
 * @param otherWay how many flipped from wrong to right; an integer ≥ 0
 * @returns in (0, 1]
 */
export function mcNemarExact(oneWay: number, otherWay: number): number {
  const flips = oneWay + otherWay;
  const fewer = Math.min(oneWay, otherWay);
  // The binomial probabilities of 0 … fewer, from the greatest down: each is the one above it times k / (flips − k + 1).
  let sum = 0;
  let share = 1;
  for (let count = fewer; count >= 0; count--) {
    sum += share;
    share *= count / (flips - count + 1);
  }
  return Math.min(1, 2 * sum * Math.exp(logBinomial(flips, fewer) - flips * Math.LN2));
}

/** Natural logarithm of the number of ways to choose `chosen` of `all`. */
function logBinomial(all: number, chosen: number): number {
  let sum = 0;
  for (let index = 1; index <= chosen; index++) {
    sum += Math.log((all - chosen + index) / index);
  }
  return sum;
}
