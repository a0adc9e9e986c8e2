// Does the suggestion say the same again and again?

import { countNgrams, lexemesOf } from "../../text/lexemes.js";
import type { Metric } from "../hole.js";

/** Length of the runs that count, in lexemes: that of "seq-rep-4". */
const runLength = 4;

/**
 * Share of the runs of four lexemes that occurred before in the same text: 1 − different runs / runs ("seq-rep-4",
 * Welleck et al., arXiv 1908.04319). 0 for a text that is too short for two runs.
 */
export function repetitionShare(text: string): number {
  const lexemes = lexemesOf(text);
  const runs = lexemes.length - runLength + 1;
  return runs < 1 ? 0 : 1 - countNgrams(lexemes, runLength).size / runs;
}

/** In [0, 1); undefined where nothing was suggested. */
export const repetition: Metric = {
  name: "repetition",
  description: "Share of the suggestion's runs of four lexemes that it has had before.",
  better: "lower",
  score: ({ prediction }) => (prediction.trim() === "" ? undefined : repetitionShare(prediction)),
};
