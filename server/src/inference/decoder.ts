// Reads prompts with a model's graph: prefill in chunks, of what is in neither the cache of the last sequence nor the
// tree of those before. What is written behind them is decode.ts's. Runs in the model's process; it knows the graph only
// as a function.
import { setImmediate } from "node:timers/promises";
import { ChunkSize } from "./chunkSize.js";
import { type DecodeEnd, type DecodeOptions, decode, type Prediction, readHorizon, type Sequence } from "./decode.js";
import type { PrefillResult } from "./generation.js";
import { type CacheDelta, type CacheShape, commonPrefixLength, KeyValueCache } from "./kvCache.js";
import { PrefixTree } from "./prefixTree.js";

/**
 * Tokens that a prompt is read by at least: ONNX Runtime multiplies a single row by another kernel, whose results
 * differ a little. So a prompt gives the same tokens whatever part of it was in the cache. While writing, see `singleRows`.
 */
export const fewestRows = 2;

/**
 * What the sequences before the last one may take in memory: eleven whole prompts of the default model, which are two
 * prompts for each of five files.
 */
export const defaultTreeBytes = 64 * 1024 * 1024;

/**
 * A sequence is put aside when the next one takes so many tokens from its end. Fewer are read again in less than 10 ms,
 * and every key stroke would fill the tree with what nobody comes back to.
 */
const leastPutAside = 32;

/** What the decoder needs to know of a model. */
export interface DecoderModel extends CacheShape {
  readonly vocabularySize: number;
  readonly horizonOutputs: boolean;
  /** Tokens before the new ones that the graph reads as well; 0 for none. */
  readonly precedingTokens: number;
  /** Tokens that are read in one run before it is known what runs take; a cancellation waits for one run at most. */
  readonly prefillChunkTokens: number;
}

/** What a decoder does not know of itself. */
export interface DecoderOptions {
  /** Bytes that sequences put aside may take. */
  readonly treeBytes?: number | undefined;
  /** Milliseconds of a clock that only goes forward. Without one every run reads `prefillChunkTokens`. */
  readonly now?: () => number;
  /** Whether a token that is written may be read by itself: see agreesOnSingleRows. */
  readonly singleRows?: boolean;
}

/** What one run of the graph returns. */
export interface GraphResult {
  /** One for each layer; undefined if the run has written keys and values behind those in the cache's buffers. */
  readonly deltas: readonly CacheDelta[] | undefined;
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

/** One sequence of tokens, read and continued; those before it are put aside. Its methods must not run at the same time. */
export class Decoder implements Sequence {
  readonly #cache: KeyValueCache;
  readonly #tree: PrefixTree;
  readonly #chunk: ChunkSize;
  readonly #now: (() => number) | undefined;
  readonly #singleRows: boolean;
  /** What the model says after the last token of the cache; undefined when the cache was cut since. */
  #next: Prediction | undefined;

  constructor(
    private readonly model: DecoderModel,
    private readonly run: RunGraph,
    { treeBytes = defaultTreeBytes, now, singleRows = false }: DecoderOptions = {},
  ) {
    this.#cache = new KeyValueCache(model);
    this.#tree = new PrefixTree(this.#cache.numbersPerToken, treeBytes);
    this.#chunk = new ChunkSize(model.prefillChunkTokens);
    this.#now = now;
    this.#singleRows = singleRows;
  }

  /** The tokens that the model has read and still knows. */
  get tokens(): readonly number[] {
    return this.#cache.tokens;
  }

  get room(): number {
    return this.model.maximumPositions - this.#cache.length;
  }

  /** What the model says after the last token that was read; undefined when that is not known any more. */
  get next(): Prediction | undefined {
    return this.#next;
  }

  /**
   * Makes the cache hold the keys and values of exactly these tokens, of which it reads only what it does not know yet.
   * @param fresh - Forgets all that was read, and reads in chunks of a fixed size, so that what comes next depends on
   *   nothing that came before.
   * @returns Undefined if the signal aborted; what had been read until then stays in the cache.
   */
  async prefill(tokens: readonly number[], signal: AbortSignal, fresh = false): Promise<PrefillResult | undefined> {
    if (fresh) this.#forget();
    const reusedTokens = this.#reuse(tokens);
    for (let start = reusedTokens; start < tokens.length; ) {
      // A run keeps the event loop from turning: only now is heard what has come meanwhile, a cancellation above all.
      await setImmediate();
      if (signal.aborted) return undefined;
      const chunk = fresh ? this.model.prefillChunkTokens : this.#chunk.tokens;
      let end = Math.min(tokens.length, start + chunk);
      if (tokens.length - end === 1 && end - start > fewestRows) end--;
      const began = this.#now?.() ?? 0;
      await this.read(tokens.slice(start, end), end === tokens.length ? 1 : 0);
      if (this.#now !== undefined) this.#chunk.record(end - start, this.#now() - began);
      start = end;
    }
    return signal.aborted ? undefined : { tokens: tokens.length, reusedTokens };
  }

  /**
   * Makes the cache hold as much of these tokens as is known.
   * @returns How many that are.
   */
  #reuse(tokens: readonly number[]): number {
    const common = commonPrefixLength(this.#cache.tokens, tokens);
    // What comes next is known only right behind the last token: if that one is not to be read anew, it must be the
    // last of all.
    if (common === tokens.length && common === this.#cache.length && this.#next !== undefined) return common;
    this.#next = undefined;
    if (this.#cache.length - common >= leastPutAside) this.#tree.store(this.#cache);
    this.#truncate(common);
    this.#tree.restore(tokens, this.#cache);
    this.#truncate(Math.max(0, Math.min(this.#cache.length, tokens.length - fewestRows)));
    return this.#cache.length;
  }

  /** Writes tokens behind the ones in the cache; see decode.ts. */
  decode(options: DecodeOptions): Promise<DecodeEnd> {
    return decode(this, options);
  }

  /**
   * Reads tokens behind those in the cache. If the run fails, the cache is as before. Unless single rows agree with many, a
   * single token is read with a copy of itself behind it, which is taken back: so the same kernel computes it as in a prompt
   * or a draft, and what is written does not depend on how much of it was drafted or reused.
   * @param predictions - After how many of the last tokens to say what comes next.
   */
  async read(tokens: readonly number[], predictions: number): Promise<readonly Prediction[]> {
    const { maximumPositions, vocabularySize } = this.model;
    if (this.#cache.length + tokens.length > maximumPositions) {
      throw new RangeError(`the model reads at most ${maximumPositions} tokens`);
    }
    const length = this.#cache.length + tokens.length;
    const isSingle = !this.#singleRows && tokens.length < fewestRows && length < maximumPositions;
    const rows = isSingle ? [...tokens, ...tokens] : tokens;
    const { deltas, logits, horizon } = await this.run(
      rows,
      this.#cache,
      isSingle && predictions > 0 ? 2 : predictions,
    );
    if (deltas === undefined) this.#cache.extend(rows);
    else this.#cache.append(rows, deltas);
    this.#cache.truncate(length);
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

  #forget(): void {
    this.#truncate(0);
    this.#next = undefined;
    this.#tree.clear();
  }

  #truncate(length: number): void {
    if (length < this.#cache.length) this.#next = undefined;
    this.#cache.truncate(length);
  }
}
