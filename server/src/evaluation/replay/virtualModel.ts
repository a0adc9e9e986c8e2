// A model in virtual time: it computes as fast as the real one, but its clock moves by the work that is done, so that the
// same typing is answered alike on every machine.
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  Horizon,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../inference/generation.js";
import type { Observation } from "../observedModel.js";
import { WrappedModel } from "../wrappedModel.js";
import { VirtualCache } from "./virtualCache.js";

/** How fast the virtual machine is. */
export interface VirtualSpeed {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
}

/** Half of what the README's machine does at 512 tokens (two cores of an AMD EPYC): a laptop that does something else as well. */
export const defaultSpeed: VirtualSpeed = { prefillTokensPerSecond: 4500, decodeTokensPerSecond: 400 };

/** Milliseconds of everything but the model: building the prompt, filters, messages. Measured: 2 to 4 ms. */
const otherWork = 3;

/** What was seen of one request. */
export type VirtualObservation = Pick<Observation, "prompt" | "horizon" | "tokens">;

/** One request at a time, in sessions that begin with nothing known. */
export class VirtualModel extends WrappedModel {
  readonly #speed: VirtualSpeed;
  /** Milliseconds. */
  #now = 0;
  #deadline = Number.POSITIVE_INFINITY;
  #controller = new AbortController();
  #isFresh = true;
  /** What an editor's model would know. */
  #cache = this.#newCache();
  #prompt: Prompt | undefined;
  #horizon: Horizon | undefined;
  #tokens: DecodedToken[] = [];

  constructor(model: LanguageModel, speed: VirtualSpeed) {
    super(model);
    this.#speed = speed;
  }

  /** The virtual clock, for the engine. */
  now(): number {
    return this.#now;
  }

  /** Forgets everything. */
  beginSession(): void {
    this.#isFresh = true;
    this.#cache = this.#newCache();
  }

  /**
   * Begins a request.
   *
   * @param patience milliseconds until the next key
   * @returns a signal that aborts when that key comes
   */
  beginRequest(patience: number): AbortSignal {
    this.#controller = new AbortController();
    this.#deadline = this.#now + patience;
    this.#prompt = undefined;
    this.#horizon = undefined;
    this.#tokens = [];
    return this.#controller.signal;
  }

  /** Moves the clock to the next key. */
  endRequest(): VirtualObservation {
    this.#now = this.#deadline;
    return { prompt: this.#prompt, horizon: this.#horizon, tokens: this.#tokens };
  }

  buildPrompt(parts: PromptParts, budget?: number): Prompt {
    this.#prompt = this.inner.buildPrompt(parts, budget);
    return this.#prompt;
  }

  async *generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd> {
    this.#pass(otherWork);
    const reusedTokens = await this.#cache.read(prompt.tokenIds, this.#controller.signal);
    // The next key has come while the prompt was being read.
    if (reusedTokens === undefined) {
      return "cancelled";
    }
    const stream = this.inner.generate(prompt, {
      ...options,
      fresh: this.#isFresh,
      onPrefill: (result) => {
        this.#isFresh = false;
        this.#horizon = result.horizon;
        options.onPrefill?.({ ...result, reusedTokens });
      },
    });
    try {
      for (;;) {
        const next = await stream.next();
        if (next.done === true) {
          return next.value;
        }
        this.#pass(1000 / this.#speed.decodeTokensPerSecond);
        if (this.#controller.signal.aborted) {
          return "cancelled";
        }
        await this.#cache.write(next.value.id);
        this.#tokens.push(next.value);
        yield next.value;
      }
    } finally {
      await stream.return("cancelled");
    }
  }

  #newCache(): VirtualCache {
    return new VirtualCache({
      pass: (tokens) => this.#pass((tokens / this.#speed.prefillTokensPerSecond) * 1000),
      now: () => this.#now,
    });
  }

  #pass(milliseconds: number): void {
    this.#now += milliseconds;
    if (this.#now > this.#deadline) {
      this.#controller.abort();
    }
  }
}
