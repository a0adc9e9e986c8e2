// The index's worker thread: builds the index when nobody asks or types, keeps it true, and answers questions.
import { setImmediate, setTimeout } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { findContext } from "../findContext.js";
import { createIndexer } from "./createIndexer.js";
import type { Place } from "./folderDistance.js";
import type { Indexer } from "./indexer.js";
import type { MessageFromWorker, MessageToWorker, QueryRequest, WorkerSetup } from "./protocol.js";
import { TextFeed } from "./textFeed.js";

/** Milliseconds after a key stroke or a question in which the developer counts as busy: most pauses are longer. */
const busyMilliseconds = 500;

/** Meanwhile work waits so many milliseconds after each slice of ten: a tenth of a processor is not felt. */
const busyPause = 90;

/** Milliseconds from the first edit of a document to its being indexed; a question about it comes first. */
const editDelay = 300;

/** Milliseconds between two texts that are told: whoever learns from them needs some for each. */
const textInterval = 20;

/** Milliseconds between two messages about progress. */
const statusInterval = 250;

/** Milliseconds from a change to its being saved. */
const saveDelay = 30_000;

/** What a message that changes documents does; kept for a while, as each key stroke makes one. */
type DocumentMessage = Extract<MessageToWorker, { type: "document" | "edits" | "close" }>;

class IndexWorker {
  readonly #indexer: Indexer;
  readonly #send: (message: MessageFromWorker) => void;
  readonly #waiting: Int32Array;
  readonly #end = new AbortController();
  readonly #queries = new Map<number, QueryRequest>();
  #edits: DocumentMessage[] = [];
  #editTimer: NodeJS.Timeout | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #busyUntil = 0;
  #lastStatus = Number.NEGATIVE_INFINITY;
  #isRunning = false;
  #isPaused = false;
  #wasSaved = false;
  #resume: (() => void) | undefined;
  /** UTF-16 units of texts that are to be told; undefined while nobody wants them. */
  #mostUnits: number | undefined;
  /** Begun when everything is in the index. */
  #feed: TextFeed | undefined;
  #textTimer: NodeJS.Timeout | undefined;

  constructor(indexer: Indexer, waiting: Int32Array, send: (message: MessageFromWorker) => void) {
    this.#indexer = indexer;
    this.#waiting = waiting;
    this.#send = send;
  }

  receive(message: MessageToWorker): void {
    switch (message.type) {
      case "folders":
        this.#applyEdits();
        this.#indexer.setFolders(message.folders);
        this.#run();
        return;
      case "document":
      case "edits":
      case "close":
        this.#busyUntil = performance.now() + busyMilliseconds;
        this.#edits.push(message);
        this.#editTimer ??= globalThis.setTimeout(() => {
          this.#applyEdits();
          this.#run();
        }, editDelay);
        return;
      case "changedPaths":
        this.#indexer.changePaths(message.paths);
        this.#run();
        return;
      case "rescan":
        this.#indexer.rescan();
        this.#run();
        return;
      case "tellTexts":
        this.#mostUnits = message.most;
        this.#feed = undefined;
        this.#run();
        return;
      case "pause":
        this.#isPaused = message.isPaused;
        if (!message.isPaused) {
          this.#resume?.();
          this.#run();
        }
        return;
      case "query":
        this.#busyUntil = performance.now() + busyMilliseconds;
        this.#queries.set(message.request, message);
        // What has come with it, and may cancel it, is read first.
        void setImmediate().then(() => this.#answer(message));
        return;
      case "cancel":
        if (!this.#queries.has(message.request)) return;
        this.#settle({ type: "cancelled", request: message.request });
        return;
      case "dispose":
        this.#dispose();
    }
  }

  async #answer(message: QueryRequest): Promise<void> {
    const { request, query, options } = message;
    if (!this.#queries.has(request)) return;
    try {
      this.#applyEdits();
      await this.#indexer.refresh(query);
      if (!this.#queries.has(request)) return;
      const answer = findContext(query, this.#indexer.index, options, () => performance.now());
      this.#settle({ type: "answer", request, answer });
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#settle({ type: "failed", request, message });
    }
    this.#run();
  }

  /** A request's one last answer. */
  #settle(message: MessageFromWorker & { readonly request: number }): void {
    if (!this.#queries.delete(message.request)) return;
    Atomics.sub(this.#waiting, 0, 1);
    this.#send(message);
  }

  #applyEdits(): void {
    clearTimeout(this.#editTimer);
    this.#editTimer = undefined;
    const edits = this.#edits;
    this.#edits = [];
    for (const edit of edits) {
      if (edit.type === "document") this.#indexer.setDocument(edit.uri, edit.text);
      else if (edit.type === "edits") this.#indexer.editDocument(edit.uri, edit.edits);
      else this.#indexer.closeDocument(edit.uri);
    }
  }

  #run(): void {
    if (this.#isRunning || this.#isPaused || this.#end.signal.aborted) return;
    this.#isRunning = true;
    this.#indexer
      .run({ signal: this.#end.signal, pause: () => this.#pause() })
      .then(
        () => this.#rest(),
        // A mistake of ours: the client starts a new worker, which begins with what was open.
        (error: unknown) => {
          globalThis.setImmediate(() => {
            throw error;
          });
        },
      )
      .finally(() => {
        this.#isRunning = false;
      });
  }

  async #pause(): Promise<void> {
    if (performance.now() - this.#lastStatus > statusInterval) this.#sendStatus();
    const wait = performance.now() < this.#busyUntil ? busyPause : 0;
    if (wait > 0) await setTimeout(wait);
    else await setImmediate();
    while (this.#isPaused && !this.#end.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  /** A file was put into the index, or taken out. */
  changed(place: Place): void {
    this.#feed?.change(place);
  }

  /**
   * Tells the next text: one after the other when there is time, only now and then while the developer is busy, or who
   * never rests would teach nothing. Not while files are being read, which waits for nothing.
   */
  #tellText(): void {
    this.#textTimer = undefined;
    if (this.#isRunning || this.#isPaused || this.#end.signal.aborted) return;
    const text = this.#feed?.next();
    if (text === undefined) return;
    this.#send({ type: "text", ...text });
    const isBusy = performance.now() < this.#busyUntil;
    this.#textTimer = globalThis.setTimeout(() => this.#tellText(), isBusy ? busyMilliseconds : textInterval);
  }

  /** Everything is done for now. */
  #rest(): void {
    if (this.#end.signal.aborted) return;
    if (this.#mostUnits !== undefined) {
      const indexer = this.#indexer;
      this.#feed ??= new TextFeed(indexer.index, this.#mostUnits, (place) => indexer.distanceOf(place));
      this.#textTimer ??= globalThis.setTimeout(() => this.#tellText(), textInterval);
    }
    if (this.#indexer.needsSave) {
      if (this.#wasSaved) {
        this.#saveTimer ??= globalThis.setTimeout(() => {
          this.#saveTimer = undefined;
          this.#indexer.save();
        }, saveDelay);
      } else {
        this.#indexer.save();
        this.#wasSaved = true;
      }
    }
    this.#sendStatus();
  }

  #sendStatus(): void {
    this.#lastStatus = performance.now();
    this.#send({ type: "status", status: this.#indexer.status });
  }

  #dispose(): void {
    this.#end.abort();
    this.#resume?.();
    clearTimeout(this.#editTimer);
    clearTimeout(this.#saveTimer);
    clearTimeout(this.#textTimer);
    for (const request of [...this.#queries.keys()]) this.#settle({ type: "cancelled", request });
    void this.#indexer.dispose().finally(() => {
      this.#send({ type: "disposed" });
      parentPort?.close();
    });
  }
}

async function start(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("indexWorker.js is a worker thread of the server; it does nothing by itself.");
  const setup = workerData as WorkerSetup;
  const waiting = new Int32Array(setup.waiting);
  const send = (message: MessageFromWorker): void => port.postMessage(message);
  // What comes before the languages are loaded waits in the port.
  const indexer = await createIndexer(setup, {
    onProblem: (message) => send({ type: "problem", message }),
    isUrgent: () => Atomics.load(waiting, 0) > 0,
    onChange: (place) => worker.changed(place),
  });
  const worker: IndexWorker = new IndexWorker(indexer, waiting, send);
  port.on("message", (message: MessageToWorker) => worker.receive(message));
}

void start();
