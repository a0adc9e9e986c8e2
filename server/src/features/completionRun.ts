// One run of the engine that several requests may wait for: the first line answers, the rest goes on being written.
import type { Completion, CompletionResult, CompletionUpdate } from "../completion/completion.js";

/** Starts a completion; an answer of undefined says that nothing can be completed now. */
export type StartCompletion = (
  signal: AbortSignal,
) => Promise<AsyncGenerator<CompletionUpdate, CompletionResult> | undefined>;

/** What a run has written so far. */
export interface RunProgress {
  /** Undefined while nothing is known, and at the end when there is nothing good to show. */
  readonly completion: Completion | undefined;
  readonly isDone: boolean;
}

/** Who is told about a run. */
export interface RunListener {
  /** Called once, when the engine has begun or there is none: what was begun before may be stopped now. */
  onStart?(): void;
  /** Called when everybody who waited has given up before there was an answer; the run is cancelled where not given. */
  onAbandoned?(): void;
  /** Called for every change after the first line is known; not after the run was cancelled. */
  onProgress?(progress: RunProgress): void;
  /** Called once: with what the engine returned, if it did, or with the error that it ended with. */
  onEnd?(end: { readonly result?: CompletionResult | undefined; readonly error?: unknown }): void;
}

/** Drives one completion to its end, or until it is cancelled. It never rejects where nobody waits. */
export class CompletionRun {
  readonly #controller = new AbortController();
  readonly #listener: RunListener;
  #progress: RunProgress = { completion: undefined, isDone: false };
  #result: CompletionResult | undefined;
  readonly #firstLine: Promise<void>;
  readonly #end: Promise<void>;
  #waiting = 0;
  #isAnswered = false;

  constructor(start: StartCompletion, listener: RunListener = {}) {
    this.#listener = listener;
    let knowsFirstLine: () => void = () => {};
    const known = new Promise<void>((resolve) => {
      knowsFirstLine = resolve;
    });
    this.#end = this.#drive(start, knowsFirstLine);
    this.#firstLine = Promise.race([known, this.#end]);
    // Whoever waits sees the error too; a run that nobody waits for must not end the process.
    this.#firstLine.catch(() => {});
    this.#end.then(
      () => listener.onEnd?.({ result: this.#result }),
      (error: unknown) => listener.onEnd?.({ error }),
    );
  }

  get isCancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Stops the model. What was waiting is answered with what is known. */
  cancel(): void {
    this.#controller.abort();
  }

  /**
   * Waits for the first line, or for the end. When the caller gives up and nobody else waits for a run that has never
   * answered anyone, the run is abandoned: its text would not be seen.
   *
   * @throws what the engine threw
   */
  async wait(until: "firstLine" | "end", signal: AbortSignal): Promise<Completion | undefined> {
    this.#waiting++;
    try {
      await orAborted(
        until === "end" ? this.#end : this.#firstLine,
        AbortSignal.any([signal, this.#controller.signal]),
      );
    } finally {
      this.#waiting--;
    }
    if (!signal.aborted) {
      this.#isAnswered = true;
    } else if (this.#waiting === 0 && !this.#isAnswered) {
      (this.#listener.onAbandoned ?? (() => this.cancel()))();
    }
    return this.#progress.completion;
  }

  async #drive(start: StartCompletion, knowsFirstLine: () => void): Promise<void> {
    const { signal } = this.#controller;
    const updates = await start(signal);
    // The engine looks for what it knows and joins what is being written before it waits for anything.
    let pending = updates?.next();
    this.#listener.onStart?.();
    for (;;) {
      const next = await pending;
      if (signal.aborted) {
        await updates?.return?.(undefined as never);
        return;
      }
      const isFirst = this.#progress.completion === undefined;
      if (next === undefined || next.done === true) {
        this.#result = next?.value;
        this.#progress = { completion: next?.value.completions[0], isDone: true };
      } else {
        this.#progress = { completion: next.value.completion, isDone: false };
      }
      if (isFirst) {
        knowsFirstLine();
        // Lets the answer go out before the news about what follows it.
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        this.#listener.onProgress?.(this.#progress);
      }
      if (this.#progress.isDone) {
        return;
      }
      pending = updates?.next();
    }
  }
}

/** Resolves when the promise does or the signal aborts, whichever is first. */
function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
