// Shows the rest of a suggestion when it arrives after its first line. Stable API has no way to change ghost text that
// is on the screen, so the editor is made to request it again; the server answers from what it has already written.
import { isDeepStrictEqual } from "node:util";
import {
  commands,
  type Disposable,
  type InlineCompletionItem,
  type InlineCompletionList,
  type Position,
  type TextDocument,
  window,
} from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { CompletionUpdateParams } from "../../server/src/protocol.js";

/** A caret in one version of a document: what a suggestion is made for. */
interface Place {
  readonly uri: string;
  readonly version: number;
  readonly line: number;
  readonly character: number;
}

/** Follows which suggestion is on the screen, how long it is, and whether the user has sent it away. */
export class SuggestionUpdates implements Disposable {
  /** Where the last answer was given, and its length; undefined after Escape. */
  private shown: { readonly place: Place; readonly length: number } | undefined;
  /** The last suggestion that was written to its end. */
  private written: CompletionUpdateParams | undefined;

  /** Remembers each answer of the server as it goes to the editor. */
  readonly provideInlineCompletionItems: NonNullable<Middleware["provideInlineCompletionItems"]> = async (
    document,
    position,
    context,
    token,
    next,
  ) => {
    const place = placeOf(document, position);
    let result = await next(document, position, context, token);
    if (this.isOutgrown(place, lengthOf(result)) && !token.isCancellationRequested) {
      // The rest came while this answer was on its way here: take the whole at once.
      result = await next(document, position, context, token);
    }
    if (!token.isCancellationRequested) {
      const length = lengthOf(result);
      this.shown = length === 0 ? undefined : { place, length };
    }
    return result;
  };

  /** Shows the whole text of the suggestion on the screen; does nothing when that is gone. */
  receive(update: CompletionUpdateParams): void {
    // Each change of the text takes the old one off the screen for a moment, so it is made once, when all is written.
    if (!update.done || isDeepStrictEqual(update, this.written)) {
      return;
    }
    this.written = update;
    const editor = window.activeTextEditor;
    const shown = this.shown;
    if (editor === undefined || shown === undefined || !editor.selection.isEmpty) {
      return;
    }
    const isOnScreen = isSame(shown.place, placeOf(editor.document, editor.selection.active));
    if (isOnScreen && this.isOutgrown(shown.place, shown.length)) {
      // While a suggestion is on the screen, the editor neither asks a second time nor lets a new answer replace it.
      void commands.executeCommand("editor.action.inlineSuggest.hide");
      void commands.executeCommand("editor.action.inlineSuggest.trigger");
    }
  }

  /** Escape: hides the suggestion, and keeps its rest from bringing it back. */
  async dismiss(): Promise<void> {
    this.shown = undefined;
    await commands.executeCommand("editor.action.inlineSuggest.hide");
  }

  dispose(): void {
    this.shown = undefined;
    this.written = undefined;
  }

  /** Whether more is written for this place than an answer of this length says. */
  private isOutgrown(place: Place, length: number): boolean {
    const { written } = this;
    return (
      written !== undefined &&
      isSame(place, { uri: written.uri, version: written.version, ...written.position }) &&
      length > 0 &&
      written.text.length > length
    );
  }
}

function placeOf(document: TextDocument, { line, character }: Position): Place {
  return { uri: document.uri.toString(), version: document.version, line, character };
}

function isSame(one: Place, other: Place): boolean {
  return (
    one.uri === other.uri &&
    one.version === other.version &&
    one.line === other.line &&
    one.character === other.character
  );
}

/** Length of the longest suggestion of an answer; 0 when it has none. */
function lengthOf(result: InlineCompletionItem[] | InlineCompletionList | null | undefined): number {
  const items = Array.isArray(result) ? result : (result?.items ?? []);
  const lengths = items.map(
    ({ insertText }) => (typeof insertText === "string" ? insertText : insertText.value).length,
  );
  return Math.max(0, ...lengths);
}
