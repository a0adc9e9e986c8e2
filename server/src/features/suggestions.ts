// Answers "what comes at this place of this document?" for every feature that shows it: at most one completion is
// written at a time, the same question is not asked twice, and what agrees with what is typed meanwhile is gone on with.
import type { Connection, Position, SelectedCompletionInfo } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { CompletionRequest, CompletionResult, RequestCause } from "../completion/completion.js";
import type { CompletionEngine } from "../completion/engine.js";
import { ModelError } from "../inference/errors.js";
import { CompletionUpdateNotification, type Explanation, SuggestionReportNotification } from "../protocol.js";
import { isLanguageEnabled } from "../settings.js";
import { snapshotDocument } from "../workspace/documentSnapshot.js";
import type { WorkspaceFolder } from "../workspace/workspaceFolders.js";
import { CompletionRun } from "./completionRun.js";
import type { Configuration } from "./configuration.js";
import { explain } from "./explain.js";
import { type CompletionTarget, type Suggestion, targetAfterSelection, targetAt } from "./lspConversions.js";
import type { Speculator } from "./speculator.js";
import { reportSuggestion } from "./suggestionReport.js";

/** Where a suggestion is wanted. */
export interface SuggestionRequest {
  readonly uri: string;
  readonly position: Position;
  /** The item that the suggest widget has selected. */
  readonly selected?: SelectedCompletionInfo | undefined;
  /** "firstLine": answer early and tell the client about the rest by notifications. */
  readonly until: "firstLine" | "end";
  readonly cause: RequestCause;
}

/**
 * Milliseconds for which an abandoned completion goes on: an editor may give up its request before it says what was
 * typed, and that may be what is being written.
 */
const abandonedMilliseconds = 15;

/** Suggestions that somebody who asks for them can choose from; more are not read. */
const mostAlternatives = 3;

/** What suggestions are made with; the features of the same names. */
export interface SuggestionSources {
  readonly documents: { get(uri: string): TextDocument | undefined };
  readonly configuration: Pick<Configuration, "settings" | "known" | "arms">;
  readonly workspaceFolders: { readonly folders: readonly WorkspaceFolder[] };
  readonly status: { beginWork(): () => void };
  /** Resolves when the model is loaded; undefined when there is none to wait for. */
  readonly model: { ready(signal: AbortSignal): Promise<CompletionEngine | undefined> };
  /** Told what the user was shown, to compute what may come next, and when to stop that. */
  readonly ahead: Pick<Speculator, "shown" | "stop">;
  /** Told what the model has written, and how fast. */
  readonly onWritten: (result: CompletionResult) => void;
}

interface CurrentRun {
  /** The engine that writes it, once there is one. */
  engine: CompletionEngine | undefined;
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

  /** Different suggestions for a place, the best first; none where there is nothing to suggest. */
  async alternatives(request: SuggestionRequest, signal: AbortSignal): Promise<readonly Suggestion[]> {
    const document = this.#sources.documents.get(request.uri);
    const engine = await this.#sources.model.ready(signal);
    if (document === undefined || engine === undefined || signal.aborted) {
      return [];
    }
    const { version } = document;
    const { target } = this.#runFor(request, document);
    const asked = { document: target.snapshot, offset: target.offset, cause: request.cause };
    const endWork = this.#sources.status.beginWork();
    // What is computed ahead would take the model from what somebody waits for.
    this.#sources.ahead.stop();
    try {
      const completions = await engine.alternatives(asked, mostAlternatives, signal);
      const isCurrent = !signal.aborted && document.version === version;
      return isCurrent ? completions.map((completion) => target.toSuggestion(completion, document)) : [];
    } catch (error) {
      if (error instanceof ModelError) {
        return [];
      }
      throw error;
    } finally {
      endWork();
    }
  }

  /** Stops what is being written and forgets what was; `uri` limits this to one document. */
  forget(uri?: string): void {
    if (uri === undefined || this.#current?.uri === uri) {
      this.#current?.run.cancel();
      this.#current = undefined;
      this.#sources.ahead.stop();
    }
  }

  /** Stops what is being written for an older version of this document, unless what was typed goes on with it. */
  forgetOutdated(document: TextDocument): void {
    const current = this.#current;
    if (current?.uri === document.uri && current.version !== document.version && !isWanted(current, document)) {
      this.forget();
    }
  }

  #runFor(request: SuggestionRequest, document: TextDocument): CurrentRun {
    const { uri, position, selected } = request;
    const key = JSON.stringify([uri, document.version, position.line, position.character, selected]);
    const current = this.#current;
    if (current?.key === key && !current.run.isCancelled) {
      return current;
    }
    const snapshot = snapshotDocument(document, this.#sources.workspaceFolders.folders);
    const offset = document.offsetAt(position);
    const target =
      selected === undefined ? targetAt(snapshot, offset) : targetAfterSelection(snapshot, offset, selected, document);
    // What was begun before is stopped when this one has begun, which may join it.
    const started = this.#start(request, document, target, { key, before: current?.run });
    this.#current = started;
    return started;
  }

  #start(
    request: SuggestionRequest,
    document: TextDocument,
    target: CompletionTarget,
    { key, before }: { readonly key: string; readonly before: CompletionRun | undefined },
  ): CurrentRun {
    const { uri, position, until, cause } = request;
    const { version } = document;
    const asked: CompletionRequest = { document: target.snapshot, offset: target.offset, cause };
    // As they are when the request is made: the next block of time may have begun when it is answered.
    const experiments = this.#sources.configuration.arms;
    let endWork = (): void => {};
    let sent: string | undefined;
    const run = new CompletionRun(
      async (signal) => {
        const engine = await this.#sources.model.ready(signal);
        if (engine === undefined || signal.aborted) {
          return undefined;
        }
        current.engine = engine;
        endWork = this.#sources.status.beginWork();
        return engine.complete(asked, signal);
      },
      {
        onStart: () => {
          before?.cancel();
          this.#sources.ahead.stop();
        },
        onAbandoned: () => {
          setTimeout(() => {
            if (!(current === this.#current && current.version !== document.version && isWanted(current, document))) {
              run.cancel();
            }
          }, abandonedMilliseconds).unref();
        },
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
          if (result?.source === "model") {
            this.#sources.onWritten(result);
          }
          const [completion] = result?.completions ?? [];
          if (completion !== undefined && !run.isCancelled && document.version === version && current.engine) {
            this.#sources.ahead.shown(current.engine, asked, completion);
          }
          if (result !== undefined && result.noAnswer === undefined) {
            this.#explanation = explain(result, { uri, position });
          }
          if (result !== undefined) {
            const isOwnModel = this.#sources.configuration.settings.model.path === "";
            const report = { ...reportSuggestion(result, { uri, version, position }, isOwnModel), experiments };
            this.#connection?.sendNotification(SuggestionReportNotification.type, report).catch(() => {});
          }
          if (result?.noAnswer !== undefined && result.noAnswer.reason !== "unlikely") {
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
    const current: CurrentRun = { key, uri, version, run, target, engine: undefined };
    return current;
  }
}

/** Whether what is being written goes on with the document as it is now. */
function isWanted({ engine, uri, target }: CurrentRun, document: TextDocument): boolean {
  // With an item selected in the suggest widget the engine sees another document than the editor.
  const isPlain = target.isPlain && uri === document.uri;
  return isPlain && engine?.isWritingFor({ uri, text: document.getText() }) === true;
}

/** What to log of an error: its stack where it has one. */
function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
