// chrF2 of one suggestion: shared runs of one to six characters.

import { countNgrams, countShared } from "../../text/lexemes.js";
import type { Metric } from "../hole.js";
import { bestLikeness } from "./compared.js";

const longestNgram = 6;

/** Recall counts twice as much as precision. */
const beta = 2;

/**
 * chrF2 (Popović 2015) as in sacrebleu: code points without white space; precision and recall are averaged over the
 * orders that both texts are long enough for.
 *
 * @returns in [0, 1]
 */
export function chrFLikeness(prediction: string, truth: string): number {
  const predicted = charactersOf(prediction);
  const expected = charactersOf(truth);
  if (predicted.length === 0 && expected.length === 0) {
    return 1;
  }
  let precision = 0;
  let recall = 0;
  const orders = Math.min(longestNgram, predicted.length, expected.length);
  for (let order = 1; order <= orders; order++) {
    const shared = countShared(countNgrams(predicted, order), countNgrams(expected, order));
    precision += shared / (predicted.length - order + 1);
    recall += shared / (expected.length - order + 1);
  }
  if (precision + recall === 0) {
    return 0;
  }
  return ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall) / orders;
}

/** The code points that are no white space; as a text, which is faster, where each is one UTF-16 unit. */
function charactersOf(text: string): readonly string[] | string {
  const solid = text.replace(/\s+/g, "");
  return /[\ud800-\udfff]/.test(solid) ? [...solid] : solid;
}

/** In [0, 1]. */
export const chrF: Metric = {
  name: "chrF",
  description: "Shared runs of one to six characters (chrF2), recall weighted twice, white space aside.",
  better: "higher",
  score: (scored) => bestLikeness(scored, chrFLikeness),
};
