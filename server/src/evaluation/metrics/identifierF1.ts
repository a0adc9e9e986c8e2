// How many of the right things are named?
import type { Metric } from "../hole.js";
import { comparedTexts } from "./compared.js";
import { identifiersOf } from "./identifiers.js";

/** In [0, 1]: F1 of the sets of identifiers, as in CrossCodeEval (arXiv 2310.11248); undefined where the truth names nothing. */
export const identifierF1: Metric = {
  name: "identifierF1",
  description: "F1 of the sets of identifiers of suggestion and truth.",
  better: "higher",
  score: (scored) => {
    const { languageId } = scored.hole;
    const { prediction, truths } = comparedTexts(scored);
    const predicted = new Set(identifiersOf(prediction, languageId));
    const scores = truths
      .map((truth) => new Set(identifiersOf(truth, languageId)))
      .filter((names) => names.size > 0)
      .map((names) => (2 * [...names].filter((name) => predicted.has(name)).length) / (names.size + predicted.size));
    return scores.length === 0 ? undefined : Math.max(...scores);
  },
};
