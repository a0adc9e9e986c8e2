// Chooses a few of many by a seed, so that the same seed chooses the same.
import { rankOf } from "../selection.js";

/** Some of the values, at most `count`, in their own order. */
export function chooseSeeded<Value>(
  values: readonly Value[],
  count: number,
  seed: number,
  nameOf: (value: Value) => string,
): readonly Value[] {
  if (values.length <= count) {
    return values;
  }
  const ranked = values.map((value, index) => ({ index, rank: rankOf(seed, nameOf(value)) }));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  const chosen = new Set(ranked.slice(0, count).map(({ index }) => index));
  return values.filter((_, index) => chosen.has(index));
}
