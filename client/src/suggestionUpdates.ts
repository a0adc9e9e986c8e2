// Shows the rest of a suggestion when it arrives after its first line. Stable API has no way to change ghost text that
// is on the screen, so the editor is made to request it again, and gets what the server has sent meanwhile.
import {
  commands,
  type Disposable,
  type InlineCompletionItem,
  InlineCompletionTriggerKind,
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

/**
 * Milliseconds between two refreshes: each takes the ghost text off the screen for a frame or two, and a line is read in
 * about this time. The last refresh is never put off.
 */
export const refreshMilliseconds = 300;

/** What an answer of the server has put on the screen. */
interface Shown {
  readonly place: Place;
  readonly item: InlineCompletionItem;
}

/** Follows which suggestion is on the screen, how long it is, and whether the user has sent it away. */
export class SuggestionUpdates implements Disposable {
  /** The last answer that had something in it; undefined after Escape. */
  private shown: Shown | undefined;
  /** The latest that was written of a suggestion. */
  private written: CompletionUpdateParams | undefined;
  /** The request that comes next with the kind "invoked" is ours, not the user's. */
  private expectsOwn = false;
  /** The editor has been told to ask, and has not done with it. */
  private isRefreshing = false;
  private refreshedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Remembers each answer of the server as it goes to the editor. Our own refreshes are answered from what the server has
   * sent already, so that an invoked request that reaches the server is always the user's.
   */
  readonly provideInlineCompletionItems: NonNullable<Middleware["provideInlineCompletionItems"]> = async (
    document,
    position,
    context,
    token,
    next,
  ) => {
    const place = placeOf(document, position);
    const isOwn = this.expectsOwn && context.triggerKind === InlineCompletionTriggerKind.Invoke;
    if (isOwn) {
      this.expectsOwn = false;
      const grown = this.grown(place);
      if (grown !== undefined) {
        this.shown = { place, item: grown };
        return [grown];
      }
    }
    // The user has typed on in the meantime: nobody has invoked anything here.
    const asked = isOwn ? { ...context, triggerKind: InlineCompletionTriggerKind.Automatic } : context;
    const result = await next(document, position, asked, token);
    if (token.isCancellationRequested) {
      return result;
    }
    const items = Array.isArray(result) ? result : (result?.items ?? []);
    const [first] = items;
    this.shown = first === undefined ? undefined : { place, item: first };
    // More may have come while this answer was on its way here: take it at once.
    const grown = this.grown(place);
    if (grown === undefined) {
      return result;
    }
    this.shown = { place, item: grown };
    return [grown, ...items.slice(1)];
  };

  /** Shows more of the suggestion on the screen; does nothing when that is gone. */
  receive(update: CompletionUpdateParams): void {
    this.written = update;
    const isDue = update.done || this.now() - this.refreshedAt >= refreshMilliseconds;
    if (isDue && this.hasGrown()) {
      void this.refresh();
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

  /** Shows the suggestion anew. One at a time: of two that overlap, the second's request would be taken for the user's. */
  private async refresh(): Promise<void> {
    if (this.isRefreshing) {
      return;
    }
    this.refreshedAt = this.now();
    this.isRefreshing = true;
    this.expectsOwn = true;
    let hasAsked = false;
    try {
      // While a suggestion is on the screen, the editor neither asks a second time nor lets a new answer replace it.
      void commands.executeCommand("editor.action.inlineSuggest.hide");
      await commands.executeCommand("editor.action.inlineSuggest.trigger");
    } finally {
      hasAsked = !this.expectsOwn;
      this.expectsOwn = false;
      this.isRefreshing = false;
    }
    // The end may have come meanwhile. An editor that does not ask when told to has nothing to show.
    if (hasAsked && this.written?.done === true && this.hasGrown()) {
      void this.refresh();
    }
  }

  /** Whether there is more of the suggestion on the screen, and the caret is where it was. */
  private hasGrown(): boolean {
    const editor = window.activeTextEditor;
    return (
      editor?.selection.isEmpty === true && this.grown(placeOf(editor.document, editor.selection.active)) !== undefined
    );
  }

  /** The suggestion on the screen as it is now, if that is at this place and has grown since it was shown. */
  private grown(place: Place): InlineCompletionItem | undefined {
    const { written, shown } = this;
    if (written === undefined || shown === undefined || !isSame(place, shown.place)) {
      return undefined;
    }
    const { uri, version, position, text } = written;
    const before = textOf(shown.item);
    const isGrown = isSame(place, { uri, version, ...position }) && text.length > before.length;
    // What is on the screen is never taken back.
    return isGrown && text.startsWith(before) ? { ...shown.item, insertText: text } : undefined;
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

function textOf({ insertText }: InlineCompletionItem): string {
  return typeof insertText === "string" ? insertText : insertText.value;
}
