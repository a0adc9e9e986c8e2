// Probabilities of the next token from counts after contexts of different lengths.

/** What followed one context, all its occurrences taken together. */
export interface ContextCounts {
  /** Tokens in the context. */
  readonly length: number;
  /** Token id → how often it came next. */
  readonly next: ReadonlyMap<number, number>;
  /** Sum of those. */
  readonly total: number;
}

/** Probabilities of the tokens that were seen; the rest of the mass is for whatever else. */
export interface NextTokens {
  readonly probabilities: ReadonlyMap<number, number>;
  /** What the probabilities lack to 1: the share that is for another model to distribute. */
  readonly unseen: number;
}

/**
 * What a continuation that was not seen weighs, against one that was seen once, after a context of so many tokens.
 * Witten and Bell weigh it 1. Code repeats what stands close by, so that short contexts promise too much and long ones
 * hold: over held-out files of nine packages in five languages, 4 / √length leaves 4.20 bits for a token, 1 leaves 4.40,
 * 3 leaves 4.23, absolute discounting by 0.75 leaves 4.43, stupid back-off (Brants et al. 2007) by 0.4, made to sum to 1,
 * 4.39, by 0.6 4.33, the frequencies of single tokens 9.68.
 */
function novelty(length: number): number {
  return 4 / Math.sqrt(length);
}

/**
 * Interpolated Witten-Bell back-off (Witten and Bell 1991, "The zero-frequency problem", method C), with a weight: a
 * context that was seen n times with t different continuations gives w t / (n + w t) of the mass to the next shorter one.
 * @param contexts - From the shortest to the longest.
 */
export function interpolate(contexts: readonly ContextCounts[]): NextTokens {
  const probabilities = new Map<number, number>();
  let unseen = 1;
  for (const { length, next, total } of contexts) {
    const novel = novelty(length) * next.size;
    const share = novel / (total + novel);
    for (const [token, probability] of probabilities) probabilities.set(token, probability * share);
    for (const [token, count] of next) {
      probabilities.set(token, (probabilities.get(token) ?? 0) + count / (total + novel));
    }
    unseen *= share;
  }
  return { probabilities, unseen };
}

/**
 * How probable it is that a text that has followed an earlier place for so many tokens goes on as most of those places do.
 * Without the shorter contexts, whose counts would have to be looked up for every token. On the same files: after 3
 * tokens with one such place 0.50 is said and 0.52 was right, after 8 0.73 and 0.75, after 16 0.84 and 0.95.
 * @param length - Tokens that the places agree on.
 * @param count - Places that go on with the token.
 * @param total - Places.
 * @param different - Tokens that they go on with.
 */
export function continuation(length: number, count: number, total: number, different: number): number {
  return count / (total + (3 / length) * different);
}
