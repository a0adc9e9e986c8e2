// Writes tokens behind a sequence that a model has read. Runs in the model's process; knows neither the graph nor the cache.
import type { GeneratedToken, Horizon } from "./generation.js";

/** What the model says after a token. */
export interface Prediction {
  /** One for each token of the vocabulary. */
  readonly logits: Float32Array;
  /** Undefined for a model without horizon outputs. */
  readonly horizon: Horizon | undefined;
}

/** Tokens that a model has read, and can read more of. */
export interface Sequence {
  readonly tokens: readonly number[];
  /** What the model says after the last token; undefined when nothing was read or that is not known any more. */
  readonly next: Prediction | undefined;
  /**
   * Reads tokens behind these.
   * @param predictions - After how many of the last ones to say what comes next.
   * @throws RangeError if the sequence would be longer than the model allows.
   */
  read(tokens: readonly number[], predictions: number): Promise<readonly Prediction[]>;
  /** Takes back the last tokens, to where `next` is what the model said. */
  rewind(length: number, next: Prediction): void;
}

/** What a decoding ended with. */
export type DecodeEnd = "endOfMiddle" | "budget" | "cancelled";

export interface DecodeOptions {
  /** Most tokens to write. */
  readonly maxTokens: number;
  /** Tokens that end the text; they are not part of it. */
  readonly endIds: ReadonlySet<number>;
  readonly signal: AbortSignal;
  readonly onToken: (token: GeneratedToken) => void;
  /** Chooses a token by the logits; by default the most probable one. */
  readonly choose?: (logits: Float32Array) => Choice;
}

/** A token that was chosen. */
export interface Choice {
  readonly id: number;
  /** Natural logarithm of its probability, ≤ 0. */
  readonly logProbability: number;
}

/**
 * Greedy choice; of equals the one with the lowest id.
 * @throws RangeError if no logit is a finite number.
 */
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
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - largest);
  return { id, logProbability: -Math.log(sum) };
}

/** What the model's two horizon numbers mean: the fraction, and log2(1 + remaining tokens); undefined without them. */
export function readHorizon(output: Float32Array): Horizon | undefined {
  const [fraction, logarithm] = output;
  if (fraction === undefined || logarithm === undefined) return undefined;
  return { fraction: Math.min(1, Math.max(0, fraction)), remainingTokens: Math.max(0, 2 ** logarithm - 1) };
}

/**
 * Writes tokens behind a sequence. Each is read again at once, which gives its horizon and the next token, so all tokens
 * handed out have been read.
 * @throws RangeError if nothing was read before, or if the sequence would be longer than the model allows.
 */
export async function decode(
  sequence: Sequence,
  { maxTokens, endIds, signal, onToken, choose = chooseGreedily }: DecodeOptions,
): Promise<DecodeEnd> {
  for (let written = 0; ; written++) {
    if (signal.aborted) return "cancelled";
    if (sequence.next === undefined) throw new RangeError("decode needs a prefill before it");
    const { id, logProbability } = choose(sequence.next.logits);
    if (endIds.has(id)) return "endOfMiddle";
    if (written === maxTokens) return "budget";
    const [next] = await sequence.read([id], 1);
    onToken({ id, logProbability, horizon: next?.horizon });
  }
}
