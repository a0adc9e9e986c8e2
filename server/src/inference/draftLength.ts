// How many tokens of a draft to verify: as many as pay for themselves, by how often such drafts were accepted.
import type { Draft } from "./drafts.js";

/** Most tokens that are verified at a time. */
export const longestDraftTokens = 8;

/**
 * What a run takes that verifies drafted tokens, in steps that read a single token: a first one more where such a step reads
 * a single row, and as much for each token (1, 3, 5 and 9 rows: 2.1, 3.1, 3.7 and 5.0 ms at 1,024 tokens of context, 1.9,
 * 2.7, 3.0 and 4.2 at 512; one thread).
 */
const cost = { first: 0.2, token: 0.13 };

/** Longer matches are taken for this long. */
const longestMatch = 16;

/** What was accepted before counts this much less with each verified token of the same kind: some fifty are remembered. */
const forgetting = 0.98;

/** Verified tokens that the prior weighs as much as. */
const priorWeight = 8;

/**
 * Share of the drafted tokens that were accepted where nothing is known yet, by the tokens that matched before them: over 288
 * holes in 22 held-out repositories 0.15 after one, 0.35 after two, 0.57 after four, 0.67 after eight, 0.79 after sixteen.
 */
function prior(matched: number): number {
  return 1 - 0.9 * matched ** -0.55;
}

/** Decides how much of a draft is verified. It learns from what comes of it. */
export class DraftLength {
  readonly #firstCost: number;
  readonly #verified = new Float64Array(longestMatch + 1);
  readonly #accepted = new Float64Array(longestMatch + 1);

  /** @param singleRows - Whether a token without a draft is read by itself; see agreesOnSingleRows. */
  constructor(singleRows = false) {
    this.#firstCost = singleRows ? cost.first : 0;
  }

  /**
   * @param remaining - Tokens that the model says are still to come; undefined if it does not say.
   * @returns Tokens of the draft to verify.
   */
  choose({ tokenIds, matched }: Draft, remaining: number | undefined): number {
    // The horizon is no promise: one token more than it says.
    const most = Math.min(tokenIds.length, longestDraftTokens, Math.ceil(remaining ?? longestDraftTokens) + 1);
    let length = 0;
    // Tokens that a run writes in the time of a step: one without a draft.
    let rate = 1;
    let written = 1;
    let probability = 1;
    for (let tokens = 1; tokens <= most; tokens++) {
      probability *= this.#acceptance(matched + tokens - 1);
      written += probability;
      const rateWith = written / (1 + this.#firstCost + cost.token * tokens);
      if (rateWith > rate) [length, rate] = [tokens, rateWith];
    }
    return length;
  }

  /** Learns from a draft of which `verified` tokens were looked at and the first `accepted` were right. */
  learn(matched: number, verified: number, accepted: number): void {
    for (let place = 0; place < Math.min(verified, accepted + 1); place++) {
      const length = Math.min(longestMatch, matched + place);
      this.#verified[length] = (this.#verified[length] as number) * forgetting + 1;
      this.#accepted[length] = (this.#accepted[length] as number) * forgetting + (place < accepted ? 1 : 0);
    }
  }

  #acceptance(matched: number): number {
    const length = Math.min(longestMatch, matched);
    const accepted = (this.#accepted[length] as number) + priorWeight * prior(length);
    return accepted / ((this.#verified[length] as number) + priorWeight);
  }
}
