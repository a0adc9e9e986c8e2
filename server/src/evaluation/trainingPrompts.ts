// The prompts of holes with what belongs there: what a model is trained on is, token by token, what it will be given.
import type { DecodedToken, GenerationEnd, LanguageModel, Prompt, PromptParts } from "../inference/generation.js";
import type { Tokenizer } from "../inference/tokenizer.js";
import type { Settings } from "../settings.js";
import type { Languages } from "../syntax/languages.js";
import { createEngine } from "../workspace/installation.js";
import { requestOf } from "./askEngine.js";
import type { Hole } from "./hole.js";
import type { HoleContext } from "./holeContext.js";
import { WrappedModel } from "./wrappedModel.js";

/** A line of a file of prompts. */
export interface TrainingPrompt {
  readonly format: "horizon-prompts-1";
  /** SHA-256 of the tokenizer's file: with another one the ids mean nothing. */
  readonly tokenizer: string;
  readonly repository: string;
  readonly path: string;
  readonly languageId: string;
  /** Kind of hole. */
  readonly kind: string;
  /** Snippets that stand in the prompt. */
  readonly snippets: number;
  readonly prompt: readonly number[];
  /** Token ids of what belongs into the hole; no end of middle behind them. */
  readonly middle: readonly number[];
}

export interface PromptWriterOptions {
  readonly model: LanguageModel & { readonly tokenizer: Pick<Tokenizer, "encode"> };
  /** SHA-256 of the tokenizer's file. */
  readonly tokenizerSha256: string;
  /** Longer middles are left out, in tokens: the model is never let to write them. */
  readonly longestMiddle: number;
  readonly settings: Settings;
  readonly languages: Languages;
  readonly disabled: ReadonlySet<string>;
  readonly context: Pick<HoleContext, "at">;
}

/** Builds prompts and writes nothing. */
class SilentModel extends WrappedModel {
  buildPrompt(parts: PromptParts, budget?: number): Prompt {
    return this.inner.buildPrompt(parts, budget);
  }

  // biome-ignore lint/correctness/useYield: this is what silence is
  async *generate(): AsyncGenerator<DecodedToken, GenerationEnd> {
    return "endOfMiddle";
  }
}

/** What the editor would send for a hole; undefined where it would send nothing, or what is missing is too long. */
export async function trainingPromptOf(
  hole: Hole,
  { model, tokenizerSha256, longestMiddle, settings, languages, disabled, context }: PromptWriterOptions,
  signal: AbortSignal,
): Promise<TrainingPrompt | undefined> {
  // The model knows no other line end.
  const middle = model.tokenizer.encode(hole.middle.replaceAll("\r\n", "\n"));
  if (middle.length > longestMiddle) {
    return undefined;
  }
  let prompt: Prompt | undefined;
  const engine = createEngine(new SilentModel(model), settings, languages, {
    // A middle that is trained on begins at the caret, within a word, too.
    disabled: new Set([...disabled, "healing"]),
    parseLimit: Number.POSITIVE_INFINITY,
    context: settings.context.enabled && !disabled.has("context") ? await context.at(hole) : undefined,
    contextLimit: Number.POSITIVE_INFINITY,
    onPrompt: (event) => {
      prompt ??= event.prompt;
    },
  });
  const updates = engine.complete(requestOf(hole), signal);
  while ((await updates.next()).done !== true) {
    // Nothing comes of silence.
  }
  signal.throwIfAborted();
  const { repository, path, languageId, kind } = hole;
  return (
    prompt && {
      format: "horizon-prompts-1",
      tokenizer: tokenizerSha256,
      repository,
      path,
      languageId,
      kind,
      snippets: prompt.snippets.length,
      prompt: prompt.tokenIds,
      middle,
    }
  );
}
