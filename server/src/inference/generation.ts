// The plain types that pass between a model and what uses it: prompts in, tokens with probability and horizon out.

/** How far the model says it is from the end of the middle (horizon-length prediction, arXiv 2410.03103). */
export interface Horizon {
  /** Share of the middle that is still to come, in [0, 1]. */
  readonly fraction: number;
  /** Tokens still to come, end-of-middle not counted; ≥ 0. */
  readonly remainingTokens: number;
}

/** One token as the decoder yields it. */
export interface GeneratedToken {
  readonly id: number;
  /** Natural logarithm of the model's probability of this token, ≤ 0; NaN from a server that does not tell it. */
  readonly logProbability: number;
  /** The horizon after this token; undefined for a model without horizon outputs. */
  readonly horizon: Horizon | undefined;
  /** Bytes that it begins with and that stand before the caret already; 0 if not given. */
  readonly typedBytes?: number | undefined;
}

/** A token with the text it completes: empty while a UTF-8 character is still open. */
export interface DecodedToken extends GeneratedToken {
  readonly text: string;
}

/** Why a text ends where it ends. */
export type StopReason =
  | "endOfMiddle"
  | "lineEnd"
  | "blockEnd"
  | "horizon"
  | "suffixLine"
  | "repetition"
  | "budget"
  | "cancelled";

/** A file of the repository, or part of one, that belongs in the prompt. */
export interface Snippet {
  /** Path relative to the workspace folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What a prompt is made of; pure data, so that a recording gives the same tokens again. */
export interface PromptParts {
  readonly repository: string;
  readonly path: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly snippets: readonly Snippet[];
  /** Takes back tokens at the end of the prefix that may be parts of longer ones (see healing.ts). Default false. */
  readonly heals?: boolean;
}

/** A prompt ready for the model. */
export interface Prompt {
  readonly tokenIds: readonly number[];
  /** The end of the prefix where the token ids do not hold it: what is written begins with it (see healing.ts). */
  readonly forced?: string;
  /** Snippets that fitted into the budget. */
  readonly snippets: readonly Snippet[];
  /** UTF-16 units of prefix and suffix that fitted into the budget. */
  readonly prefixLength: number;
  readonly suffixLength: number;
}

/** What a prefill did. */
export interface PrefillResult {
  /** Tokens in the prompt. */
  readonly tokens: number;
  /** Tokens whose keys and values were already in the cache. */
  readonly reusedTokens: number;
  /** What the model says, before its first token, of how much is to come; undefined for one without horizon outputs. */
  readonly horizon?: Horizon | undefined;
}

/**
 * A loaded model. One generation runs at a time: a second call waits for the first, which its caller should have
 * cancelled. Every method rejects with ModelError when the model cannot be used.
 */
export interface LanguageModel {
  readonly id: string;
  /** SHA-256 of the weights file, lower-case hex. */
  readonly sha256: string;
  /** Texts of the special tokens: a suggestion that spells one out ends before it. */
  readonly specialTokens?: readonly string[];
  /** Longest prompt in tokens that leaves room for the longest middle. */
  readonly promptTokens: number;
  /** Builds the token ids of a prompt within the budget (default promptTokens), by the model's own template. */
  buildPrompt(parts: PromptParts, budget?: number): Prompt;
  /**
   * Reads the prompt, then writes tokens greedily until end-of-middle, maxTokens, or the signal aborts (the generator
   * then returns within one decode step or one prefill chunk, it does not throw). Ending the iteration early stops the model too.
   */
  generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd>;
  /**
   * Learns a file of the user's, for drafts and for mixing. What is generated afresh from now on knows it, what is generated
   * otherwise knows it as soon as it is read. A model that cannot learn has no such method.
   * @param file - The caller's number for it, from 0 to 2 ** 31 - 1; a file that is known is learned anew.
   * @param text - Undefined to forget the file.
   * @param recency - Where files say different things equally often, the one with the higher number counts.
   */
  learn?(file: number, text: string | undefined, recency: number): void;
  dispose(): Promise<void>;
}

/** How tokens are drawn where not the most probable one is taken. */
export interface Sampling {
  /** What the logits are divided by; > 0. */
  readonly temperature: number;
  /** The same seed draws the same tokens; a whole number. */
  readonly seed: number;
}

export interface GenerateOptions {
  /** Most tokens to write; ≥ 1. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Called once the prompt has been read, before the first token. */
  readonly onPrefill?: (result: PrefillResult) => void;
  /** Reads the whole prompt anew, so that the answer depends on nothing that was asked before. Default false. */
  readonly fresh?: boolean;
  /** Draws tokens; by default the most probable one is taken. */
  readonly sampling?: Sampling | undefined;
  /** False to write one token at a time, without drafts. Default true; what is written differs at near-ties alone. */
  readonly drafts?: boolean | undefined;
  /** Tokens that the text must not begin with: what is written then is another one. It is not empty. */
  readonly avoid?: readonly number[] | undefined;
  /** Mixes what came next in the learned files into what the model says; not where tokens are drawn. Default false. */
  readonly mixing?: boolean | undefined;
}

/** What a generation ended with; the text-level stops are the caller's. */
export type GenerationEnd = "endOfMiddle" | "budget" | "cancelled";
