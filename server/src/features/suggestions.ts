// Answers "what comes at this place of this document?" for every feature that shows it: at most one completion is
// written at a time, and the same question is not asked twice.
import type { Connection, Position, SelectedCompletionInfo } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { CompletionEngine } from "../completion/engine.js";
import { ModelError } from "../inference/errors.js";
import { CompletionUpdateNotification, type Explanation } from "../protocol.js";
import { isLanguageEnabled } from "../settings.js";
import { snapshotDocument } from "../workspace/documentSnapshot.js";
import type { WorkspaceFolder } from "../workspace/workspaceFolders.js";
import { CompletionRun } from "./completionRun.js";
import type { Configuration } from "./configuration.js";
import { explain } from "./explain.js";
import { type CompletionTarget, type Suggestion, targetAfterSelection, targetAt } from "./lspConversions.js";

/** Where a suggestion is wanted. */
export interface SuggestionRequest {
  readonly uri: string;
  readonly position: Position;
  /** The item that the suggest widget has selected. */
  readonly selected?: SelectedCompletionInfo | undefined;
  /** "firstLine": answer early and tell the client about the rest by notifications. */
  readonly until: "firstLine" | "end";
}

/** What suggestions are made with; the features of the same names. */
export interface SuggestionSources {
  readonly documents: { get(uri: string): TextDocument | undefined };
  readonly configuration: Pick<Configuration, "settings" | "known">;
  readonly workspaceFolders: { readonly folders: readonly WorkspaceFolder[] };
  readonly status: { beginWork(): () => void };
  /** Resolves when the model is loaded; undefined when there is none to wait for. */
  readonly model: { ready(signal: AbortSignal): Promise<CompletionEngine | undefined> };
}

interface CurrentRun {
  readonly key: string;
  readonly uri: string;
  readonly version: number;
  readonly run: CompletionRun;
  readonly target: CompletionTarget;
}

/** Holds the one completion that is being written, or was written last. */
export class Suggestions {
  readonly #sources: SuggestionSources;
  #connection: Connection | undefined;
  #current: CurrentRun | undefined;
  #explanation: Explanation | undefined;

  constructor(sources: SuggestionSources) {
    this.#sources = sources;
  }

  /** What the last suggestion was made of; undefined before the first. */
  get explanation(): Explanation | undefined {
    return this.#explanation;
  }

  /** Updates and errors are sent through this connection. */
  attach(connection: Connection): void {
    this.#connection = connection;
  }

  /**
   * The suggestion for a place; undefined when there is none, or none any more. A model that cannot be used has nothing
   * to suggest; any other error is thrown.
   */
  async suggest(request: SuggestionRequest, signal: AbortSignal): Promise<Suggestion | undefined> {
    // What was begun under the defaults would be thrown away when the settings come.
    await this.#sources.configuration.known;
    const document = this.#sources.documents.get(request.uri);
    if (document === undefined || !isLanguageEnabled(this.#sources.configuration.settings, document.languageId)) {
      return undefined;
    }
    const { version } = document;
    const { run, target } = this.#runFor(request, document);
    const completion = await run.wait(request.until, signal).catch((error: unknown) => {
      if (error instanceof ModelError) {
        return undefined; // logged, and on its way to the status bar
      }
      throw error;
    });
    const isCurrent = !signal.aborted && !run.isCancelled && document.version === version;
    return completion !== undefined && isCurrent ? target.toSuggestion(completion, document) : undefined;
  }

  /** Stops what is being written and forgets what was; `uri` limits this to one document. */
  forget(uri?: string): void {
    if (uri === undefined || this.#current?.uri === uri) {
      this.#current?.run.cancel();
      this.#current = undefined;
    }
  }

  /** Stops what is being written for an older version of this document: nobody will see it. */
  forgetOutdated(document: TextDocument): void {
    if (this.#current !== undefined && this.#current.version !== document.version) {
      this.forget(document.uri);
    }
  }

  #runFor(request: SuggestionRequest, document: TextDocument): CurrentRun {
    const { uri, position, selected } = request;
    const key = JSON.stringify([uri, document.version, position.line, position.character, selected]);
    const current = this.#current;
    if (current?.key === key && !current.run.isCancelled) {
      return current;
    }
    current?.run.cancel();
    const snapshot = snapshotDocument(document, this.#sources.workspaceFolders.folders);
    const offset = document.offsetAt(position);
    const target =
      selected === undefined ? targetAt(snapshot, offset) : targetAfterSelection(snapshot, offset, selected, document);
    const run = this.#start(request, document, target);
    const started = { key, uri, version: document.version, run, target };
    this.#current = started;
    return started;
  }

  #start(request: SuggestionRequest, document: TextDocument, target: CompletionTarget): CompletionRun {
    const { uri, position, until } = request;
    const { version } = document;
    let endWork = (): void => {};
    let sent: string | undefined;
    const run = new CompletionRun(
      async (signal) => {
        const engine = await this.#sources.model.ready(signal);
        if (engine === undefined || signal.aborted) {
          return undefined;
        }
        endWork = this.#sources.status.beginWork();
        return engine.complete({ document: target.snapshot, offset: target.offset }, signal);
      },
      {
        onProgress: ({ completion, isDone }) => {
          if (until === "end" || document.version !== version) {
            return;
          }
          const text = completion === undefined ? sent : target.toSuggestion(completion, document).text;
          if (text !== undefined && (text !== sent || isDone)) {
            sent = text;
            const update = { uri, version, position, text, done: isDone };
            this.#connection?.sendNotification(CompletionUpdateNotification.type, update).catch(() => {});
          }
        },
        onEnd: ({ result, error }) => {
          endWork();
          if (result !== undefined && result.noAnswer === undefined) {
            this.#explanation = explain(result, { uri, position });
          }
          if (result?.noAnswer !== undefined) {
            this.#connection?.console.info(`Nothing is suggested in ${uri}: ${result.noAnswer.message}`);
          }
          if (error !== undefined) {
            this.#connection?.console.error(`No completion could be written: ${describeError(error)}`);
          }
          if (result === undefined && this.#current?.run === run) {
            this.#current = undefined; // there was no model, or it failed: the same question may be asked again
          }
        },
      },
    );
    return run;
  }
}

/** What to log of an error: its stack where it has one. */
function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
