// Does the model know that everything is still to come?
import type { Metric } from "../hole.js";

/**
 * |1 − fraction| of the horizon before the first token: the share of the middle that is still to come is then 1 (target
 * (M − t) / M at t = 0, arXiv 2410.03103). In [0, 1]; undefined for a model without horizons.
 */
export const horizonFractionError: Metric = {
  name: "horizonFractionError",
  description: "How far the share still to come that the model states before its first token is from 1.",
  better: "lower",
  score: ({ suggestion: { horizon } }) => (horizon === undefined ? undefined : Math.abs(1 - horizon.fraction)),
};
