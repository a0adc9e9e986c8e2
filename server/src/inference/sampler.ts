// Draws tokens at random, by a seed. For measuring what a model could have written; the editor takes the most probable.
import type { Choice } from "./choice.js";
import type { Sampling } from "./generation.js";

/** Chooses one token after the other; the same seed chooses the same. */
export function createSampler({ temperature, seed }: Sampling): (logits: Float32Array) => Choice {
  const random = createRandom(seed);
  return (logits) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (const logit of logits) largest = Math.max(largest, logit);
    if (!Number.isFinite(largest)) throw new RangeError("the model computed no finite logit");
    let sum = 0;
    let total = 0;
    for (const logit of logits) {
      sum += Math.exp((logit - largest) / temperature);
      total += Math.exp(logit - largest);
    }
    let left = random() * sum;
    let id = 0;
    for (let index = 0; index < logits.length; index++) {
      const weight = Math.exp(((logits[index] as number) - largest) / temperature);
      if (weight === 0) continue;
      id = index;
      left -= weight;
      if (left < 0) break;
    }
    return { id, logProbability: (logits[id] as number) - largest - Math.log(total) };
  };
}

/** Numbers in [0, 1) that look random (mulberry32, public domain): short, and the same on every machine. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
