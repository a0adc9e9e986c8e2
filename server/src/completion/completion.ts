// The plain types of a completion: what is asked, what is answered. Offsets are UTF-16 units from the document's start.
import type { ContextSnippet } from "../context/contextSource.js";
import type { Horizon, Snippet, StopReason } from "../inference/generation.js";

/** A document as the engine sees it at one moment. */
export interface DocumentSnapshot {
  readonly uri: string;
  /** Path relative to its workspace folder, with forward slashes; the file's name alone outside every folder. */
  readonly path: string;
  /** Name of the workspace folder. */
  readonly repository: string;
  /** VS Code's language id. */
  readonly languageId: string;
  readonly version: number;
  readonly text: string;
}

export interface CompletionRequest {
  readonly document: DocumentSnapshot;
  /** The caret, a UTF-16 offset into the document's text. */
  readonly offset: number;
  /** Default "command". */
  readonly cause?: RequestCause;
}

/**
 * Why a suggestion is asked for.
 * - typing: the caret is here and nobody has asked; the engine may think that it is not worth it, and waits for a pause
 * - command: somebody wants one here and now
 * - speculation: the caret may come here; nobody sees the answer before
 */
export type RequestCause = "typing" | "command" | "speculation";

/** Half-open range of UTF-16 offsets. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** One suggestion. */
export interface Completion {
  readonly text: string;
  /** What the text replaces: from the caret, over closing brackets that the text writes itself. */
  readonly range: OffsetRange;
  /** Sum of the natural log-probabilities of its tokens, ≤ 0. */
  readonly logProbability: number;
  /** The horizon that the model stated after the last token; null for a model without one. */
  readonly horizon: Horizon | null;
  readonly stopReason: StopReason;
  readonly tokens: number;
}

/** Milliseconds per stage, and in all. */
export interface CompletionTimings {
  /** Waited for a pause in the typing. */
  readonly pause: number;
  /** Until the repository's snippets were known. */
  readonly context: number;
  readonly prompt: number;
  readonly prefill: number;
  /** From the request to the end of the first line. */
  readonly firstLine: number;
  readonly decode: number;
  readonly total: number;
}

/** Why a place is not answered at all; the message says what to do. */
export interface NoAnswer {
  readonly reason: "outsideDocument" | "insideCharacter" | "tooLarge" | "binary" | "unlikely";
  readonly message: string;
}

/**
 * Where an answer comes from: written by the model, known from an earlier answer at this very place, the rest of an
 * earlier answer of which the user has typed the beginning, or one that was being written already when it was asked for.
 */
export type CompletionSource = "model" | "known" | "typedThrough" | "inFlight";

/** A snippet that stood in a prompt; with its score and sources where it came from the repository's context. */
export type PromptSnippet = Snippet & Partial<Pick<ContextSnippet, "score" | "sources">>;

export interface CompletionResult {
  /** Empty when there is nothing good to show. */
  readonly completions: readonly Completion[];
  /** Set when the engine did not try, because of the document or the caret. */
  readonly noAnswer?: NoAnswer;
  readonly source?: CompletionSource;
  readonly timings: CompletionTimings;
  readonly prompt: {
    readonly tokens: number;
    readonly reusedTokens: number;
    readonly snippets: readonly PromptSnippet[];
  };
  readonly model: { readonly id: string; readonly sha256: string };
}

/** The completion as far as it is known; the first update carries the first whole line. */
export interface CompletionUpdate {
  readonly completion: Completion;
}
