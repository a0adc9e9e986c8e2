// A model in virtual time: it computes as fast as the real one, but its clock moves by the work that is done, so that the
// same typing is answered alike on every machine.
import { fewestRows } from "../../inference/decoder.js";
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  Horizon,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../inference/generation.js";
import { commonPrefixLength } from "../../inference/kvCache.js";
import type { Observation } from "../observedModel.js";
import { WrappedModel } from "../wrappedModel.js";

/** How fast the virtual machine is. */
export interface VirtualSpeed {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
}

/** Half of what the README's machine does (two cores of an AMD EPYC): a laptop that does something else as well. */
export const defaultSpeed: VirtualSpeed = { prefillTokensPerSecond: 7000, decodeTokensPerSecond: 400 };

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
  /** The tokens that an editor's model would have in its cache. */
  #known: readonly number[] = [];
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
    this.#known = [];
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
    const { tokenIds } = prompt;
    const reusedTokens = Math.max(0, Math.min(commonPrefixLength(this.#known, tokenIds), tokenIds.length - fewestRows));
    const stream = this.inner.generate(prompt, {
      ...options,
      fresh: this.#isFresh,
      onPrefill: (result) => {
        this.#isFresh = false;
        this.#horizon = result.horizon;
        this.#pass(otherWork + ((tokenIds.length - reusedTokens) / this.#speed.prefillTokensPerSecond) * 1000);
        options.onPrefill?.({ ...result, reusedTokens });
      },
    });
    const known = [...tokenIds];
    this.#known = known;
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
        known.push(next.value.id);
        this.#tokens.push(next.value);
        yield next.value;
      }
    } finally {
      await stream.return("cancelled");
    }
  }

  #pass(milliseconds: number): void {
    this.#now += milliseconds;
    if (this.#now > this.#deadline) {
      this.#controller.abort();
    }
  }
}
