// Exact match: the document after the suggestion is the document that stood there.
import type { Metric, Scored } from "../hole.js";
import { comparedTexts } from "./compared.js";

/** Is the prediction the truth, or one of its alternatives? Line ends aside; stripped where the dataset compares so. */
export function isExactMatch(scored: Scored): boolean {
  const { prediction, truths } = comparedTexts(scored);
  return truths.includes(prediction);
}

/** 0 or 1. */
export const exactMatch: Metric = {
  name: "exactMatch",
  description: "The suggestion is what stood there, character by character.",
  better: "higher",
  score: (scored) => Number(isExactMatch(scored)),
};
