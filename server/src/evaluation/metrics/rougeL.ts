// ROUGE-L of one suggestion: the longest common subsequence of lexemes.

import { lexemesOf } from "../../text/lexemes.js";
import type { Metric } from "../hole.js";
import { bestLikeness } from "./compared.js";

/**
 * ROUGE-L (Lin 2004) as an F1 of precision and recall, each the longest common subsequence over the length of the one
 * and of the other.
 *
 * @returns in [0, 1]
 */
export function rougeLikeness(prediction: string, truth: string): number {
  const predicted = lexemesOf(prediction);
  const expected = lexemesOf(truth);
  if (predicted.length === 0 && expected.length === 0) {
    return 1;
  }
  return (2 * longestCommonSubsequence(predicted, expected)) / (predicted.length + expected.length);
}

function longestCommonSubsequence(one: readonly string[], other: readonly string[]): number {
  const row = new Uint32Array(other.length + 1);
  for (const item of one) {
    let diagonal = 0;
    for (let j = 1; j <= other.length; j++) {
      const above = row[j] as number;
      row[j] = item === other[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1] as number);
      diagonal = above;
    }
  }
  return row[other.length] as number;
}

/** In [0, 1]. */
export const rougeL: Metric = {
  name: "rougeL",
  description: "ROUGE-L of lexemes: F1 of the longest common subsequence.",
  better: "higher",
  score: (scored) => bestLikeness(scored, rougeLikeness),
};
