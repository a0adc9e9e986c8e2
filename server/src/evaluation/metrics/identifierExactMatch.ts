// Are the right things named, in the right order?
import type { Metric } from "../hole.js";
import { comparedTexts } from "./compared.js";
import { identifiersOf } from "./identifiers.js";

/** 0 or 1, as in CrossCodeEval (arXiv 2310.11248); undefined where the truth names nothing. */
export const identifierExactMatch: Metric = {
  name: "identifierExactMatch",
  description: "The suggestion's identifiers are the truth's, in the same order.",
  better: "higher",
  score: (scored) => {
    const { languageId } = scored.hole;
    const { prediction, truths } = comparedTexts(scored);
    const predicted = identifiersOf(prediction, languageId);
    const named = truths.map((truth) => identifiersOf(truth, languageId)).filter((names) => names.length > 0);
    return named.length === 0
      ? undefined
      : Number(
          named.some((names) => names.length === predicted.length && names.every((name, at) => name === predicted[at])),
        );
  },
};
