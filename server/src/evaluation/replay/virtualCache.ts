// What an editor's model would have to read of each prompt: the real bookkeeping of reuse (decoder.ts with its cache and
// its tree) on a model without numbers, whose runs take virtual time.
import { Decoder, type DecoderModel } from "../../inference/decoder.js";
import type { CacheDelta } from "../../inference/kvCache.js";

/** Tokens of earlier prompts that are kept beside the last: what defaultTreeBytes holds of the default model. */
const rememberedTokens = 13_000;

/** The least that the bookkeeping works on: one number for keys and one for values of a token. */
const model: DecoderModel = {
  layers: 1,
  keyValueHeads: 1,
  headSize: 1,
  maximumPositions: Number.MAX_SAFE_INTEGER,
  vocabularySize: 1,
  horizonOutputs: false,
  precedingTokens: 0,
  prefillChunkTokens: 128,
};

const bytesPerToken = 2 * Float32Array.BYTES_PER_ELEMENT;

export interface VirtualCacheOptions {
  /** Lets so much virtual time pass as reading these tokens takes. */
  readonly pass: (tokens: number) => void;
  /** The virtual clock, in milliseconds. */
  readonly now: () => number;
}

/** The tokens that one model knows, from the moment it is loaded. */
export class VirtualCache {
  readonly #decoder: Decoder;
  #isReading = false;

  constructor({ pass, now }: VirtualCacheOptions) {
    this.#decoder = new Decoder(
      model,
      async (tokens, _cache, predictions) => {
        if (this.#isReading) {
          pass(tokens.length);
        }
        const delta: CacheDelta = { key: new Float32Array(tokens.length), value: new Float32Array(tokens.length) };
        return { deltas: [delta], logits: new Float32Array(predictions), horizon: new Float32Array() };
      },
      { treeBytes: rememberedTokens * bytesPerToken, now },
    );
  }

  /**
   * Reads a prompt in runs of 30 virtual milliseconds.
   *
   * @returns how much of it was known; undefined if the signal aborted, what was read by then being known
   */
  async read(prompt: readonly number[], signal: AbortSignal): Promise<number | undefined> {
    this.#isReading = true;
    const read = await this.#decoder.prefill(prompt, signal).finally(() => {
      this.#isReading = false;
    });
    return read?.reusedTokens;
  }

  /** Knows a token that was written, from now on; how long that takes is the caller's. */
  async write(tokenId: number): Promise<void> {
    await this.#decoder.read([tokenId], 1);
  }
}
