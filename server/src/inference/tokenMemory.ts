// What the model's process can be given to remember: which tokens came after which in the user's own files. Types only; the
// memory itself is made elsewhere (context/memory), which knows no model.
import type { Draft } from "./drafts.js";

/** What is expected to come next. */
export interface ExpectedTokens {
  /** By token; what they lack to 1 is `unseen`. */
  readonly probabilities: ReadonlyMap<number, number>;
  /** Share that is for tokens that never came next. */
  readonly unseen: number;
  /** Tokens at the end of the text that stand in the files, too. */
  readonly matched: number;
}

/** Remembers files of tokens. */
export interface TokenMemory {
  /**
   * Learns a file, or learns it anew.
   * @param file - The caller's number for it.
   * @param recency - Of equal files, the one with the higher number counts.
   */
  update(file: number, tokenIds: ArrayLike<number>, recency: number): void;
  remove(file: number): void;
  /** @param text - The last tokens of a text, special ones left out. */
  distribution(text: ArrayLike<number>): ExpectedTokens;
  propose(text: ArrayLike<number>, most: number): Draft;
  /** Puts what was learned in order, for faster answers; may be interrupted between its steps. */
  merge(): Generator<void, void>;
}

/** @param highestTokenId - Of the model's vocabulary. */
export type CreateTokenMemory = (highestTokenId: number) => TokenMemory;
