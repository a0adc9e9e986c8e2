// Computes, while the machine is idle, what is likely to be asked next: the answers for after a shown suggestion has been
// accepted. One at a time, within the energy budget, and never in the way of what somebody asks for.
import type { Completion, CompletionRequest } from "../completion/completion.js";
import type { EnergyBudget } from "../completion/energyBudget.js";
import type { CompletionEngine } from "../completion/engine.js";
import { predictRequests } from "../completion/predictions.js";
import type { Pressure } from "../completion/pressure.js";

/**
 * Milliseconds after a suggestion was shown in which nothing is computed ahead: whoever types on does so by then, and one
 * reads a line in about as long.
 */
export const idleMilliseconds = 300;

export interface SpeculatorOptions {
  readonly budget: EnergyBudget;
  readonly pressure: () => Pick<Pressure, "speculationShare">;
  /** Resolves after some milliseconds; rejects when the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** Computes ahead. What it finds the engine remembers. */
export class Speculator {
  readonly #options: SpeculatorOptions;
  #stop = new AbortController();

  constructor(options: SpeculatorOptions) {
    this.#options = options;
  }

  /** A suggestion is on the screen and nothing is being written: computes what comes after it, in a while. */
  shown(engine: CompletionEngine, request: CompletionRequest, completion: Completion): void {
    this.stop();
    const { signal } = this.#stop;
    this.#compute(engine, request, completion, signal).catch((error: unknown) => {
      if (!signal.aborted) {
        this.#options.onError(error);
      }
    });
  }

  /** Somebody asks, or the document has changed. What a request has joined goes on as that request's. */
  stop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  async #compute(
    engine: CompletionEngine,
    request: CompletionRequest,
    completion: Completion,
    signal: AbortSignal,
  ): Promise<void> {
    const { budget, pressure, wait } = this.#options;
    await wait(idleMilliseconds, signal);
    const language = engine.languageOf(request.document.languageId);
    for (const next of predictRequests(request, completion, language)) {
      if (signal.aborted || !budget.allows(pressure().speculationShare)) {
        return;
      }
      const before = engine.computedMilliseconds;
      for await (const _ of engine.complete(next, signal)) {
        // Nobody sees it yet; the engine remembers it.
      }
      budget.spend(engine.computedMilliseconds - before);
    }
  }
}
