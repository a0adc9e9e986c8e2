// Makes a line of samples.jsonl of a hole and its answer.
import type { HoleAnswer } from "./askEngine.js";
import { caretClass } from "./caretClass.js";
import { failureKind } from "./failureKind.js";
import type { Hole, Metric, SampleRecord, Suggestion } from "./hole.js";
import { scoreAll } from "./metrics/index.js";

/** What a sample that the model failed on counts as: a wrong, empty answer. */
const noSuggestion: Suggestion = {
  text: "",
  raw: "",
  replaces: 0,
  tokens: 0,
  promptTokens: 0,
  reusedTokens: 0,
  snippets: [],
};

/** Scores that do not come from texts alone, such as those of running tests. */
export interface FurtherScores {
  readonly metrics: Readonly<Record<string, number>>;
  readonly rawMetrics: Readonly<Record<string, number>>;
}

export interface ScoringOptions {
  readonly metrics: readonly Metric[];
  /** Length of a text in the model's tokens; undefined for a model that cannot count. */
  readonly countTokens?: ((text: string) => number) | undefined;
}

/** The record of a hole's answer, with and without post-processing scored. */
export function scoreAnswer(
  hole: Hole,
  { suggestion, promptSha256 }: HoleAnswer,
  options: ScoringOptions,
  further: FurtherScores = { metrics: {}, rawMetrics: {} },
): SampleRecord {
  return toRecord(hole, suggestion, promptSha256, options, further, undefined);
}

/** The record of a hole on which the model failed. */
export function scoreFailure(hole: Hole, error: string, options: ScoringOptions): SampleRecord {
  return toRecord(hole, noSuggestion, "", options, { metrics: {}, rawMetrics: {} }, error);
}

function toRecord(
  hole: Hole,
  suggestion: Suggestion,
  promptSha256: string,
  { metrics, countTokens }: ScoringOptions,
  further: FurtherScores,
  error: string | undefined,
): SampleRecord {
  const truthTokens = countTokens?.(hole.middle);
  const counted = truthTokens === undefined ? {} : { truthTokens };
  const scored = { hole, suggestion, prediction: suggestion.text, replaces: suggestion.replaces, ...counted };
  const rawScored = { hole, suggestion, prediction: suggestion.raw, replaces: 0, ...counted };
  const scores = scoreAll(scored, metrics);
  // Where no filter did anything, both are the same.
  const isUnfiltered = suggestion.raw === suggestion.text && suggestion.replaces === 0;
  const rawScores = isUnfiltered ? scores : scoreAll(rawScored, metrics);
  const { parseRateAfter } = scores;
  const failure = failureKind(scored, { parses: parseRateAfter === undefined ? undefined : parseRateAfter === 1 });
  const { text, raw, replaces, meanLogProbability, horizon, tokens, promptTokens, reusedTokens } = suggestion;
  return {
    id: hole.id,
    cluster: hole.cluster,
    path: hole.path,
    languageId: hole.languageId,
    kind: hole.kind,
    caret: caretClass(hole.prefix),
    truth: hole.middle,
    text,
    raw,
    replaces,
    ...(meanLogProbability === undefined ? {} : { meanLogProbability }),
    ...(horizon === undefined ? {} : { horizon }),
    tokens,
    promptTokens,
    reusedTokens,
    promptSha256,
    ...(failure === undefined ? {} : { failure }),
    metrics: { ...scores, ...further.metrics },
    rawMetrics: { ...rawScores, ...further.rawMetrics },
    ...(error === undefined ? {} : { error }),
  };
}
