// What the engine asks of whoever knows the repository.
import type { Snippet } from "../inference/generation.js";
import type { DocumentSnapshot, OffsetRange } from "./completion.js";

/** Where snippets are wanted, and how many. */
export interface SnippetRequest {
  readonly document: DocumentSnapshot;
  /** The caret. */
  readonly offset: number;
  /** The part of the document that the prompt may hold: nothing of it is to come again. */
  readonly window: OffsetRange;
  /** Tokens that all snippets may take together. */
  readonly budget: number;
  /** Tokens that a snippet takes, with its path; infinite for one that does not fit at all. */
  readonly cost: (snippet: Snippet) => number;
}

/** Knows what of a repository belongs in a prompt. */
export interface SnippetProvider {
  /** In the prompt's order, the most useful last. Never rejects for a signal that aborts; the answer is then not used. */
  snippets(request: SnippetRequest, signal: AbortSignal): Promise<readonly Snippet[]>;
  /**
   * Changes whenever the repository around a document does, so that an answer that was written before is not given after:
   * another document was edited, a file changed on the disk, another source is asked. Not with this document's own text,
   * which answers are compared with anyway, nor when more of the repository has been read: to know less is not to be wrong.
   * At once; a provider without it never changes.
   */
  version?(document: DocumentSnapshot): string;
}
