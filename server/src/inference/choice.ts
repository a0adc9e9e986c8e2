// Chooses the next token by what the model says of all of them.
import { exponentialSum } from "./exponentialSum.js";

/** A token that was chosen. */
export interface Choice {
  readonly id: number;
  /** Natural logarithm of its probability, ≤ 0. */
  readonly logProbability: number;
}

/**
 * Chooses a token.
 * @param logits - One for each token of the vocabulary.
 * @param text - The tokens before it, special ones left out.
 * @throws RangeError if no logit is a finite number.
 */
export type Choose = (logits: Float32Array, text: readonly number[]) => Choice;

/** Greedy choice; of equals the one with the lowest id. */
export function chooseGreedily(logits: Float32Array): Choice {
  let id = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    if (logit > largest) {
      largest = logit;
      id = i;
    }
  }
  if (!Number.isFinite(largest)) throw new RangeError("the model computed no finite logit");
  return { id, logProbability: -Math.log(exponentialSum(logits, largest)) };
}

/** Natural logarithm of a token's probability. */
export function logProbabilityOf(logits: Float32Array, id: number): number {
  const best = chooseGreedily(logits);
  return Math.min(0, (logits[id] as number) - (logits[best.id] as number) + best.logProbability);
}

/** Logits in which some tokens have no probability. */
export function without(logits: Float32Array, tokens: Iterable<number>): Float32Array {
  const left = logits.slice();
  for (const id of tokens) left[id] = Number.NEGATIVE_INFINITY;
  return left;
}

/**
 * The most probable of some tokens; its probability is the one among these. Of equals the first.
 * @param allowed - At least one.
 * @throws RangeError if no logit of them is a finite number.
 */
export function chooseAmong(logits: Float32Array, allowed: Iterable<number>): Choice {
  const ids = [...allowed];
  const choice = chooseGreedily(Float32Array.from(ids, (id) => logits[id] as number));
  return { ...choice, id: ids[choice.id] as number };
}
