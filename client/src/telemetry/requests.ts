// Stands between the editor and the server's answers: tells telemetry of each request, and gives each answer the command
// that the editor runs when it was accepted in full.
import { performance } from "node:perf_hooks";
import {
  extensions,
  type InlineCompletionContext,
  type InlineCompletionItem,
  InlineCompletionTriggerKind,
  type Position,
  type TextDocument,
  window,
} from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { SuggestionReport } from "../../../server/src/protocol.js";
import type { CompletionLog, RequestDetails } from "../../../server/src/telemetry/completionLog.js";
import { knownProviders } from "../../../server/src/telemetry/definitions.js";
import type { SuggestionTracker } from "../../../server/src/telemetry/suggestionTracker.js";

/** Runs after an acceptance in full, with the id of the request; not for the palette. */
export const acceptedCommand = "horizon.accepted";

type Provide = NonNullable<Middleware["provideInlineCompletionItems"]>;

/** Other extensions that are at work and write inline completions, too. */
export function otherProviders(): (typeof knownProviders)[number][] {
  return knownProviders.filter((id) => extensions.getExtension(id)?.isActive === true);
}

/** The same as `provide`, with every request told to the tracker and the log. */
export function observeRequests(provide: Provide, tracker: SuggestionTracker, log: CompletionLog): Provide {
  return async (document, position, context, token, next) => {
    const { version } = document;
    const uri = document.uri.toString();
    const request = tracker.requested({ uri, offset: document.offsetAt(position) });
    log.begun(request, describeRequest(document, position, context));
    const started = performance.now();
    // How the server is asked; undefined where Horizon shows more of a suggestion and answers itself.
    let asked: InlineCompletionContext | undefined;
    try {
      const result = await provide(document, position, context, token, (...question) => {
        asked = question[2];
        return next(...question);
      });
      const items = Array.isArray(result) ? result : (result?.items ?? []);
      const [item] = items;
      const text = item === undefined ? "" : textOf(item);
      log.answered(request, {
        trigger: asked === undefined ? "automatic" : triggerOf(asked),
        roundTrip: asked === undefined ? undefined : performance.now() - started,
        characters: text.length,
        lines: text === "" ? 0 : text.split("\n").length,
      });
      if (token.isCancellationRequested) {
        tracker.unanswered(request, "cancelled");
      } else if (item === undefined) {
        tracker.answered(request, "");
      } else if (!isAtCaret(document, version, position)) {
        tracker.unanswered(request, "late");
      } else {
        for (const choice of items) {
          choice.command = { title: "Accepted", command: acceptedCommand, arguments: [request] };
        }
        const { remaining, replaces } = rest(document, position, item);
        tracker.answered(request, remaining, replaces);
      }
      return result;
    } catch (error) {
      tracker.unanswered(request, token.isCancellationRequested ? "cancelled" : "failed");
      throw error;
    }
  };
}

/** Names a document, a version of it and a caret. */
export function placeOf({ uri, version, position }: Pick<SuggestionReport, "uri" | "version" | "position">): string {
  return JSON.stringify([uri, version, position.line, position.character]);
}

function describeRequest(document: TextDocument, position: Position, context: InlineCompletionContext): RequestDetails {
  const line = document.lineAt(position.line).text;
  // The engine's modes (server/src/syntax/caretContext.ts): text to the right, a line with text, a blank line.
  const hasRight = line.slice(position.character).trim() !== "";
  const hasLeft = line.slice(0, position.character).trim() !== "";
  return {
    place: placeOf({ uri: document.uri.toString(), version: document.version, position }),
    language: document.languageId,
    trigger: triggerOf(context),
    caretKind: hasRight ? "line" : hasLeft ? "statement" : "block",
    otherProviders: otherProviders(),
  };
}

/** Is what the answer was made for still there to show it in? */
function isAtCaret(document: TextDocument, version: number, position: Position): boolean {
  const editor = window.activeTextEditor;
  return (
    editor?.document === document &&
    document.version === version &&
    editor.selection.isEmpty &&
    editor.selection.active.isEqual(position)
  );
}

/** What an item adds behind the caret; one that begins before the caret repeats what stands there. */
function rest(
  document: TextDocument,
  position: Position,
  item: InlineCompletionItem,
): { remaining: string; replaces: number } {
  const text = textOf(item);
  const caret = document.offsetAt(position);
  const start = item.range === undefined ? caret : document.offsetAt(item.range.start);
  const end = item.range === undefined ? caret : document.offsetAt(item.range.end);
  const typed = document.getText().slice(start, caret);
  return { remaining: text.startsWith(typed) ? text.slice(typed.length) : text, replaces: Math.max(0, end - caret) };
}

function triggerOf({ triggerKind }: InlineCompletionContext): RequestDetails["trigger"] {
  return triggerKind === InlineCompletionTriggerKind.Invoke ? "invoked" : "automatic";
}

function textOf({ insertText }: InlineCompletionItem): string {
  return typeof insertText === "string" ? insertText : insertText.value;
}
