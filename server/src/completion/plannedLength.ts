// How much to write by the model's own plan: what its horizon says before the first token.
import type { Horizon } from "../inference/generation.js";
import type { WritingLimits } from "./writing.js";

/**
 * Tokens planned below which the text is one line. Of 236 one-line middles in development packages (Python, TypeScript)
 * two thirds were planned shorter, of 32 middles of several lines one in twenty.
 */
export const oneLineTokens = 10;

/**
 * A text ends at the line end behind so many times the tokens planned: the plan is 1 token off in the mean, and what comes
 * after twice its length was never part of the middle in 268 holes.
 */
const overrun = 2;

/** Tokens that are granted on top: a short plan may be wrong by its own length. */
const granted = 8;

/** The limits of a text that has not begun; a model without a plan is limited by the rules alone. */
export function limitsByPlan(limits: WritingLimits, plan: Horizon | undefined): WritingLimits {
  if (plan === undefined) {
    return limits;
  }
  const { remainingTokens } = plan;
  return {
    ...limits,
    maxLines: remainingTokens < oneLineTokens ? 1 : limits.maxLines,
    wholeLineTokens: Math.ceil(overrun * remainingTokens) + granted,
  };
}
