// Edit similarity: how much of the text would have to be typed anew.
import type { Metric } from "../hole.js";
import { bestLikeness } from "./compared.js";

/** Fewest insertions, deletions and substitutions of code points that make one text the other (Levenshtein 1966). */
export function levenshteinDistance(one: string, other: string): number {
  const [short, long] = [codePoints(one), codePoints(other)].sort((a, b) => a.length - b.length) as [
    number[],
    number[],
  ];
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
  // One row of the table: row[j] is the distance between what was read of the long text and j + 1 of the short one.
  const row = Uint32Array.from({ length: width }, (_, index) => index + 1);
  for (let i = start; i < longEnd; i++) {
    const character = long[i];
    let diagonal = i - start;
    let left = diagonal + 1;
    for (let j = 0; j < width; j++) {
      const above = row[j] as number;
      const substitution = diagonal + (short[start + j] === character ? 0 : 1);
      const gap = (above < left ? above : left) + 1;
      left = substitution < gap ? substitution : gap;
      row[j] = left;
      diagonal = above;
    }
  }
  return row[width - 1] as number;
}

function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) as number);
}

/** 1 − distance / length of the longer text; 1 for two empty texts. */
export function editLikeness(one: string, other: string): number {
  const longest = Math.max([...one].length, [...other].length);
  return longest === 0 ? 1 : 1 - levenshteinDistance(one, other) / longest;
}

/** In [0, 1]. Levenshtein's distance, as in Code4Me (arXiv 2402.16197); CrossCodeEval's own counts a substitution as two. */
export const editSimilarity: Metric = {
  name: "editSimilarity",
  description: "One minus Levenshtein's distance between suggestion and truth, over the length of the longer one.",
  better: "higher",
  score: (scored) => bestLikeness(scored, editLikeness),
};
