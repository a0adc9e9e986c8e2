// textDocument/inlineCompletion (LSP 3.18): ghost text. With initializationOptions.streaming the first line answers the
// request and the rest follows by notification; without it the request waits for the whole text.
import {
  type Connection,
  type InitializeParams,
  type InlineCompletionItem,
  InlineCompletionTriggerKind,
  LSPErrorCodes,
  ResponseError,
  type ServerCapabilities,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Configuration } from "./configuration.js";
import type { Documents } from "./documents.js";
import type { Feature } from "./feature.js";
import { readInitializationOptions } from "./initializationOptions.js";
import { signalOf } from "./lspConversions.js";
import type { SuggestionRequest, Suggestions } from "./suggestions.js";

/** Answers inline completion requests, and stops what is being written when nobody can see it any more. */
export class InlineCompletion implements Feature {
  readonly #suggestions: Suggestions;
  readonly #documents: Documents;
  readonly #configuration: Configuration;
  #isStreaming = false;

  constructor(suggestions: Suggestions, documents: Documents, configuration: Configuration) {
    this.#suggestions = suggestions;
    this.#documents = documents;
    this.#configuration = configuration;
  }

  initialize(params: InitializeParams): ServerCapabilities {
    this.#isStreaming = readInitializationOptions(params.initializationOptions).streaming;
    return { inlineCompletionProvider: true };
  }

  register(connection: Connection): void {
    this.#suggestions.attach(connection);
    connection.languages.inlineCompletion.on(async (params, token) => {
      // The client answers its own refreshes itself: what is invoked here, a person has invoked.
      const isInvoked = params.context?.triggerKind === InlineCompletionTriggerKind.Invoked;
      const request: SuggestionRequest = {
        uri: params.textDocument.uri,
        position: params.position,
        selected: params.context?.selectedCompletionInfo,
        until: this.#isStreaming && !isInvoked ? "firstLine" : "end",
        cause: isInvoked ? "command" : "typing",
      };
      const signal = signalOf(token);
      const suggestion = await this.#suggestions.suggest(request, signal);
      // Whoever asks for suggestions may choose from several.
      const others = isInvoked && suggestion !== undefined ? await this.#suggestions.alternatives(request, signal) : [];
      if (token.isCancellationRequested) {
        return new ResponseError<void>(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
      }
      const shown = others.length > 0 ? others : suggestion === undefined ? [] : [suggestion];
      const items: InlineCompletionItem[] = shown.map(({ text, range }) => ({ insertText: text, range }));
      return { items };
    });
    this.#documents.onDidChange(({ document }: { document: TextDocument }) => {
      this.#suggestions.forgetOutdated(document);
    });
    this.#documents.onDidClose(({ document }: { document: TextDocument }) => this.#suggestions.forget(document.uri));
    this.#configuration.onDidChange(() => this.#suggestions.forget());
  }

  async dispose(): Promise<void> {
    this.#suggestions.forget();
  }
}
