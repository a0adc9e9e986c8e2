// Follows every suggestion of an editor window from what stable VS Code API tells: requests, edits, where the caret is,
// Escape, and the command that runs after an acceptance. Feeds attribution.ts, and says which text was accepted where.
import { advance, type EndedRequest, type OpenSuggestion, open, type Signal } from "./attribution.js";
import { looksCompleted, matchEdit, type TextEdit } from "./editMatch.js";

/**
 * Milliseconds after the answer at which a suggestion counts as shown if nothing has changed: the editor draws an
 * answer within two frames or not at all (test/e2e/telemetry.test.ts measures how often this is right).
 */
export const showDelay = 50;

/** Milliseconds that the command of an acceptance may come after its edit. */
export const commandDelay = 500;

/** Accepted text, in the document as it is now. */
export interface Acceptance {
  readonly suggestion: string;
  readonly uri: string;
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

/** What the tracker is given, and whom it tells. */
export interface TrackerOptions {
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Runs a function after so many milliseconds; the result takes it back. */
  readonly schedule: (milliseconds: number, run: () => void) => () => void;
  readonly newId: () => string;
  /** Whether another extension that writes inline completions is there. */
  readonly hasOtherProvider: () => boolean;
  /** Called exactly once for each request. */
  readonly onEnded: (ended: EndedRequest) => void;
  /** Called when text has been accepted; a second time, with more text, where it was accepted in parts. */
  readonly onAccepted: (acceptance: Acceptance) => void;
}

/** Where a suggestion is wanted: a caret in a document. */
export interface RequestPlace {
  readonly uri: string;
  readonly offset: number;
}

/** A suggestion in the hands of the editor. */
interface Tracked {
  open: OpenSuggestion;
  readonly uri: string;
  /** Where the suggestion began, and where the caret must be for it to be on the screen. */
  start: number;
  caret: number;
  replaces: number;
  /** Where its first accepted part begins. */
  acceptedFrom: number | undefined;
  /** Where the last edit at the caret was, agreed or not: the command may say that it was the acceptance. */
  lastEdit: { readonly start: number; readonly end: number } | undefined;
  /** Every request that has carried it: the editor may hold the answer of an earlier one. */
  readonly requests: Set<string>;
  cancelTimer: () => void;
}

/** At most one suggestion is on the screen; any number may be asked for or on its way out. */
export class SuggestionTracker {
  readonly #options: TrackerOptions;
  readonly #requested = new Map<string, { readonly open: OpenSuggestion; readonly place: RequestPlace }>();
  readonly #leaving = new Set<Tracked>();
  #current: Tracked | undefined;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** Requests that have no outcome yet. */
  get openRequests(): number {
    return this.#requested.size + this.#leaving.size + (this.#current === undefined ? 0 : 1);
  }

  /** The editor asks for a suggestion. Returns the request's id. */
  requested(place: RequestPlace): string {
    const id = this.#options.newId();
    this.#requested.set(id, { open: open(id), place });
    return id;
  }

  /** The request was answered with a text that replaces so many characters behind the caret; "" for none. */
  answered(request: string, text: string, replaces = 0): void {
    const asked = this.#requested.get(request);
    if (asked === undefined) {
      return;
    }
    const remaining = text.replaceAll("\r\n", "\n");
    if (remaining === "") {
      this.#endRequested(request, { type: "answered", at: this.#options.now(), text: "" });
      return;
    }
    this.caretMoved(asked.place.uri, asked.place.offset);
    const current = this.#current;
    if (current === undefined) {
      this.#requested.delete(request);
      this.#show(request, asked.open, asked.place, remaining, replaces);
    } else if (continues(current.open, remaining)) {
      this.#requested.delete(request);
      current.requests.add(request);
      current.replaces = replaces;
      this.#advance(current, { type: "continuedBy", at: this.#options.now(), request, text: remaining });
    } else {
      // The editor keeps what is on the screen as long as the user types along it.
      this.#endRequested(request, { type: "unanswered", reason: "superseded" });
    }
  }

  /** The request was not answered, or its answer came when it could not be shown any more. */
  unanswered(request: string, reason: "cancelled" | "failed" | "late"): void {
    this.#endRequested(request, { type: "unanswered", reason });
  }

  /** A document has changed; `isUndo` where by Undo or Redo. Edits in the order in which the editor reports them. */
  edited(uri: string, edits: readonly TextEdit[], isUndo = false): void {
    const tracked = this.#current;
    if (tracked === undefined || tracked.uri !== uri) {
      return;
    }
    for (const edit of edits) {
      if (this.#current === tracked) {
        this.#edit(tracked, edit, isUndo);
      }
    }
  }

  /** The caret stands here now, in the document as it is after the edits that were told. */
  caretMoved(uri: string, offset: number): void {
    const current = this.#current;
    if (current !== undefined && (current.uri !== uri || current.caret !== offset)) {
      this.#advance(current, { type: "left", at: this.#options.now() });
    }
  }

  /** Nothing can be on the screen: the window lost the keyboard, the document was closed, Horizon was switched off. */
  left(): void {
    if (this.#current !== undefined) {
      this.#advance(this.#current, { type: "left", at: this.#options.now() });
    }
  }

  /** The user pressed Escape on ghost text. Says whether it was one of ours. */
  dismissed(): boolean {
    const current = this.#current;
    if (current === undefined) {
      return false;
    }
    this.#advance(current, { type: "dismissed", at: this.#options.now() });
    return true;
  }

  /** The command of a request's answer ran: it was accepted in full. */
  acceptCommand(request: string): void {
    const tracked = [this.#current, ...this.#leaving].find((known) => known?.requests.has(request));
    if (tracked === undefined) {
      return;
    }
    const { acceptedFrom, lastEdit } = tracked;
    this.#advance(tracked, { type: "acceptCommand", at: this.#options.now() });
    if (lastEdit !== undefined) {
      this.#tellAccepted(tracked, acceptedFrom ?? lastEdit.start, lastEdit.end);
    }
  }

  /** Gives every open request its outcome; nothing may be called afterwards. */
  dispose(): void {
    this.left();
    for (const tracked of [...this.#leaving]) {
      this.#advance(tracked, { type: "settled" });
    }
    for (const request of [...this.#requested.keys()]) {
      this.unanswered(request, "cancelled");
    }
  }

  #show(request: string, asked: OpenSuggestion, { uri, offset }: RequestPlace, text: string, replaces: number): void {
    const tracked: Tracked = {
      open: asked,
      uri,
      start: offset,
      caret: offset,
      replaces,
      acceptedFrom: undefined,
      lastEdit: undefined,
      requests: new Set([request]),
      cancelTimer: () => {},
    };
    this.#current = tracked;
    this.#advance(tracked, { type: "answered", at: this.#options.now(), text });
    tracked.cancelTimer = this.#options.schedule(showDelay, () => this.#advance(tracked, { type: "shown" }));
  }

  #edit(tracked: Tracked, edit: TextEdit, isUndo: boolean): void {
    const { open: suggestion } = tracked;
    if (!isUsable(suggestion)) {
      return;
    }
    const at = this.#options.now();
    const place = { ...tracked, remaining: suggestion.remaining };
    const match = matchEdit(place, edit);
    if (match.type === "elsewhere") {
      tracked.start += match.shift;
      tracked.caret += match.shift;
      if (tracked.acceptedFrom !== undefined) {
        tracked.acceptedFrom += match.shift;
      }
      return;
    }
    const from = edit.offset;
    tracked.lastEdit = { start: from, end: from + edit.text.length };
    if (match.type === "diverged" || isUndo) {
      const byAnotherProvider = !isUndo && looksCompleted(place, edit) && this.#options.hasOtherProvider();
      this.#advance(tracked, { type: "diverged", at, byAnotherProvider });
      return;
    }
    tracked.caret = from + match.inserted;
    tracked.replaces = Math.max(0, tracked.replaces - edit.removed);
    if (match.type === "typed") {
      this.#advance(tracked, { type: "typed", at, characters: match.characters });
      return;
    }
    tracked.acceptedFrom ??= from;
    const { acceptedFrom } = tracked;
    this.#advance(
      tracked,
      match.type === "rest"
        ? { type: "acceptedRest", at }
        : { type: "acceptedPart", at, how: match.how, characters: match.characters },
    );
    this.#tellAccepted(tracked, acceptedFrom, tracked.caret);
  }

  #tellAccepted({ open: { suggestion }, uri }: Tracked, start: number, end: number): void {
    if (end > start) {
      this.#options.onAccepted({ suggestion, uri, start, end, at: this.#options.now() });
    }
  }

  #advance(tracked: Tracked, signal: Signal): void {
    const step = advance(tracked.open, signal);
    if (step.type === "ended") {
      this.#forget(tracked);
      this.#options.onEnded(step.ended);
      return;
    }
    const wasLeaving = tracked.open.phase === "leaving";
    tracked.open = step.suggestion;
    if (step.suggestion.phase === "leaving" && !wasLeaving) {
      this.#forget(tracked);
      this.#leaving.add(tracked);
      tracked.cancelTimer = this.#options.schedule(commandDelay, () => this.#advance(tracked, { type: "settled" }));
    }
    if (step.type === "continued") {
      this.#options.onEnded(step.ended);
    }
  }

  #forget(tracked: Tracked): void {
    tracked.cancelTimer();
    this.#leaving.delete(tracked);
    if (this.#current === tracked) {
      this.#current = undefined;
    }
  }

  /** Ends a request whose answer, if there was one, was never shown. */
  #endRequested(request: string, signal: Signal): void {
    const asked = this.#requested.get(request);
    this.#requested.delete(request);
    const step = asked === undefined ? undefined : advance(asked.open, signal);
    if (step?.type === "ended") {
      this.#options.onEnded(step.ended);
    }
  }
}

function isUsable(suggestion: OpenSuggestion): suggestion is Extract<OpenSuggestion, { phase: "answered" | "shown" }> {
  return suggestion.phase === "answered" || suggestion.phase === "shown";
}

/** Is the answer for the same caret the suggestion that is there already: the same text, or more or less of it? */
function continues(suggestion: OpenSuggestion, text: string): boolean {
  return isUsable(suggestion) && (text.startsWith(suggestion.remaining) || suggestion.remaining.startsWith(text));
}
