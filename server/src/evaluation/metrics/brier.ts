// Does the model know when it is right?
import type { Metric } from "../hole.js";
import { isExactMatch } from "./exactMatch.js";

/** The model's confidence in [0, 1]: the geometric mean of its tokens' probabilities. */
export function confidenceOf(meanLogProbability: number): number {
  return Math.exp(meanLogProbability);
}

/**
 * (confidence − right)² (Brier 1950), in [0, 1]; the mean over samples is the Brier score. Undefined where the model gave
 * no probability.
 */
export const brier: Metric = {
  name: "brier",
  description: "Squared difference between the model's confidence and whether it was right.",
  better: "lower",
  score: (scored) => {
    const { meanLogProbability } = scored.suggestion;
    return meanLogProbability === undefined
      ? undefined
      : (confidenceOf(meanLogProbability) - Number(isExactMatch(scored))) ** 2;
  },
};
