// Reads prompts and writes tokens with a model's graph: prefill in chunks, greedy decoding, the cache of the last
// sequence. Runs in the model's process; it knows the graph only as a function.
import type { GeneratedToken, Horizon, PrefillResult } from "./generation.js";
import { type CacheDelta, type CacheShape, commonPrefixLength, KeyValueCache } from "./kvCache.js";

/**
 * Tokens that a prompt is read by at least: ONNX Runtime multiplies a single row by another kernel, whose results
 * differ a little. So a prompt gives the same tokens whatever part of it was in the cache.
 */
export const fewestRows = 2;

/** What the decoder needs to know of a model. */
export interface DecoderModel extends CacheShape {
  readonly vocabularySize: number;
  readonly horizonOutputs: boolean;
  /** Tokens before the new ones that the graph reads as well; 0 for none. */
  readonly precedingTokens: number;
  /** Tokens that are read in one run; a cancellation waits for one run at most. */
  readonly prefillChunkTokens: number;
}

/** What one run of the graph returns. */
export interface GraphResult {
  /** One for each layer. */
  readonly deltas: readonly CacheDelta[];
  /** Logits of the last token, one for each token of the vocabulary; empty if none were asked for. */
  readonly logits: Float32Array;
  /**
   * The graph's two horizon numbers at the last token: the fraction, and log2(1 + remaining tokens); empty if it has
   * none.
   */
  readonly horizon: Float32Array;
}

/**
 * Runs the graph on the tokens that follow those in the cache. It must let the event loop turn before it computes, so
 * that a cancellation arrives between two runs.
 * @param wantLogits - False where only keys and values are needed.
 */
export type RunGraph = (tokens: readonly number[], cache: KeyValueCache, wantLogits: boolean) => Promise<GraphResult>;

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

/** What the model's two horizon numbers mean; undefined for a model without them. */
export function readHorizon(output: Float32Array): Horizon | undefined {
  const [fraction, logarithm] = output;
  if (fraction === undefined || logarithm === undefined) return undefined;
  return { fraction: Math.min(1, Math.max(0, fraction)), remainingTokens: Math.max(0, 2 ** logarithm - 1) };
}

/** One sequence of tokens, read and continued. Its methods must not run at the same time. */
export class Decoder {
  readonly #cache: KeyValueCache;
  /** What the model says after the last token of the cache; undefined when the cache was cut since. */
  #next: (Choice & { readonly horizon: Horizon | undefined; readonly logits: Float32Array }) | undefined;

  constructor(
    private readonly model: DecoderModel,
    private readonly run: RunGraph,
  ) {
    this.#cache = new KeyValueCache(model);
  }

  /** The tokens that the model has read and still knows. */
  get tokens(): readonly number[] {
    return this.#cache.tokens;
  }

  /** What the model says after the last token that was read; undefined when that is not known any more. */
  get horizon(): Horizon | undefined {
    return this.#next?.horizon;
  }

  /** Forgets all that was read, so that what comes next does not depend on what came before. */
  forget(): void {
    this.#truncate(0);
    this.#next = undefined;
  }

  /**
   * Makes the cache hold the keys and values of exactly these tokens, of which it reads only what it does not know yet.
   * @returns Undefined if the signal aborted; what had been read until then stays in the cache.
   */
  async prefill(tokens: readonly number[], signal: AbortSignal): Promise<PrefillResult | undefined> {
    const common = commonPrefixLength(this.#cache.tokens, tokens);
    // What comes next is known only right behind the last token: if that one is not to be read anew, it must be the
    // last of all.
    const isWhole = common === tokens.length && common === this.#cache.length && this.#next !== undefined;
    const reusedTokens = isWhole ? common : Math.max(0, Math.min(common, tokens.length - fewestRows));
    this.#truncate(reusedTokens);
    for (let start = reusedTokens; start < tokens.length; ) {
      if (signal.aborted) return undefined;
      let end = Math.min(tokens.length, start + this.model.prefillChunkTokens);
      if (tokens.length - end === 1 && end - start > fewestRows) end--;
      await this.#read(tokens.slice(start, end), end === tokens.length);
      start = end;
    }
    return signal.aborted ? undefined : { tokens: tokens.length, reusedTokens };
  }

  /**
   * Writes tokens behind the ones in the cache. Each is read again at once, which gives its horizon and the next
   * token, so all tokens handed out are in the cache.
   * @throws RangeError if nothing was read before, or if the sequence would be longer than the model allows.
   */
  async decode({ maxTokens, endIds, signal, onToken, choose }: DecodeOptions): Promise<DecodeEnd> {
    for (let written = 0; ; written++) {
      if (signal.aborted) return "cancelled";
      const known = this.#next;
      if (known === undefined) throw new RangeError("decode needs a prefill before it");
      const next = choose?.(known.logits) ?? known;
      if (endIds.has(next.id)) return "endOfMiddle";
      if (written === maxTokens) return "budget";
      const horizon = await this.#read([next.id], true);
      onToken({ id: next.id, logProbability: next.logProbability, horizon });
    }
  }

  #truncate(length: number): void {
    if (length < this.#cache.length) this.#next = undefined;
    this.#cache.truncate(length);
  }

  /** Runs the graph and keeps what it computed. If the run fails, the cache is as before. */
  async #read(tokens: readonly number[], wantNext: boolean): Promise<Horizon | undefined> {
    const { maximumPositions } = this.model;
    if (this.#cache.length + tokens.length > maximumPositions) {
      throw new RangeError(`the model reads at most ${maximumPositions} tokens`);
    }
    const result = await this.run(tokens, this.#cache, wantNext);
    this.#cache.append(tokens, result.deltas);
    this.#next = undefined;
    if (!wantNext) return undefined;
    const horizon = readHorizon(result.horizon);
    this.#next = { ...chooseGreedily(result.logits), horizon, logits: result.logits };
    return horizon;
  }
}
