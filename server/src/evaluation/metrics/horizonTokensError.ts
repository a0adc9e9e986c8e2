// Does the model know how long the answer will be?
import type { Metric, Scored } from "../hole.js";
import { comparedTexts } from "./compared.js";

/**
 * The truth's length in tokens. Where the runner did not count it: that of the raw answer if it is the truth, else
 * estimated by the raw answer's characters per token.
 */
function truthTokens(scored: Scored): number | undefined {
  if (scored.truthTokens !== undefined) {
    return scored.truthTokens;
  }
  const { raw, tokens } = scored.suggestion;
  const truth = comparedTexts(scored).truths[0] ?? "";
  return raw === "" || tokens === 0 ? undefined : (truth.length * tokens) / raw.length;
}

/**
 * |log2(1 + tokens stated) − log2(1 + tokens of the truth)|, ≥ 0: by how many doublings the horizon before the first
 * token is wrong. In the units that the head is trained in, so that long holes do not drown short ones. Undefined for a
 * model without horizons.
 */
export const horizonTokensError: Metric = {
  name: "horizonTokensError",
  description: "By how many doublings the number of tokens that the model announces differs from the truth's.",
  better: "lower",
  score: (scored) => {
    const { horizon } = scored.suggestion;
    const tokens = truthTokens(scored);
    return horizon === undefined || tokens === undefined
      ? undefined
      : Math.abs(Math.log2(1 + horizon.remainingTokens) - Math.log2(1 + tokens));
  },
};
