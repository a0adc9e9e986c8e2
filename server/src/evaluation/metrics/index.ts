// The metrics, in the order of the report.
import type { Languages } from "../../syntax/languages.js";
import type { Metric, Scored } from "../hole.js";
import { abstained } from "./abstained.js";
import { bleu4 } from "./bleu4.js";
import { brier } from "./brier.js";
import { chrF } from "./chrF.js";
import { copiedFromContext } from "./copiedFromContext.js";
import { copiedFromFile } from "./copiedFromFile.js";
import { editSimilarity } from "./editSimilarity.js";
import { exactMatch } from "./exactMatch.js";
import { exactMatchNonTrivial } from "./exactMatchNonTrivial.js";
import { firstLineExactMatch } from "./firstLineExactMatch.js";
import { horizonFractionError } from "./horizonFractionError.js";
import { horizonTokensError } from "./horizonTokensError.js";
import { identifierExactMatch } from "./identifierExactMatch.js";
import { identifierF1 } from "./identifierF1.js";
import { lengthRatio } from "./lengthRatio.js";
import { meteor } from "./meteor.js";
import { createParseRate } from "./parseRate.js";
import { repetition } from "./repetition.js";
import { rougeL } from "./rougeL.js";
import { SyntaxErrors, type SyntaxErrorsOptions } from "./syntaxErrors.js";

/** The metrics that need nothing but the texts. */
export const metrics: readonly Metric[] = [
  exactMatch,
  exactMatchNonTrivial,
  firstLineExactMatch,
  editSimilarity,
  bleu4,
  meteor,
  rougeL,
  chrF,
  identifierExactMatch,
  identifierF1,
  abstained,
  lengthRatio,
  repetition,
  copiedFromContext,
  copiedFromFile,
  brier,
  horizonFractionError,
  horizonTokensError,
];

/** All metrics, with what they hold open. */
export interface Metrics {
  readonly all: readonly Metric[];
  /** Frees the parsers. */
  dispose(): Promise<void>;
}

/** What the metrics that parse are made of. */
export interface MetricsOptions extends SyntaxErrorsOptions {
  readonly languages: Languages;
}

/** The metrics, and those that parse; without `wasm` the latter apply to no hole. */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const errors = await SyntaxErrors.load(options.languages, options);
  const parseRate = createParseRate((...document) => errors.count(...document));
  return { all: [...metrics, ...parseRate], dispose: async () => errors.dispose() };
}

/** Scores by the metrics' names; a metric that does not apply is absent. */
export function scoreAll(scored: Scored, all: readonly Metric[]): Record<string, number> {
  const scores: Record<string, number> = {};
  for (const metric of all) {
    const score = metric.score(scored);
    if (score !== undefined) {
      scores[metric.name] = score;
    }
  }
  return scores;
}
