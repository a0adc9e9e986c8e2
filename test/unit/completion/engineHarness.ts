// Drives an engine over a document with a caret mark.
import type { Completion, CompletionResult, DocumentSnapshot } from "../../../server/src/completion/completion.js";
import type { CompletionEngine } from "../../../server/src/completion/engine.js";
import { caret } from "../../golden/goldenCases.js";

export interface Answered {
  /** The texts of the updates, in their order. */
  readonly updates: readonly string[];
  readonly result: CompletionResult;
  readonly completion: Completion | undefined;
  /** The document after the suggestion was accepted, with the caret mark; undefined when nothing is shown. */
  readonly shown: string | undefined;
}

/** The document and the caret's offset in a text with a caret mark. */
export function readCaret(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf(caret);
  return { text: marked.replace(caret, ""), offset };
}

export function documentOf(text: string, languageId = "python"): DocumentSnapshot {
  return { uri: `file:///box/${languageId}`, path: "box", repository: "boxes", languageId, version: 1, text };
}

/** Completes at the caret mark. */
export async function completeAt(
  engine: CompletionEngine,
  marked: string,
  languageId = "python",
  signal: AbortSignal = new AbortController().signal,
): Promise<Answered> {
  const { text, offset } = readCaret(marked);
  return completeDocument(engine, documentOf(text, languageId), offset, signal);
}

/** Completes at an offset. */
export async function completeDocument(
  engine: CompletionEngine,
  document: DocumentSnapshot,
  offset: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<Answered> {
  const { text } = document;
  const updates: string[] = [];
  const completing = engine.complete({ document, offset }, signal);
  for (;;) {
    const next = await completing.next();
    if (next.done === true) {
      const completion = next.value.completions[0];
      const shown =
        completion &&
        `${text.slice(0, completion.range.start)}${completion.text}${caret}${text.slice(completion.range.end)}`;
      return { updates, result: next.value, completion, shown };
    }
    updates.push(next.value.completion.text);
  }
}
