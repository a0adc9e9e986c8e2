// Telemetry in the editor's process: what VS Code tells of requests, edits and the caret goes to the state machines of
// server/src/telemetry, and what they find out goes to the store on this machine.
import { randomUUID } from "node:crypto";
import path from "node:path";
import { performance } from "node:perf_hooks";
import {
  commands,
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  type TextDocument,
  type TextDocumentChangeEvent,
  type TextEditorSelectionChangeEvent,
  Uri,
  version,
  window,
  workspace,
} from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { errorMessage } from "../../../server/src/errorMessage.js";
import type { SuggestionReport } from "../../../server/src/protocol.js";
import { CompletionLog, languageOf } from "../../../server/src/telemetry/completionLog.js";
import type { TextEdit } from "../../../server/src/telemetry/editMatch.js";
import { readUser } from "../../../server/src/telemetry/identity.js";
import { type EditCause, PersistenceTracks } from "../../../server/src/telemetry/persistence.js";
import type { EventBody } from "../../../server/src/telemetry/recorder.js";
import { type Acceptance, SuggestionTracker } from "../../../server/src/telemetry/suggestionTracker.js";
import { loadTracks, saveTracks } from "../../../server/src/telemetry/trackFile.js";
import { type TypedText, TypedTexts } from "../../../server/src/telemetry/typedTexts.js";
import { UserEvents } from "../../../server/src/telemetry/userEvents.js";
import { WritingCounter, writingInterval } from "../../../server/src/telemetry/writing.js";
import { acceptedCommand, observeRequests, otherProviders, placeOf } from "./requests.js";
import { telemetrySettings } from "./settings.js";

/** Milliseconds between two looks for checkpoints that have come. */
const checkInterval = 1000;

/** Milliseconds after an acceptance at which the tracks are written down, for a restart. */
const saveDelay = 1000;

/** Owns telemetry for one editor window. Nothing here throws into the editor: what fails is logged. */
export class Telemetry implements Disposable {
  /** Folder of the user's id. */
  readonly home: string;
  readonly #log: LogOutputChannel;
  readonly #tracksDirectory: string | undefined;
  readonly #tracker: SuggestionTracker;
  readonly #tracks: PersistenceTracks;
  readonly #completions: CompletionLog;
  readonly #writing = new WritingCounter(() => performance.now());
  readonly #typed: TypedTexts;
  readonly #subscriptions: Disposable[];
  readonly #stopped = new AbortController();
  readonly #events: UserEvents;
  readonly #opened: Promise<void>;
  #experiments: Readonly<Record<string, string>> | undefined;
  #isRecording = telemetrySettings().record;
  #isChecking = false;
  #saveTimer: NodeJS.Timeout | undefined;
  /** An acceptance was found in the edit that is being told. */
  #hasAccepted = false;

  constructor(context: ExtensionContext, log: LogOutputChannel) {
    this.#log = log;
    this.home = path.join(context.globalStorageUri.fsPath, "telemetry");
    this.#tracksDirectory = context.storageUri?.fsPath;
    this.#events = new UserEvents({
      home: this.home,
      maxBytes: telemetrySettings().maxSize << 20,
      horizon: String(context.extension.packageJSON.version),
      editor: version,
      platform: `${process.platform}-${process.arch}`,
      now: Date.now,
      newId: randomUUID,
      onProblem: (problem) => log.warn(problem),
      onDeleted: () => void this.#beginAnew(),
    });
    this.#completions = new CompletionLog({
      record: (body) => this.#record(body),
      experiments: () => this.#experiments,
      schedule,
    });
    this.#tracker = new SuggestionTracker({
      now: () => performance.now(),
      schedule,
      newId: randomUUID,
      hasOtherProvider: () => otherProviders().length > 0,
      onEnded: (ended) => {
        this.#completions.ended(ended);
        if (ended.outcome.type === "expired" && ended.outcome.reason === "empty") {
          this.#watchTyping("nothingShown");
        }
      },
      onAccepted: (acceptance) => this.#follow(acceptance),
    });
    this.#tracks = new PersistenceTracks({
      now: Date.now,
      readText,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      onMeasured: ({ track: { suggestion, labels }, ...measurement }) =>
        this.#record({ kind: "persistence", suggestion, ...labels, ...measurement }),
      onUndone: ({ suggestion, labels }, secondsAfter) =>
        this.#record({ kind: "undone", suggestion, ...labels, secondsAfter }),
    });
    this.#typed = new TypedTexts({
      directory: path.join(this.home, "typed"),
      now: Date.now,
      schedule,
      isOn: () => this.#isRecording && telemetrySettings().keepTyped,
      isDeleted: () => this.#events.isDeleted(),
      textOf: (uri) => openDocument(uri)?.getText(),
      onProblem: (problem) => log.warn(problem),
    });
    this.#subscriptions = [
      commands.registerCommand(acceptedCommand, (request: unknown) => this.#tracker.acceptCommand(String(request))),
      workspace.onDidChangeTextDocument((event) => this.#edited(event)),
      workspace.onDidCloseTextDocument((document) => this.#tracks.closed(document.uri.toString())),
      workspace.onDidRenameFiles(({ files }) => {
        for (const { oldUri, newUri } of files) {
          this.#tracks.renamed(oldUri.toString(), newUri.toString());
        }
      }),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("horizon.telemetry")) {
          this.#setRecording(telemetrySettings().record);
        }
      }),
      window.onDidChangeTextEditorSelection((event) => this.#caretMoved(event)),
      window.onDidChangeActiveTextEditor(() => this.#tracker.left()),
      window.onDidChangeWindowState(({ focused }) => {
        if (!focused) {
          this.#tracker.left();
        }
      }),
      every(checkInterval, () => this.#check()),
      every(writingInterval, () => this.#tellWriting()),
    ];
    this.#opened = this.#begin();
  }

  /** Folder of the events of all windows. */
  get directory(): string {
    return this.#events.directory;
  }

  /** The user's random id as it is on the disk now. */
  user(): Promise<string> {
    return readUser(this.home, randomUUID);
  }

  /** The same as `provide`, with every request recorded. */
  observe(provide: NonNullable<Middleware["provideInlineCompletionItems"]>): typeof provide {
    const observed = observeRequests(provide, this.#tracker, this.#completions);
    return (document, position, context, token, next) =>
      this.#isRecording
        ? observed(document, position, context, token, next)
        : provide(document, position, context, token, next);
  }

  /** The server says how an answer was made. */
  reported(report: SuggestionReport): void {
    if (!isSame(report.experiments ?? {}, this.#experiments ?? {})) {
      // What was written until now belongs to the arms until now.
      this.#tellWriting();
      this.#experiments = report.experiments;
    }
    this.#completions.reported(placeOf(report), report);
  }

  /** The user sent the ghost text away. */
  dismissed(): void {
    if (this.#tracker.dismissed()) {
      this.#watchTyping("dismissed");
    }
  }

  /** Writes down all that has been recorded so far. */
  async flush(): Promise<void> {
    await this.#opened;
    this.#completions.flush();
    this.#tellWriting();
    await this.#events.flush();
  }

  /** Forgets what is followed, and waits until nothing is being written: the user deletes all data. */
  async forget(): Promise<void> {
    this.#tracks.clear();
    this.#writing.take();
    await this.#typed.close();
    await this.#saveTracks();
    await this.#events.flush();
  }

  /** Goes on under the random id that is read now, as another session: nothing ties it to what was before. */
  async renew(): Promise<void> {
    await this.#begin();
  }

  /** The user has deleted all data, in another window: this one has something of it in memory. */
  async #beginAnew(): Promise<void> {
    await this.forget();
    await this.renew();
  }

  /** Gives every request its outcome and writes all down. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    clearTimeout(this.#saveTimer);
    this.#tracker.dispose();
    await this.#opened;
    if (this.#tracksDirectory === undefined) {
      this.#tracks.censorAll();
    }
    this.#completions.flush();
    this.#tellWriting();
    await this.#saveTracks();
    await this.#typed.close();
    await this.#events.close();
  }

  dispose(): void {
    void this.close();
  }

  async #begin(): Promise<void> {
    try {
      const user = await this.#events.begin();
      if (this.#tracksDirectory !== undefined) {
        this.#tracks.restore(await loadTracks(this.#tracksDirectory, user));
      }
    } catch (error) {
      this.#log.warn(`Telemetry keeps nothing, its folder cannot be used: ${errorMessage(error)}`);
    }
  }

  #record(body: EventBody): void {
    if (this.#isRecording) {
      this.#events.record(body);
    }
  }

  #setRecording(isRecording: boolean): void {
    if (this.#isRecording && !isRecording) {
      this.#tracker.left();
      this.#completions.flush();
      this.#tellWriting();
      void this.forget();
    }
    this.#isRecording = isRecording;
  }

  #edited({ document, contentChanges, reason }: TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || !isCode(document) || !this.#isRecording) {
      return;
    }
    const uri = document.uri.toString();
    const edits: TextEdit[] = contentChanges.map(({ rangeOffset, rangeLength, text }) => {
      return { offset: rangeOffset, removed: rangeLength, text };
    });
    // An edit by the user makes a document dirty; one that was read anew from the disk is not.
    const cause: EditCause = reason !== undefined ? "undo" : document.isDirty ? "user" : "reload";
    this.#tracks.edited(uri, edits, cause);
    this.#typed.edited(uri, edits);
    this.#hasAccepted = false;
    this.#tracker.edited(uri, edits, cause !== "user");
    const language = languageOf(document.languageId);
    if (cause === "user" && language !== undefined) {
      this.#writing.edited(language, edits, this.#hasAccepted);
    }
  }

  #caretMoved({ textEditor, selections }: TextEditorSelectionChangeEvent): void {
    const [selection] = selections;
    if (textEditor !== window.activeTextEditor || selection === undefined) {
      return;
    }
    if (selections.length > 1 || !selection.isEmpty) {
      this.#tracker.left();
    } else {
      this.#tracker.caretMoved(textEditor.document.uri.toString(), textEditor.document.offsetAt(selection.active));
    }
  }

  #follow({ suggestion, uri, start, end }: Acceptance): void {
    this.#hasAccepted = true;
    const document = openDocument(uri);
    if (document !== undefined) {
      const text = document.getText().slice(start, end);
      const labels = { language: languageOf(document.languageId), experiments: this.#experiments };
      this.#tracks.accepted(suggestion, uri, { start, end }, text, labels);
      this.#saveTimer ??= setTimeout(() => void this.#saveTracks(), saveDelay);
    }
  }

  #watchTyping(after: TypedText["after"]): void {
    const editor = window.activeTextEditor;
    if (editor !== undefined) {
      const { document, selection } = editor;
      this.#typed.begin(document.uri.toString(), document.offsetAt(selection.active), document.languageId, after);
    }
  }

  async #check(): Promise<void> {
    if (this.#tracks.size === 0 || this.#isChecking) {
      return;
    }
    this.#isChecking = true;
    try {
      if (await this.#events.isDeleted()) {
        await this.#beginAnew();
        return;
      }
      await this.#tracks.check(this.#stopped.signal);
    } catch (error) {
      this.#log.warn(`What is still there of accepted text could not be looked at: ${errorMessage(error)}`);
    } finally {
      this.#isChecking = false;
    }
  }

  async #saveTracks(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const { user } = this.#events;
    if (this.#tracksDirectory !== undefined && user !== undefined) {
      await saveTracks(this.#tracksDirectory, user, this.#tracks.save()).catch((error: unknown) => {
        this.#log.warn(`What was accepted cannot be followed over a restart: ${errorMessage(error)}`);
      });
    }
  }

  #tellWriting(): void {
    for (const [language, counts] of this.#writing.take()) {
      this.#record({ kind: "writing", language, experiments: this.#experiments, ...counts });
    }
  }
}

function schedule(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

function every(milliseconds: number, run: () => void): Disposable {
  const timer = setInterval(run, milliseconds);
  return { dispose: () => clearInterval(timer) };
}

function isCode({ uri }: TextDocument): boolean {
  return uri.scheme === "file" || uri.scheme === "untitled";
}

function openDocument(uri: string): TextDocument | undefined {
  return workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

async function readText(uri: string): Promise<string | undefined> {
  const open = openDocument(uri);
  if (open !== undefined) {
    return open.getText();
  }
  try {
    return new TextDecoder().decode(await workspace.fs.readFile(Uri.parse(uri)));
  } catch {
    return undefined;
  }
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
