// How far apart two texts, or two lists of tokens, are.

/** Fewest insertions, deletions and substitutions that make one list of numbers the other (Levenshtein 1966). */
export function editDistance(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  let shortEnd = short.length;
  let longEnd = long.length;
  while (shortEnd > start && short[shortEnd - 1] === long[longEnd - 1]) {
    shortEnd--;
    longEnd--;
  }
  const width = shortEnd - start;
  if (width === 0) {
    return longEnd - start;
  }
  // One row of the table: row[j] is the distance between what was read of the long list and j + 1 of the short one.
  const row = Uint32Array.from({ length: width }, (_, index) => index + 1);
  for (let i = start; i < longEnd; i++) {
    const item = long[i];
    let diagonal = i - start;
    let left = diagonal + 1;
    for (let j = 0; j < width; j++) {
      const above = row[j] as number;
      const substitution = diagonal + (short[start + j] === item ? 0 : 1);
      const gap = (above < left ? above : left) + 1;
      left = substitution < gap ? substitution : gap;
      row[j] = left;
      diagonal = above;
    }
  }
  return row[width - 1] as number;
}

/** The same for two texts, by code points. */
export function levenshteinDistance(one: string, other: string): number {
  return editDistance(codePoints(one), codePoints(other));
}

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) as number);
}

/** 1 − distance / length of the longer text; 1 for two empty texts. */
export function editLikeness(one: string, other: string): number {
  const longest = Math.max([...one].length, [...other].length);
  return longest === 0 ? 1 : 1 - levenshteinDistance(one, other) / longest;
}
