// Writes text that is known, in the tokens in which the model wants to write it and what comes behind it. Runs in the
// model's process.
import { chooseAmong } from "./choice.js";
import type { Sequence } from "./decode.js";
import type { GeneratedToken } from "./generation.js";

/**
 * What may be written while known text is left: by the number of its bytes that have been written, the tokens that agree
 * with the rest, each with the number of known bytes that it has.
 */
export type ForcedSteps = readonly ReadonlyMap<number, number>[];

/**
 * Writes the known text behind a sequence, and what its last token has beyond it.
 * @param steps - At least one.
 * @param avoid - Tokens that must not be the last one, where there is another.
 * @returns The last token; the probability of each is among those that agree. Undefined if the signal aborted.
 * @throws RangeError if nothing was read before.
 */
export async function writeForced(
  sequence: Sequence,
  steps: ForcedSteps,
  signal: AbortSignal,
  avoid: readonly number[] = [],
): Promise<GeneratedToken | undefined> {
  for (let written = 0; ; ) {
    if (signal.aborted) return undefined;
    const allowed = steps[written];
    if (allowed === undefined || sequence.next === undefined)
      throw new RangeError("known text needs a prefill before it");
    const isLast = (id: number): boolean => written + (allowed.get(id) ?? 0) === steps.length;
    const others = [...allowed.keys()].filter((id) => !(isLast(id) && avoid.includes(id)));
    const choice = chooseAmong(sequence.next.logits, others.length > 0 ? others : allowed.keys());
    const typedBytes = allowed.get(choice.id) as number;
    const [next] = await sequence.read([choice.id], 1);
    written += typedBytes;
    if (written === steps.length) return { ...choice, horizon: next?.horizon, typedBytes };
  }
}
