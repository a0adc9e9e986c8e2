// Keeps a model process running: starts it, starts it again when it dies, waits longer each time, and stops trying
// when it is hopeless.
import { ModelError, toModelError } from "../../errors.js";
import type { ModelState } from "../../modelState.js";
import type { HostProcess } from "./client.js";

/** Milliseconds before each restart in a row: at once after one crash, and never so often that a crash loop is felt. */
const restartDelays = [0, 500, 1000, 2000, 4000] as const;

/** Milliseconds after which a request makes a model that was given up try again. */
const retryMilliseconds = 10_000;

export interface SupervisorOptions {
  /** Starts a process. */
  readonly startProcess: () => HostProcess;
  /** Loads the model into a new process and checks it; called at every start. */
  readonly load: (host: HostProcess, signal: AbortSignal) => Promise<void>;
  readonly onStateChange: (state: ModelState) => void;
  /** Resolves after some milliseconds; rejects when the signal aborts. */
  readonly delay: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** One model process at a time, for as long as it is wanted. */
export class HostSupervisor {
  readonly #options: SupervisorOptions;
  readonly #disposal = new AbortController();
  /** The running process, or the one that is being started; rejected when there is none. */
  #host: Promise<HostProcess> = Promise.reject(new ModelError("load", "The model was not started."));
  /** The process last started. */
  #process: HostProcess | undefined;
  /** Deaths and failed starts since the last success. */
  #failures = 0;
  #restarts = 0;
  /** When the supervisor stopped trying; undefined while it tries or the process runs. */
  #gaveUpAt: number | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#host.catch(() => {});
  }

  /** Process id of the running process. */
  get processId(): number | undefined {
    return this.#process?.processId;
  }

  /** Starts the first process. A failure is final, as nothing will be different at a second try. */
  async start(signal?: AbortSignal): Promise<HostProcess> {
    this.#host = this.#startOnce(signal);
    this.#host.catch(() => {});
    return this.#host;
  }

  /** The running process, when there is one again. */
  ready(): Promise<HostProcess> {
    if (this.#gaveUpAt !== undefined && this.#options.now() - this.#gaveUpAt >= retryMilliseconds) {
      this.#gaveUpAt = undefined;
      // One try: if it fails, the next request after a while makes another.
      this.#host = this.#restart(restartDelays.length - 1, 0);
      this.#host.catch(() => {});
    }
    return this.#host;
  }

  /** Tells that the process has done its work, so that the next death is not one in a row. */
  recordSuccess(): void {
    this.#failures = 0;
  }

  async dispose(): Promise<void> {
    this.#disposal.abort(new ModelError("disposed", "The model was closed. Load it again to use it."));
    this.#host = Promise.reject(this.#disposal.signal.reason);
    this.#host.catch(() => {});
    await this.#process?.close();
  }

  async #startOnce(signal?: AbortSignal): Promise<HostProcess> {
    const disposal = this.#disposal.signal;
    const stop = signal === undefined ? disposal : AbortSignal.any([disposal, signal]);
    const host = this.#options.startProcess();
    this.#process = host;
    try {
      await this.#options.load(host, stop);
      stop.throwIfAborted();
    } catch (error) {
      await host.close();
      throw toModelError(error, "load");
    }
    // From here on its death is not the start's failure any more.
    host.ended.then((error) => this.#onDeath(host, error));
    return host;
  }

  #onDeath(host: HostProcess, error: ModelError): void {
    if (this.#disposal.signal.aborted || host !== this.#process) return;
    const failures = this.#failures;
    const restarting = failures < restartDelays.length;
    this.#options.onStateChange({ state: "error", error, restarting });
    if (restarting) {
      this.#host = this.#restart(failures, restartDelays[failures]);
    } else {
      this.#gaveUpAt = this.#options.now();
      this.#host = Promise.reject(error);
    }
    this.#host.catch(() => {});
  }

  async #restart(failures: number, firstDelay: number | undefined): Promise<HostProcess> {
    const disposal = this.#disposal.signal;
    let delay = firstDelay ?? 0;
    for (let attempt = failures; ; attempt++) {
      this.#failures = attempt + 1;
      if (delay > 0) await this.#options.delay(delay, disposal);
      disposal.throwIfAborted();
      try {
        const host = await this.#startOnce();
        this.#restarts++;
        this.#options.onStateChange({ state: "restarted", restarts: this.#restarts });
        return host;
      } catch (error) {
        disposal.throwIfAborted();
        const failure = toModelError(error, "load");
        const next = restartDelays[attempt + 1];
        // A file that is gone does not come back in seconds; a process that died may do better next time.
        const restarting = next !== undefined && (failure.kind === "crashed" || failure.kind === "outOfMemory");
        this.#options.onStateChange({ state: "error", error: failure, restarting });
        if (!restarting) {
          this.#gaveUpAt = this.#options.now();
          throw failure;
        }
        delay = next;
      }
    }
  }
}
