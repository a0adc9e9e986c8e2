// Reads prompts with a model's graph: prefill in chunks, the cache of the last sequence. What is written behind them is
// decode.ts's. Runs in the model's process; it knows the graph only as a function.
import { type DecodeEnd, type DecodeOptions, decode, type Prediction, readHorizon, type Sequence } from "./decode.js";
import type { Horizon, PrefillResult } from "./generation.js";
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
  /** `[predictions, vocabularySize]`: the logits after each of the last tokens, as many as were asked for. */
  readonly logits: Float32Array;
  /** `[predictions, 2]`: the graph's two horizon numbers at the same tokens; empty if it has none. */
  readonly horizon: Float32Array;
}

/**
 * Runs the graph on the tokens that follow those in the cache. It must let the event loop turn before it computes, so
 * that a cancellation arrives between two runs.
 * @param predictions - After how many of the last tokens to say what comes next; 0 where only keys and values are needed.
 */
export type RunGraph = (tokens: readonly number[], cache: KeyValueCache, predictions: number) => Promise<GraphResult>;

/** One sequence of tokens, read and continued. Its methods must not run at the same time. */
export class Decoder implements Sequence {
  readonly #cache: KeyValueCache;
  /** What the model says after the last token of the cache; undefined when the cache was cut since. */
  #next: Prediction | undefined;

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
  get next(): Prediction | undefined {
    return this.#next;
  }

  /** The horizon after the last token that was read; undefined when that is not known any more. */
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
      await this.read(tokens.slice(start, end), end === tokens.length ? 1 : 0);
      start = end;
    }
    return signal.aborted ? undefined : { tokens: tokens.length, reusedTokens };
  }

  /** Writes tokens behind the ones in the cache; see decode.ts. */
  decode(options: DecodeOptions): Promise<DecodeEnd> {
    return decode(this, options);
  }

  /**
   * Reads tokens behind those in the cache. If the run fails, the cache is as before.
   * @param predictions - After how many of the last tokens to say what comes next.
   */
  async read(tokens: readonly number[], predictions: number): Promise<readonly Prediction[]> {
    const { maximumPositions, vocabularySize } = this.model;
    if (this.#cache.length + tokens.length > maximumPositions) {
      throw new RangeError(`the model reads at most ${maximumPositions} tokens`);
    }
    const { deltas, logits, horizon } = await this.run(tokens, this.#cache, predictions);
    this.#cache.append(tokens, deltas);
    const said = Array.from({ length: predictions }, (_, index) => ({
      logits: logits.subarray(index * vocabularySize, (index + 1) * vocabularySize),
      horizon: readHorizon(horizon.subarray(2 * index, 2 * index + 2)),
    }));
    this.#next = said.at(-1);
    return said;
  }

  /** Takes back the last tokens, to where `next` is what the model said. */
  rewind(length: number, next: Prediction): void {
    this.#truncate(length);
    this.#next = next;
  }

  #truncate(length: number): void {
    if (length < this.#cache.length) this.#next = undefined;
    this.#cache.truncate(length);
  }
}
