// Collects what a completion says about itself while it is made: timings, prompt, model.
import type { LanguageModel, PrefillResult, Prompt, Snippet } from "../inference/generation.js";
import type { Completion, CompletionResult, CompletionSource, CompletionUpdate, NoAnswer } from "./completion.js";

/** Milliseconds since any fixed moment, never going back; `performance` is one. */
export interface Clock {
  now(): number;
}

/** The record of one request; it is started with the request. */
export class Report {
  readonly #clock: Clock;
  readonly #model: CompletionResult["model"];
  readonly #started: number;
  #pauseTime = 0;
  #contextTime = 0;
  #promptTime = 0;
  #generationStarted: number | undefined;
  #prefillEnded: number | undefined;
  #generationEnded: number | undefined;
  #firstLine: number | undefined;
  #updated: Completion | undefined;
  #snippets: readonly Snippet[] = [];
  #prefill: PrefillResult = { tokens: 0, reusedTokens: 0 };

  constructor({ id, sha256 }: LanguageModel, clock: Clock) {
    this.#clock = clock;
    this.#model = { id, sha256 };
    this.#started = clock.now();
  }

  /** Waits until it is worth going on, and notes how long that took. */
  async pause(wait: () => Promise<void>): Promise<void> {
    const before = this.#clock.now();
    await wait();
    this.#pauseTime = this.#clock.now() - before;
  }

  /** Finds what of the repository belongs in the prompt, and notes how long that took. */
  async context<Found>(find: () => Promise<Found>): Promise<Found> {
    const before = this.#clock.now();
    const found = await find();
    this.#contextTime = this.#clock.now() - before;
    return found;
  }

  /** Builds the prompt and notes how long that took. */
  prompt(build: () => Prompt): Prompt {
    const before = this.#clock.now();
    const prompt = build();
    this.#promptTime = this.#clock.now() - before;
    this.#snippets = prompt.snippets;
    this.#prefill = { tokens: prompt.tokenIds.length, reusedTokens: 0 };
    return prompt;
  }

  generationStarted(): void {
    this.#generationStarted = this.#clock.now();
  }

  prefillEnded(result: PrefillResult): void {
    this.#prefillEnded = this.#clock.now();
    this.#prefill = result;
  }

  generationEnded(): void {
    this.#generationEnded = this.#clock.now();
  }

  /** An update to yield; the first one ends the time to the first line. */
  update(completion: Completion): CompletionUpdate {
    this.#firstLine ??= this.#clock.now() - this.#started;
    this.#updated = completion;
    return { completion };
  }

  /** What was yielded last. */
  get updated(): Completion | undefined {
    return this.#updated;
  }

  /** Has this text been yielded already? */
  hasUpdate(completion: Completion): boolean {
    return this.#updated?.text === completion.text;
  }

  /** What the engine returns. */
  result(completion: Completion | undefined, source: CompletionSource): CompletionResult {
    return { ...this.#describe(), completions: completion === undefined ? [] : [completion], source };
  }

  /** What the engine returns when it did not try. */
  noAnswer(noAnswer: NoAnswer): CompletionResult {
    return { ...this.#describe(), completions: [], noAnswer };
  }

  #describe(): Omit<CompletionResult, "completions"> {
    const now = this.#clock.now();
    const total = now - this.#started;
    const generationEnded = this.#generationEnded ?? now;
    const prefillEnded = this.#prefillEnded ?? generationEnded;
    return {
      timings: {
        pause: this.#pauseTime,
        context: this.#contextTime,
        prompt: this.#promptTime,
        prefill: this.#generationStarted === undefined ? 0 : prefillEnded - this.#generationStarted,
        firstLine: this.#firstLine ?? total,
        decode: this.#generationStarted === undefined ? 0 : generationEnded - prefillEnded,
        total,
      },
      prompt: {
        tokens: this.#prefill.tokens,
        reusedTokens: this.#prefill.reusedTokens,
        snippets: this.#snippets,
      },
      model: this.#model,
    };
  }
}
