// Which of several stretches holds a place, told by where each begins.

/**
 * The place of the last of the first `count` numbers that is not above a value; 0 when all of them are.
 * @param sorted - Ascending.
 */
export function lastAtOrBefore(sorted: Uint32Array, count: number, value: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
