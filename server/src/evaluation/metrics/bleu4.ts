// BLEU-4 of one suggestion: shared runs of one to four lexemes.

import { countNgrams, countShared, lexemesOf } from "../../text/lexemes.js";
import type { Metric } from "../hole.js";
import { bestLikeness } from "./compared.js";

const longestNgram = 4;

/**
 * Sentence BLEU (Papineni et al. 2002) as sacrebleu has it: the n-th order without a match counts as 1 / (2^k · total),
 * k being how many orders had none so far (NIST's smoothing, method 3 of Chen and Cherry 2014), and orders that are
 * longer than the prediction are left out, so that equal texts score 1 however short they are.
 *
 * @returns in [0, 1]
 */
export function bleuLikeness(prediction: string, truth: string): number {
  const predicted = lexemesOf(prediction);
  const expected = lexemesOf(truth);
  if (predicted.length === 0 || expected.length === 0) {
    return Number(predicted.length === expected.length);
  }
  let logPrecisions = 0;
  let orders = 0;
  let missing = 0;
  let matched = 0;
  for (let order = 1; order <= longestNgram && order <= predicted.length; order++) {
    const total = predicted.length - order + 1;
    const shared = countShared(countNgrams(predicted, order), countNgrams(expected, order));
    matched += shared;
    if (shared === 0) missing++;
    logPrecisions += Math.log(shared > 0 ? shared / total : 1 / (2 ** missing * total));
    orders++;
  }
  if (matched === 0) {
    return 0;
  }
  const brevity = Math.min(0, 1 - expected.length / predicted.length);
  return Math.exp(brevity + logPrecisions / orders);
}

/** In [0, 1]. */
export const bleu4: Metric = {
  name: "bleu4",
  description: "Sentence BLEU-4 of lexemes, smoothed as in sacrebleu (NIST, effective order).",
  better: "higher",
  score: (scored) => bestLikeness(scored, bleuLikeness),
};
