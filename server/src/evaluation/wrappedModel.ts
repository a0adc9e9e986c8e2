// What a model that stands for another one says of itself: what the other one says.
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../inference/generation.js";

/** A model around a model. The inner one belongs to whoever loaded it, and is not disposed with this one. */
export abstract class WrappedModel implements LanguageModel {
  constructor(protected readonly inner: LanguageModel) {}

  get id(): string {
    return this.inner.id;
  }

  get sha256(): string {
    return this.inner.sha256;
  }

  get specialTokens(): readonly string[] {
    return this.inner.specialTokens ?? [];
  }

  get promptTokens(): number {
    return this.inner.promptTokens;
  }

  abstract buildPrompt(parts: PromptParts, budget?: number): Prompt;

  abstract generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd>;

  async dispose(): Promise<void> {}
}
