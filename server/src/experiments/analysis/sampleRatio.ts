// Did as many users turn up in each arm as were assigned to it? If not, something else than the arms differs between
// them (crashes, lost events), and no figure of the experiment can be believed.
import { logGamma } from "../../statistics/logGamma.js";

/** How the check came out. */
export interface SampleRatio {
  /** Units by arm, in the order of the arms. */
  readonly observed: readonly number[];
  /** Units by arm that the weights call for. */
  readonly expected: readonly number[];
  /** Valid at every look: 1 over the evidence against the weights, at most 1. */
  readonly p: number;
  /** False where p is below {@link sampleRatioAlpha}. */
  readonly isAsPlanned: boolean;
}

/** Small, as is usual for this check: it is asked of every experiment, and an alarm stops it. */
export const sampleRatioAlpha = 0.001;

/** How sharply the alternative is centred on the planned weights; Lindon and Malek recommend such an order. */
const concentration = 100;

/**
 * The sequential test of Lindon and Malek ("Anytime-Valid Inference for Multinomial Count Data", NeurIPS 2022): the Bayes
 * factor of a Dirichlet mixture around the planned weights against the weights themselves. It may be looked at any time.
 *
 * @param observed units by arm
 * @param weights of the arms; positive numbers
 */
export function checkSampleRatio(observed: readonly number[], weights: readonly number[]): SampleRatio {
  const total = observed.reduce((sum, count) => sum + count, 0);
  const weightTotal = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / weightTotal);
  let logEvidence = logGamma(concentration) - logGamma(concentration + total);
  observed.forEach((count, arm) => {
    const share = shares[arm] as number;
    logEvidence += logGamma(concentration * share + count) - logGamma(concentration * share) - count * Math.log(share);
  });
  const p = Math.min(1, Math.exp(-logEvidence));
  return { observed, expected: shares.map((share) => share * total), p, isAsPlanned: p >= sampleRatioAlpha };
}
