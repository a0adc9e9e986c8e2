// The model that is measured: Horizon's own process, or a server.
import { resolve } from "node:path";
import { connectOpenAiModel } from "../../inference/backends/openai/openAiModel.js";
import { createPlainPromptMaker, readPromptMaker } from "../../inference/backends/openai/promptMaker.js";
import type { LanguageModel } from "../../inference/generation.js";
import { loadModel } from "../../inference/loadModel.js";
import type { Installation } from "../../workspace/installation.js";
import type { RunOptions } from "./options.js";

/** A model, and what else is known of it. */
export interface EvaluatedModel {
  readonly model: LanguageModel;
  /** Length of a text in the model's tokens; undefined where nobody knows. */
  readonly countTokens: ((text: string) => number) | undefined;
}

/**
 * Loads the model, or connects to the server. A server's key is in HORIZON_BACKEND_KEY: command lines are seen by others.
 *
 * @throws {ModelError} when it cannot be used
 */
export async function loadEvaluatedModel(
  { model: directory, backend, settings }: Pick<RunOptions, "model" | "backend" | "settings">,
  { modelDirectory, hostScript }: Installation,
  signal: AbortSignal,
): Promise<EvaluatedModel> {
  if (backend !== undefined) {
    // A folder says how the server's model wants its prompts; without one the server is given prefix and suffix.
    const prompts =
      directory === undefined ? createPlainPromptMaker() : await readPromptMaker(resolve(directory), signal);
    const key = process.env.HORIZON_BACKEND_KEY;
    const model = await connectOpenAiModel({ url: backend.url, model: backend.model, prompts, key, signal });
    return { model, countTokens: prompts.countTokens };
  }
  const model = await loadModel({
    directory: resolve(directory ?? modelDirectory),
    hostScript,
    threads: settings.model.threads,
    signal,
  });
  return { model, countTokens: (text) => model.tokenizer.encode(text).length };
}
