// Asks the editor's engine about a hole, and says what it suggested.
import type { Completion, CompletionRequest, CompletionResult, CompletionUpdate } from "../completion/completion.js";
import type { CompletionEngine } from "../completion/engine.js";
import { hashTokenIds } from "../completion/recording.js";
import type { Sampling } from "../inference/generation.js";
import type { Hole, SampleTimings, Suggestion } from "./hole.js";
import type { Observation, ObservedModel } from "./observedModel.js";

/** The answer to a hole. */
export interface HoleAnswer {
  readonly suggestion: Suggestion;
  readonly timings: Omit<SampleTimings, "id">;
  /** Of the prompt's token ids; empty when the model was not asked. */
  readonly promptSha256: string;
  readonly source: CompletionResult["source"];
}

/** The engine's question about a hole: the document without what is to be found. */
export function requestOf({ path, repository, languageId, prefix, suffix }: Hole): CompletionRequest {
  return {
    document: { uri: `hole:/${repository}/${path}`, path, repository, languageId, version: 1, text: prefix + suffix },
    offset: prefix.length,
  };
}

/**
 * Lets an engine complete.
 *
 * @param model the one that the engine writes with
 * @throws {ModelError} when the model fails
 */
export async function askEngine(
  engine: CompletionEngine,
  model: ObservedModel,
  request: CompletionRequest,
  signal: AbortSignal,
  sampling?: Sampling,
): Promise<HoleAnswer> {
  model.begin(sampling);
  const result = await lastOf(engine.complete(request, signal));
  const observation = await model.finish();
  signal.throwIfAborted();
  return answerOf(result, observation);
}

/** An answer, made of what the engine says and of what was seen of its model. */
export function answerOf(
  result: CompletionResult,
  { prompt, horizon, tokens }: Pick<Observation, "prompt" | "horizon" | "tokens">,
): HoleAnswer {
  const [completion] = result.completions;
  return {
    suggestion: {
      text: completion?.text ?? "",
      raw: tokens.map(({ text }) => text).join(""),
      replaces: completion === undefined ? 0 : completion.range.end - completion.range.start,
      ...meanLogProbabilityOf(completion),
      ...(horizon === undefined ? {} : { horizon }),
      tokens: tokens.length,
      promptTokens: result.prompt.tokens,
      reusedTokens: result.prompt.reusedTokens,
      snippets: result.prompt.snippets.map(({ text }) => text),
    },
    timings: result.timings,
    promptSha256: prompt === undefined ? "" : hashTokenIds(prompt.tokenIds),
    source: result.source,
  };
}

/** Nothing where there are no tokens, or a server tells no probabilities. */
function meanLogProbabilityOf(completion: Completion | undefined): Pick<Suggestion, "meanLogProbability"> {
  const mean = completion === undefined ? Number.NaN : completion.logProbability / completion.tokens;
  return Number.isFinite(mean) ? { meanLogProbability: mean } : {};
}

async function lastOf(updates: AsyncGenerator<CompletionUpdate, CompletionResult>): Promise<CompletionResult> {
  for (;;) {
    const next = await updates.next();
    if (next.done === true) {
      return next.value;
    }
  }
}
