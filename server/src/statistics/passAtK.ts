// pass@k: is at least one of k answers right?

/**
 * The unbiased estimate of pass@k of Chen et al. (arXiv 2107.03374): 1 − C(n − c, k) / C(n, k).
 *
 * @param answers n, how many answers were drawn; ≥ k
 * @param right c, how many of them passed the tests
 * @param k ≥ 1
 * @returns in [0, 1]
 * @throws {RangeError} when there are fewer answers than k, or more right ones than answers
 */
export function passAtK(answers: number, right: number, k: number): number {
  if (!(k >= 1 && answers >= k && right >= 0 && right <= answers)) {
    throw new RangeError(`pass@${k} cannot be told from ${right} right of ${answers} answers: draw at least ${k}.`);
  }
  let allWrong = 1;
  for (let index = answers - right + 1; index <= answers; index++) {
    allWrong *= Math.max(0, 1 - k / index);
  }
  return 1 - allWrong;
}
