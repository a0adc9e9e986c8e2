// The sum that makes probabilities of logits. With Math.exp it took more than all else that JavaScript does for a token.

/** Steps of the table for each halving: behind the second order of what is left, the error of a term is below 3e-8 of it. */
const stepsPerHalving = 128;

/** Halvings below which a term is nothing: with a vocabulary of a million they would come to 1e-9 of the largest. */
const mostHalvings = 50;

const table = Float64Array.from(
  { length: stepsPerHalving * mostHalvings },
  (_, step) => 2 ** (-step / stepsPerHalving),
);

/**
 * Σ exp(logit − largest), with a relative error below 1e-7.
 * @param largest - The largest of the logits, a finite number.
 */
export function exponentialSum(logits: Float32Array, largest: number): number {
  const steps = -stepsPerHalving / Math.LN2;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const exact = ((logits[i] as number) - largest) * steps;
    if (exact < table.length) {
      const step = Math.trunc(exact);
      const rest = (exact - step) / steps;
      sum += (table[step] as number) * (1 + rest * (1 + rest / 2));
    }
  }
  return sum;
}
