// A model that remembers what passed through it: the prompt, what the model said before its first token, and the text it
// would have written had nobody stopped it. The engine does not know that it is watched.
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  Horizon,
  LanguageModel,
  PrefillResult,
  Prompt,
  PromptParts,
  Sampling,
} from "../inference/generation.js";
import { WrappedModel } from "./wrappedModel.js";

/** What was seen of one completion. */
export interface Observation {
  /** Undefined when the model was not asked. */
  readonly prompt: Prompt | undefined;
  readonly prefill: PrefillResult | undefined;
  readonly horizon: Horizon | undefined;
  /** All tokens that were written, those behind the engine's stop included if the model was let to end by itself. */
  readonly tokens: readonly DecodedToken[];
}

export interface ObservedModelOptions {
  /** Reads every prompt anew, so that an answer depends on nothing before it. */
  readonly fresh: boolean;
  /** Lets the model write on to its own end behind the engine's back, to know its text without any rule of ours. */
  readonly toItsEnd: boolean;
}

/** One completion at a time: `begin`, the engine's work, `finish`. */
export class ObservedModel extends WrappedModel {
  readonly #options: ObservedModelOptions;
  #prompt: Prompt | undefined;
  #prefill: PrefillResult | undefined;
  #tokens: DecodedToken[] = [];
  #sampling: Sampling | undefined;
  /** What the engine has stopped reading. */
  #rest: AsyncGenerator<DecodedToken, GenerationEnd> | undefined;

  constructor(model: LanguageModel, options: ObservedModelOptions) {
    super(model);
    this.#options = options;
  }

  buildPrompt(parts: PromptParts, budget?: number): Prompt {
    const prompt = this.inner.buildPrompt(parts, budget);
    this.#prompt = prompt;
    return prompt;
  }

  async *generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd> {
    const stream = this.inner.generate(prompt, {
      ...options,
      fresh: this.#options.fresh,
      sampling: this.#sampling,
      onPrefill: (result) => {
        this.#prefill = result;
        options.onPrefill?.(result);
      },
    });
    let hasEnded = false;
    try {
      for (;;) {
        const next = await stream.next();
        if (next.done === true) {
          hasEnded = true;
          return next.value;
        }
        this.#tokens.push(next.value);
        yield next.value;
      }
    } catch (error) {
      hasEnded = true;
      throw error;
    } finally {
      if (!hasEnded) {
        if (this.#options.toItsEnd) {
          this.#rest = stream;
        } else {
          await stream.return("cancelled");
        }
      }
    }
  }

  /** Forgets what was seen; draws the next tokens at random if told how. */
  begin(sampling?: Sampling): void {
    this.#sampling = sampling;
    this.#prompt = undefined;
    this.#prefill = undefined;
    this.#tokens = [];
    this.#rest = undefined;
  }

  /** What was seen since `begin`; reads what the engine did not. */
  async finish(): Promise<Observation> {
    for (let next = await this.#rest?.next(); next?.done === false; next = await this.#rest?.next()) {
      this.#tokens.push(next.value);
    }
    this.#rest = undefined;
    return {
      prompt: this.#prompt,
      prefill: this.#prefill,
      horizon: this.#prefill?.horizon,
      tokens: this.#tokens,
    };
  }
}
