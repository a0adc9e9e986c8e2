// Mixes what came next in the user's own files into what the model says comes next (as in kNN-LM, arXiv 1911.00172, with
// n-grams in place of neighbours): a small model follows a repository that way without being trained on it.
import { type Choose, chooseGreedily } from "./choice.js";
import type { TokenMemory } from "./tokenMemory.js";

/**
 * Weights of the memory, by the tokens that matched: that of the first entry whose `from` is not above them. They were fitted
 * with an earlier model on 22 held-out repositories. Fitted anew with the present one on 23 others they are nearly the same,
 * and on 23 more gain 0.002 bits for a token (-0.001 to 0.004), so these stay: over 12,400 tokens of holes in 46 repositories the
 * truth takes 2.77 bits for a token with them, 3.57 by the model alone, 2.83 with one weight for all. Prompts have the
 * repository's snippets in them either way. From `npm run bench:memory`.
 */
const weights: readonly { readonly from: number; readonly weight: number }[] = [
  { from: 16, weight: 0.95 },
  { from: 9, weight: 0.85 },
  { from: 6, weight: 0.7 },
  { from: 4, weight: 0.65 },
  { from: 3, weight: 0.55 },
  { from: 2, weight: 0.4 },
  { from: 1, weight: 0.2 },
];

/** Weight of the memory where so many tokens matched, in [0, 1). */
export function memoryWeight(matched: number): number {
  return weights.find(({ from }) => matched >= from)?.weight ?? 0;
}

/**
 * Chooses the most probable token of the mixture. How probable an end is, the model says alone, since files know no ends of
 * middles; the rest is shared out by the weight w:
 *
 *     p(token) = (1 − w (1 − unseen)) · model(token) + w · (1 − model(ends)) · memory(token)
 *
 * @param endIds - Tokens that end the text.
 */
export function mixMemory(memory: Pick<TokenMemory, "distribution">, endIds: ReadonlySet<number>): Choose {
  return (logits, text) => {
    const model = chooseGreedily(logits);
    const { probabilities, unseen, matched } = memory.distribution(text);
    const weight = memoryWeight(matched);
    if (weight === 0) return model;
    const logTotal = (logits[model.id] as number) - model.logProbability;
    const said = (id: number): number => Math.exp((logits[id] as number) - logTotal);
    let ends = 0;
    let id = model.id;
    let largest = 0;
    const offer = (token: number, probability: number): void => {
      if (probability <= largest) return;
      largest = probability;
      id = token;
    };
    for (const token of endIds) {
      ends += said(token);
      offer(token, said(token));
    }
    const kept = 1 - weight * (1 - unseen);
    const given = weight * (1 - ends);
    // Of what the memory does not know only the model's first can be the best: all of it has the same share.
    if (!endIds.has(model.id)) offer(model.id, kept * said(model.id) + given * (probabilities.get(model.id) ?? 0));
    for (const [token, expected] of probabilities) {
      // One that must not be chosen has no probability at all.
      if (logits[token] !== Number.NEGATIVE_INFINITY) offer(token, kept * said(token) + given * expected);
    }
    return { id, logProbability: Math.min(0, Math.log(largest)) };
  };
}
