// The server's side of the index's worker: sends what is open and what changed, asks, and starts another worker when one
// dies. Nothing here takes longer than sending a message.
import { Worker } from "node:worker_threads";
import type { ContextQuery } from "../contextSource.js";
import type { ContextAnswer, ContextOptions } from "../findContext.js";
import type { IndexerSetup } from "./createIndexer.js";
import type { IndexStatus } from "./indexStatus.js";
import type { DocumentEdit } from "./openDocuments.js";
import type { MessageFromWorker, MessageToWorker, WorkerSetup } from "./protocol.js";
import type { FileText } from "./textFeed.js";
import type { IndexFolder } from "./workspaceRoot.js";

/** Milliseconds before each restart in a row; then it is given up: what kills five workers kills the sixth. */
const restartDelays = [0, 500, 2000, 10_000, 60_000] as const;

/** Milliseconds without a death after which the next one counts as the first. */
const healthyMilliseconds = 60_000;

/** Milliseconds that the worker has to save and end. */
const disposeMilliseconds = 3000;

/** Megabytes of the worker's own heap, which holds no more than names of files and what is being worked on. */
const heapMegabytes = 1024;

/** An answer that says nothing: to what was cancelled, or while there is no worker. */
const noAnswer: ContextAnswer = { snippets: [], sources: [] };

export interface IndexClientOptions {
  /** Path of the bundled worker.ts. */
  readonly script: string;
  readonly setup: IndexerSetup;
  readonly onStatus: (status: IndexStatus) => void;
  /** Told what the user should know. */
  readonly onProblem: (message: string) => void;
  /** Told the texts that `tellTexts` asks for. */
  readonly onText?: ((text: FileText) => void) | undefined;
}

/** The index, as the server has it. */
export class IndexClient {
  readonly #options: IndexClientOptions;
  /** What a new worker must be told. */
  #folders: readonly IndexFolder[] = [];
  readonly #documents = new Map<string, string>();
  #isPaused = false;
  #mostUnits: number | undefined;
  #worker: Worker | undefined;
  #waiting = new Int32Array(new SharedArrayBuffer(4));
  readonly #requests = new Map<number, (answer: ContextAnswer) => void>();
  #lastRequest = 0;
  #deaths = 0;
  #startedAt = 0;
  #restart: NodeJS.Timeout | undefined;
  #status: IndexStatus | undefined;
  #disposal: Promise<void> | undefined;
  #onDisposed: (() => void) | undefined;

  constructor(options: IndexClientOptions) {
    this.#options = options;
    this.#start();
  }

  /** What the worker said of itself last. */
  get status(): IndexStatus | undefined {
    return this.#status;
  }

  /** Thread of the worker; undefined while there is none. */
  get threadId(): number | undefined {
    return this.#worker?.threadId;
  }

  /** The workspace folders that are open now. */
  setFolders(folders: readonly IndexFolder[]): void {
    this.#folders = folders;
    this.#send({ type: "folders", folders });
  }

  /** A document was opened, or has a new text. */
  setDocument(uri: string, text: string): void {
    this.#documents.set(uri, text);
    this.#send({ type: "document", uri, text });
  }

  /** An open document was edited; each edit counts in the text that the one before left. */
  editDocument(uri: string, edits: readonly DocumentEdit[]): void {
    const text = this.#documents.get(uri);
    if (text === undefined) return;
    const apply = (before: string, edit: DocumentEdit): string =>
      before.slice(0, edit.start) + edit.text + before.slice(edit.end);
    this.#documents.set(uri, edits.reduce(apply, text));
    this.#send({ type: "edits", uri, edits });
  }

  closeDocument(uri: string): void {
    this.#documents.delete(uri);
    this.#send({ type: "close", uri });
  }

  /** Files or folders that were made, changed or removed; absolute paths. */
  changePaths(paths: readonly string[]): void {
    this.#send({ type: "changedPaths", paths });
  }

  /** Looks at everything again. */
  rescan(): void {
    this.#send({ type: "rescan" });
  }

  /**
   * Has the texts of the files told, from the beginning: those nearest to what is open, and again those that change.
   *
   * @param most UTF-16 units of all of them, at most
   */
  tellTexts(most: number): void {
    this.#mostUnits = most;
    this.#send({ type: "tellTexts", most });
  }

  /** Stops building. Questions are answered all the same. */
  pause(): void {
    this.#isPaused = true;
    this.#send({ type: "pause", isPaused: true });
  }

  /** Goes on building where it was stopped. */
  resume(): void {
    this.#isPaused = false;
    this.#send({ type: "pause", isPaused: false });
  }

  /**
   * What may help at a caret. Never rejects: the answer is empty when the signal aborts, when there is no worker, and when
   * the worker dies or fails, which is told as a problem.
   */
  ask(query: ContextQuery, options: ContextOptions, signal: AbortSignal): Promise<ContextAnswer> {
    if (signal.aborted || this.#worker === undefined || this.#disposal !== undefined) return Promise.resolve(noAnswer);
    const request = ++this.#lastRequest;
    return new Promise((resolve) => {
      const cancel = (): void => {
        // The caller goes on at once; the worker's last answer comes to nobody.
        this.#requests.delete(request);
        this.#send({ type: "cancel", request });
        resolve(noAnswer);
      };
      signal.addEventListener("abort", cancel, { once: true });
      this.#requests.set(request, (answer) => {
        signal.removeEventListener("abort", cancel);
        resolve(answer);
      });
      Atomics.add(this.#waiting, 0, 1);
      this.#send({ type: "query", request, query, options });
    });
  }

  /** Lets the worker save, and ends it. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  #start(): void {
    this.#startedAt = performance.now();
    this.#waiting = new Int32Array(new SharedArrayBuffer(4));
    const setup: WorkerSetup = { ...this.#options.setup, waiting: this.#waiting.buffer as SharedArrayBuffer };
    const worker = new Worker(this.#options.script, {
      workerData: setup,
      // The server's own flags, such as --inspect with its port, are not the worker's.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    this.#worker = worker;
    let error: unknown;
    worker.on("error", (reason) => {
      error = reason;
    });
    worker.on("message", (message: MessageFromWorker) => this.#receive(message));
    worker.on("exit", () => this.#onExit(worker, error));
    // The index does not keep the server alive.
    worker.unref();
    if (this.#isPaused) this.#send({ type: "pause", isPaused: true });
    if (this.#folders.length > 0) this.#send({ type: "folders", folders: this.#folders });
    for (const [uri, text] of this.#documents) this.#send({ type: "document", uri, text });
    if (this.#mostUnits !== undefined) this.#send({ type: "tellTexts", most: this.#mostUnits });
  }

  #onExit(worker: Worker, error: unknown): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    for (const resolve of this.#requests.values()) resolve(noAnswer);
    this.#requests.clear();
    this.#onDisposed?.();
    if (this.#disposal !== undefined) return;
    if (performance.now() - this.#startedAt > healthyMilliseconds) this.#deaths = 0;
    const delay = restartDelays[this.#deaths++];
    const reason = error instanceof Error ? error.message : "it ended without saying why";
    this.#options.onProblem(
      delay === undefined
        ? `The index stopped working (${reason}) and is not started again; suggestions go without it. Restart Horizon to try again.`
        : `The index stopped working (${reason}); Horizon starts it again.`,
    );
    if (delay === undefined) return;
    this.#restart = setTimeout(() => this.#start(), delay);
    this.#restart.unref();
  }

  #send(message: MessageToWorker): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: MessageFromWorker): void {
    switch (message.type) {
      case "status":
        this.#status = message.status;
        this.#options.onStatus(message.status);
        return;
      case "problem":
        this.#options.onProblem(message.message);
        return;
      case "text":
        this.#options.onText?.(message);
        return;
      case "disposed":
        this.#onDisposed?.();
        return;
      case "failed":
        this.#options.onProblem(`The index could not answer: ${message.message}`);
        this.#settle(message.request, noAnswer);
        return;
      case "cancelled":
        this.#settle(message.request, noAnswer);
        return;
      case "answer":
        this.#settle(message.request, message.answer);
    }
  }

  #settle(request: number, answer: ContextAnswer): void {
    this.#requests.get(request)?.(answer);
    this.#requests.delete(request);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const disposed = new Promise<void>((resolve) => {
      this.#onDisposed = resolve;
    });
    this.#send({ type: "dispose" });
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, disposeMilliseconds);
    });
    await Promise.race([disposed, patience]);
    clearTimeout(timer);
    await worker.terminate();
  }
}
