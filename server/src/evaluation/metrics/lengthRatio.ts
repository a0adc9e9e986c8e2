// Does the model write too much or too little?
import type { Metric } from "../hole.js";
import { comparedTexts } from "./compared.js";

/**
 * Characters of the prediction over characters of the truth, as in aiXcoder-7B's evaluation (arXiv 2410.13187); ≥ 0, 1 is
 * as long as it should be. Undefined where nothing but blank space is asked for and the dataset compares stripped text.
 */
export const lengthRatio: Metric = {
  name: "lengthRatio",
  description: "Length of the suggestion over length of the truth; above 1 it writes too much.",
  better: "neither",
  score: (scored) => {
    const { prediction, truths } = comparedTexts(scored);
    const length = truths[0]?.length ?? 0;
    return length === 0 ? undefined : prediction.length / length;
  },
};
