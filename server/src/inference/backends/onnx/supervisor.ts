// Keeps a model process running: starts it, starts it again when it dies or has no memory left, and stops when that
// happens too often.
import { ModelError, toModelError } from "../../errors.js";
import type { ModelState } from "../../modelState.js";
import type { HostProcess } from "./client.js";

/** Milliseconds in which restarts are counted. */
export const restartWindow = 5 * 60_000;

/** Milliseconds before each restart of a window: at once after one crash, and never so often that a loop is felt. */
const restartDelays: readonly number[] = [0, 500, 2000];

/** Restarts within a window; what dies once more than this will die again. */
export const mostRestarts = restartDelays.length;

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
  /** When it was started again, the latest last; what is older than the window does not count. */
  #restartTimes: number[] = [];
  #restarts = 0;

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

  /** The running process, when there is one again; rejects when it was given up. */
  ready(): Promise<HostProcess> {
    return this.#host;
  }

  /**
   * Tells that a request has failed. A process that has no memory left is ended, which gives back what it has, and a
   * new one takes its place.
   */
  recordFailure(host: HostProcess, error: unknown): void {
    if (!(error instanceof ModelError && error.kind === "outOfMemory") || host !== this.#process) return;
    host.end(error);
    // Nobody is given the process that is ending: they wait for the one that #onDeath, told first, starts in its place.
    this.#host = host.ended.then(() => this.#host);
    this.#host.catch(() => {});
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
    this.#host = this.#restart(error);
    this.#host.catch(() => {});
  }

  async #restart(death: ModelError): Promise<HostProcess> {
    const { now, delay, onStateChange } = this.#options;
    const disposal = this.#disposal.signal;
    for (let error = death; ; ) {
      this.#restartTimes = this.#restartTimes.filter((time) => now() - time < restartWindow);
      const wait = restartDelays[this.#restartTimes.length];
      if (wait === undefined || !isWorthRestarting(error)) {
        const final = wait === undefined ? tooOften(error) : error;
        onStateChange({ state: "error", error: final, restarting: false });
        throw final;
      }
      onStateChange({ state: "error", error, restarting: true });
      this.#restartTimes.push(now());
      if (wait > 0) await delay(wait, disposal);
      disposal.throwIfAborted();
      try {
        const host = await this.#startOnce();
        this.#restarts++;
        onStateChange({ state: "restarted", restarts: this.#restarts });
        return host;
      } catch (failure) {
        disposal.throwIfAborted();
        error = toModelError(failure, "load");
      }
    }
  }
}

/** A file that is gone does not come back by itself; a process that died may do better next time. */
function isWorthRestarting({ kind }: ModelError): boolean {
  return kind === "crashed" || kind === "outOfMemory";
}

function tooOften(last: ModelError): ModelError {
  return new ModelError(
    last.kind,
    `The model's process was started again ${mostRestarts} times within five minutes and has ended once more, so ` +
      'Horizon stays off. To try again, run "Horizon: Restart Language Server". ' +
      `What happened last: ${last.message}`,
    { cause: last },
  );
}
