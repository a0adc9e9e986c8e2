// Between LSP's shapes and ours: cancellation tokens and selected items of the suggest widget.
import type { CancellationToken, Range, SelectedCompletionInfo } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Completion, DocumentSnapshot } from "../completion/completion.js";

/** An AbortSignal that follows an LSP cancellation token. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) {
    controller.abort();
  } else {
    token.onCancellationRequested(() => controller.abort());
  }
  return controller.signal;
}

/** Text to insert, and what it replaces in the document. */
export interface Suggestion {
  readonly text: string;
  readonly range: Range;
}

/** A document and caret as the engine is asked about them, and the way back to the document as it is. */
export interface CompletionTarget {
  readonly snapshot: DocumentSnapshot;
  readonly offset: number;
  /** The snapshot is the document as it is. */
  readonly isPlain: boolean;
  /** Turns a completion of the snapshot into one of the document. */
  toSuggestion(completion: Completion, document: TextDocument): Suggestion;
}

/** The plain case: the engine sees the document. */
export function targetAt(snapshot: DocumentSnapshot, offset: number): CompletionTarget {
  return {
    snapshot,
    offset,
    isPlain: true,
    toSuggestion: ({ text, range }, document) => ({
      text,
      range: { start: document.positionAt(range.start), end: document.positionAt(range.end) },
    }),
  };
}

/**
 * The suggest widget has an item selected. An editor shows an inline completion then only if it goes on from that item,
 * so the engine is asked about the document as it would be with the item inserted.
 */
export function targetAfterSelection(
  snapshot: DocumentSnapshot,
  offset: number,
  selected: SelectedCompletionInfo,
  document: TextDocument,
): CompletionTarget {
  const start = document.offsetAt(selected.range.start);
  const end = Math.max(document.offsetAt(selected.range.end), offset);
  const caret = start + selected.text.length;
  return {
    snapshot: { ...snapshot, text: snapshot.text.slice(0, start) + selected.text + snapshot.text.slice(end) },
    offset: caret,
    isPlain: false,
    toSuggestion: ({ text, range }, current) => ({
      text: selected.text + text,
      range: { start: current.positionAt(start), end: current.positionAt(end + (range.end - caret)) },
    }),
  };
}
