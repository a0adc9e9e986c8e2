// METEOR of one suggestion: shared lexemes, with a penalty for every place where their order breaks.

import { lexemesOf } from "../../text/lexemes.js";
import type { Metric } from "../hole.js";
import { bestLikeness } from "./compared.js";

/** Weight of recall, form and weight of the penalty: Lavie and Agarwal 2007, and NLTK's defaults. */
const alpha = 0.9;
const beta = 3;
const gamma = 0.5;

/**
 * METEOR with its first stage alone: lexemes match when they are equal, case included. Stems and synonyms are left out,
 * because in code `value` and `values` are two variables. Alignment is NLTK's: from the end, each lexeme of the
 * prediction takes the last equal one of the truth that is still free. Equal texts of m lexemes score 1 − 0.5 / m³, not 1.
 *
 * @returns in [0, 1)
 */
export function meteorLikeness(prediction: string, truth: string): number {
  const predicted = lexemesOf(prediction);
  const expected = lexemesOf(truth);
  const places = new Map<string, number[]>();
  expected.forEach((lexeme, place) => {
    const known = places.get(lexeme);
    if (known === undefined) places.set(lexeme, [place]);
    else known.push(place);
  });
  // For each lexeme of the prediction the place of its counterpart, or -1.
  const aligned = predicted.map(() => -1);
  let matches = 0;
  for (let index = predicted.length - 1; index >= 0; index--) {
    const place = places.get(predicted[index] as string)?.pop();
    if (place !== undefined) {
      aligned[index] = place;
      matches++;
    }
  }
  if (matches === 0) {
    return 0;
  }
  const chunks = aligned.filter(
    (place, index) => place >= 0 && !(index > 0 && aligned[index - 1] === place - 1 && place > 0),
  ).length;
  const precision = matches / predicted.length;
  const recall = matches / expected.length;
  const mean = (precision * recall) / (alpha * precision + (1 - alpha) * recall);
  return mean * (1 - gamma * (chunks / matches) ** beta);
}

/** In [0, 1). */
export const meteor: Metric = {
  name: "meteor",
  description: "METEOR of lexemes, exact stage alone (no stems, no synonyms).",
  better: "higher",
  score: (scored) => bestLikeness(scored, meteorLikeness),
};
