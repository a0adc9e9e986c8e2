// What a prompt is made of, as one pure function of the document, the caret and what is remembered of earlier requests,
// so that a recording of these gives the same prompt again.
import type { PromptParts, Snippet } from "../inference/generation.js";
import type { CaretContext } from "../syntax/caretContext.js";
import type { DocumentSnapshot } from "./completion.js";

/** What of earlier requests a prompt depends on. Plain data. */
export interface PromptState {
  /** Snippets that stand in the prompt. */
  readonly snippets: readonly Snippet[];
  /** The text after the caret as the model has read it, where that is kept although the document has changed. */
  readonly frozenSuffix?: string;
  /** Tokens before the caret that may be parts of longer ones were taken back. */
  readonly heals?: boolean;
  /** An unfinished answer that is written on: the texts around the caret where it began, and what there is of it. */
  readonly unfinished?: { readonly prefix: string; readonly suffix: string; readonly text: string };
}

/** What the model's template is filled with. */
export function createPromptParts(
  { repository, path }: Pick<DocumentSnapshot, "repository" | "path">,
  context: Pick<CaretContext, "prefix" | "suffix">,
  { snippets, frozenSuffix, heals = false, unfinished }: PromptState,
): PromptParts {
  const { prefix, suffix } = unfinished ?? context;
  return {
    repository,
    path,
    prefix: prefix + (unfinished?.text ?? ""),
    suffix: frozenSuffix ?? suffix,
    snippets,
    ...(heals ? { heals } : {}),
  };
}

/**
 * Whether tokens before the caret are to be taken back: within a word. The model has seen carets in words, but whole words
 * far more often: of 134 such holes in 22 repositories of the corpus's dev part it began 60 as they go on instead of 12, and
 * lost none. Behind white space and signs it makes nothing better: of 121 holes 7 instead of 7.
 */
export function isWithinWord(prefix: string): boolean {
  return /[\p{L}\p{N}_$]$/u.test(prefix);
}
