// Writes tokens behind a sequence that a model has read. Runs in the model's process; knows neither the graph nor the cache.
import { setImmediate } from "node:timers/promises";
import { type Choice, type Choose, chooseGreedily, logProbabilityOf, without } from "./choice.js";
import { type DraftLength, longestDraftTokens } from "./draftLength.js";
import { type Draft, type DraftSource, noDraft } from "./drafts.js";
import { type ForcedSteps, writeForced } from "./forcedText.js";
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
  /** Tokens that can still be read. */
  readonly room: number;
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
  /** The special tokens: each of them ends the text and is no part of it. */
  readonly endIds: ReadonlySet<number>;
  readonly signal: AbortSignal;
  readonly onToken: (token: GeneratedToken) => void;
  /** Text that must be written first; only what goes beyond it is handed out. */
  readonly forced?: ForcedSteps | undefined;
  /** Tokens that what is handed out must not begin with, if there are any; it does not end at once then, either. */
  readonly avoid?: readonly number[] | undefined;
  /** Chooses the tokens; by default the most probable ones. */
  readonly choose?: Choose;
  /** Drafts to verify several tokens at a time with; without them one token is written at a time. */
  readonly drafts?: Drafts | undefined;
}

/** Where drafts come from, and how much of them is verified. */
export interface Drafts {
  readonly source: DraftSource;
  readonly length: DraftLength;
}

/** What the model's two horizon numbers mean: the fraction, and log2(1 + remaining tokens); undefined without them. */
export function readHorizon(output: Float32Array): Horizon | undefined {
  const [fraction, logarithm] = output;
  if (fraction === undefined || logarithm === undefined) return undefined;
  return { fraction: Math.min(1, Math.max(0, fraction)), remainingTokens: Math.max(0, 2 ** logarithm - 1) };
}

/**
 * Writes tokens behind a sequence. Each is read again, which gives its horizon and the next token, so all tokens handed
 * out have been read. With a draft behind it, one run says what comes after each token of the draft; as long as the draft
 * has what is chosen there, that is written too, and the rest is taken back.
 * @throws RangeError if nothing was read before, or if the sequence would be longer than the model allows.
 */
export async function decode(sequence: Sequence, options: DecodeOptions): Promise<DecodeEnd> {
  const { maxTokens, endIds, signal, onToken, forced = [], avoid = [], choose = chooseGreedily, drafts } = options;
  let left = maxTokens;
  if (forced.length > 0) {
    const token = await writeForced(sequence, forced, signal, avoid);
    if (token === undefined) return "cancelled";
    onToken(token);
    left--;
  }
  // Special tokens are no text: what stands on both sides of one is compared as if it stood together.
  const text = sequence.tokens.filter((id) => !endIds.has(id));
  /** What was chosen in place of a draft's token. It is not chosen again: that could be a draw at random. */
  let pending: Choice | undefined;
  const isAvoiding = avoid.length > 0 && forced.length === 0;
  if (isAvoiding && sequence.next !== undefined) {
    pending = chooseOther(choose, sequence.next.logits, text, [...avoid, ...endIds]);
  }
  for (;;) {
    // A run keeps the event loop from turning: only now is a cancellation heard that has come meanwhile.
    await setImmediate();
    if (signal.aborted) return "cancelled";
    if (sequence.next === undefined) throw new RangeError("decode needs a prefill before it");
    let chosen = pending ?? choose(sequence.next.logits, text);
    pending = undefined;
    if (endIds.has(chosen.id)) return "endOfMiddle";
    if (left === 0) return "budget";
    text.push(chosen.id);
    const draft = findDraft(text, Math.min(left, sequence.room) - 1, sequence.next.horizon, drafts);
    const said = await sequence.read([chosen.id, ...draft.tokenIds], 1 + draft.tokenIds.length);
    const written = sequence.tokens.length - draft.tokenIds.length;
    let accepted = 0;
    for (const next of said) {
      onToken({ ...chosen, horizon: next.horizon });
      left--;
      if (accepted === draft.tokenIds.length || signal.aborted) break;
      chosen = choose(next.logits, text);
      if (chosen.id !== draft.tokenIds[accepted] || endIds.has(chosen.id)) {
        pending = chosen;
        break;
      }
      text.push(chosen.id);
      accepted++;
    }
    if (accepted < draft.tokenIds.length) sequence.rewind(written + accepted, said[accepted] as Prediction);
    drafts?.length.learn(draft.matched, draft.tokenIds.length, accepted);
  }
}

/** Chooses none of some tokens; the probability is the one among all. */
function chooseOther(choose: Choose, logits: Float32Array, text: readonly number[], avoid: readonly number[]): Choice {
  const { id } = choose(without(logits, avoid), text);
  return { id, logProbability: logProbabilityOf(logits, id) };
}

/** What may come behind a text, as far as it pays to verify it. */
function findDraft(
  text: readonly number[],
  most: number,
  horizon: Horizon | undefined,
  drafts: Drafts | undefined,
): Draft {
  if (drafts === undefined || most <= 0) return noDraft;
  const draft = drafts.source.draft(text, Math.min(most, longestDraftTokens));
  // The horizon was said before the last token of the text.
  const remaining = horizon === undefined ? undefined : Math.max(0, horizon.remainingTokens - 1);
  const length = drafts.length.choose(draft, remaining);
  return { ...draft, tokenIds: draft.tokenIds.slice(0, length) };
}
