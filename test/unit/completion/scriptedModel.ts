// A language model that writes a given text. It is for what a real model cannot be made to do on demand: to write this
// and nothing else, cut into these tokens, with that horizon.
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  Horizon,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../../server/src/inference/generation.js";

/** How a text is cut into tokens. */
export type Cutting = "characters" | "words" | "lines" | "whole";

const cuttings: Record<Cutting, RegExp> = {
  characters: /[\s\S]/gu,
  // As byte-level BPE does: a space belongs to the word behind it, line ends to the indentation behind them.
  words: /\n\s*| ?[\p{L}\p{N}_]+|[\s\S]/gu,
  lines: /[^\n]*\n|[^\n]+/g,
  whole: /[\s\S]+/g,
};

export interface Script {
  readonly text: string;
  readonly cutting?: Cutting;
  /** The horizon after a token, given what comes after it. */
  readonly horizon?: (rest: string) => Horizon;
  /** What the model plans when it has read the prompt. */
  readonly plan?: Horizon;
  readonly specialTokens?: readonly string[];
  readonly promptTokens?: number;
}

export class ScriptedModel implements LanguageModel {
  readonly id = "scripted";
  readonly sha256 = "0".repeat(64);
  readonly promptTokens: number;
  readonly specialTokens: readonly string[];
  /** Every prompt that was asked for. */
  readonly prompts: PromptParts[] = [];
  /** What was written in the last generation. */
  written = "";
  /** Generations that have begun and that have come to an end, by themselves or not. */
  begun = 0;
  ended = 0;
  /** Aborts after so many tokens, to test what a cancelled request leaves behind. */
  abortAfter: { readonly tokens: number; readonly controller: AbortController } | undefined;
  #script: Script;

  constructor(script: Script) {
    this.#script = script;
    this.specialTokens = script.specialTokens ?? [];
    this.promptTokens = script.promptTokens ?? 1024;
  }

  /** Writes another text from now on. */
  rewrite(text: string): void {
    this.#script = { ...this.#script, text };
  }

  buildPrompt(parts: PromptParts): Prompt {
    this.prompts.push(parts);
    return {
      tokenIds: new Array(parts.prefix.length).fill(0),
      snippets: parts.snippets,
      prefixLength: parts.prefix.length,
      suffixLength: parts.suffix.length,
    };
  }

  async *generate(
    prompt: Prompt,
    { maxTokens, signal, onPrefill }: GenerateOptions,
  ): AsyncGenerator<DecodedToken, GenerationEnd> {
    this.begun++;
    this.written = "";
    try {
      if (signal.aborted) {
        return "cancelled";
      }
      const { text, cutting = "words", horizon, plan } = this.#script;
      onPrefill?.({ tokens: prompt.tokenIds.length, reusedTokens: 0, horizon: plan });
      const pieces = text.match(cuttings[cutting]) ?? [];
      for (const [index, piece] of pieces.entries()) {
        if (index === maxTokens) {
          return "budget";
        }
        if (index === this.abortAfter?.tokens) {
          this.abortAfter.controller.abort();
        }
        if (signal.aborted) {
          return "cancelled";
        }
        this.written += piece;
        yield {
          id: index,
          text: piece,
          logProbability: -0.25,
          horizon: horizon?.(pieces.slice(index + 1).join("")),
        };
      }
      return "endOfMiddle";
    } finally {
      this.ended++;
    }
  }

  async dispose(): Promise<void> {}
}
