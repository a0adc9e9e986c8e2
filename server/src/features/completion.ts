// textDocument/completion: the same suggestions as items of the suggest widget, for clients without inline completion.
import {
  type CompletionItem,
  CompletionItemKind,
  type Connection,
  type InitializeParams,
  InsertTextFormat,
  InsertTextMode,
  LSPErrorCodes,
  MarkupKind,
  ResponseError,
  type ServerCapabilities,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Documents } from "./documents.js";
import type { Feature } from "./feature.js";
import { type Suggestion, signalOf } from "./lspConversions.js";
import type { Suggestions } from "./suggestions.js";

/** Typing one of these asks again; letters do in every client. */
const TRIGGER_CHARACTERS = [".", "(", "[", "{", "=", ":", ",", " ", "\n"];

/** Longer labels are cut by the clients, each in its own way. */
const LABEL_LENGTH = 60;

/** Answers completion requests of clients that cannot show ghost text. */
export class CompletionItems implements Feature {
  readonly #suggestions: Suggestions;
  readonly #documents: Documents;
  #isNeeded = false;

  constructor(suggestions: Suggestions, documents: Documents) {
    this.#suggestions = suggestions;
    this.#documents = documents;
  }

  initialize(params: InitializeParams): ServerCapabilities {
    this.#isNeeded = params.capabilities.textDocument?.inlineCompletion === undefined;
    return this.#isNeeded ? { completionProvider: { triggerCharacters: TRIGGER_CHARACTERS } } : {};
  }

  register(connection: Connection): void {
    if (!this.#isNeeded) {
      return;
    }
    connection.onCompletion(async ({ textDocument, position }, token) => {
      const suggestion = await this.#suggestions.suggest(
        { uri: textDocument.uri, position, until: "end", cause: "typing" },
        signalOf(token),
      );
      if (token.isCancellationRequested) {
        return new ResponseError<void>(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
      }
      const document = this.#documents.get(textDocument.uri);
      const items = suggestion === undefined || document === undefined ? [] : [toCompletionItem(suggestion, document)];
      // Incomplete: the next character may call for another text, so the client asks again.
      return { isIncomplete: true, items };
    });
  }

  async dispose(): Promise<void> {}
}

/**
 * A suggestion as an item of the suggest widget. Clients filter items by the word in front of the caret, so the item
 * replaces that word by itself and the suggestion.
 */
export function toCompletionItem({ text, range }: Suggestion, document: TextDocument): CompletionItem {
  const lineStart = { line: range.start.line, character: 0 };
  const word = /[\p{ID_Continue}$]*$/u.exec(document.getText({ start: lineStart, end: range.start }))?.[0] ?? "";
  const newText = word + text;
  const firstLine = newText.split("\n").find((line) => line.trim() !== "") ?? newText;
  const isWhole = firstLine.length <= LABEL_LENGTH && firstLine.trim() === newText.trim();
  const label = firstLine.trim().slice(0, LABEL_LENGTH);
  return {
    label: isWhole ? label : `${label}…`,
    labelDetails: { description: "Horizon" },
    kind: CompletionItemKind.Text,
    detail: "Horizon",
    documentation: { kind: MarkupKind.Markdown, value: fence(newText, document.languageId) },
    preselect: true,
    // A space sorts before every name.
    sortText: " ",
    filterText: word + (text.split("\n")[0] ?? ""),
    insertTextFormat: InsertTextFormat.PlainText,
    insertTextMode: InsertTextMode.asIs,
    textEdit: {
      range: { start: { line: range.start.line, character: range.start.character - word.length }, end: range.end },
      newText,
    },
  };
}

/** A code block that the code cannot end: its fence is longer than any run of backticks in it. */
function fence(code: string, languageId: string): string {
  const runs = code.match(/`+/g) ?? [];
  const ticks = "`".repeat(Math.max(2, ...runs.map((run) => run.length)) + 1);
  return `${ticks}${languageId}\n${code}\n${ticks}`;
}
