// The plain types of the evaluation: a hole in a document, what was suggested for it, and how that is scored.
import type { Horizon } from "../inference/generation.js";

/** A hole in a document whose truth is known. `prefix + middle + suffix` is the document. */
export interface Hole {
  /** Unique within its dataset, the same in every run. */
  readonly id: string;
  /** What the intervals are resampled by: holes of one file or task stand or fall together. */
  readonly cluster: string;
  /** Path in its repository, with forward slashes. */
  readonly path: string;
  /** Name of the repository, as the prompt states it. */
  readonly repository: string;
  /** VS Code's language id. */
  readonly languageId: string;
  readonly prefix: string;
  /** The truth, never empty. */
  readonly middle: string;
  readonly suffix: string;
  /** Kind of hole, e.g. `node:call`, `line`, `restOfLine`, `span`, or the dataset's own name for it. */
  readonly kind: string;
  /** Further acceptable answers, where the dataset has several. */
  readonly alternatives?: readonly string[];
  /** Where exact match compares text without the blank space around it, as the dataset's authors do. */
  readonly comparesStripped?: boolean;
  /** How to tell by running it whether an answer is right. */
  readonly test?: ExecutionTest;
  /** Name of the commit whose files are around it; without it, they are as they are now. */
  readonly revision?: string;
}

/** A program that exits with 0 if the completed document is right. */
export interface ExecutionTest {
  readonly languageId: string;
  /** The whole program around the completed document. */
  readonly before: string;
  readonly after: string;
}

/** What the engine suggested for a hole. */
export interface Suggestion {
  /** The text after all filters, as the editor would insert it; empty when nothing is shown. */
  readonly text: string;
  /** The text as the model wrote it, before any filter. */
  readonly raw: string;
  /** UTF-16 units after the caret that `text` replaces. */
  readonly replaces: number;
  /** Mean natural log-probability of its tokens, ≤ 0; undefined without tokens. */
  readonly meanLogProbability?: number;
  /** What the model said before its first token of how much was to come; undefined for a model without horizons. */
  readonly horizon?: Horizon;
  /** The model's tokens, of `raw`. */
  readonly tokens: number;
  readonly promptTokens: number;
  readonly reusedTokens: number;
  /** Text of the snippets that stood in the prompt. */
  readonly snippets: readonly string[];
}

/** Milliseconds, wall clock. */
export interface SampleTimings {
  readonly id: string;
  readonly firstLine: number;
  readonly prompt: number;
  readonly prefill: number;
  readonly decode: number;
  readonly total: number;
}

/** What a metric looks at. */
export interface Scored {
  readonly hole: Hole;
  /** The text to score: the suggestion's `text`, or its `raw` for the figures without post-processing. */
  readonly prediction: string;
  readonly suggestion: Suggestion;
  /** UTF-16 units after the caret that `prediction` replaces; by default `suggestion.replaces` for its `text`, else 0. */
  readonly replaces?: number;
  /** The truth's length in the model's tokens, end-of-middle not counted; estimated by characters where not given. */
  readonly truthTokens?: number;
}

/** One way to score a suggestion: a pure function. One file each; `metrics/index.ts` lists them. */
export interface Metric {
  /** Key in summary.json. */
  readonly name: string;
  /** One sentence for the report. */
  readonly description: string;
  readonly better: "higher" | "lower" | "neither";
  /** The score, most often in [0, 1]; undefined where it does not apply to this hole. */
  score(scored: Scored): number | undefined;
}

/** A line of samples.jsonl: nothing in it depends on the clock. */
export interface SampleRecord {
  readonly id: string;
  readonly cluster: string;
  readonly path: string;
  readonly languageId: string;
  readonly kind: string;
  /** The character before the caret, by class: `.`, `(`, `=`, `,`, `return`, `word`, `lineStart`, `space`, `other`. */
  readonly caret: string;
  readonly truth: string;
  readonly text: string;
  readonly raw: string;
  readonly replaces: number;
  readonly meanLogProbability?: number;
  readonly horizon?: Horizon;
  readonly tokens: number;
  readonly promptTokens: number;
  readonly reusedTokens: number;
  readonly promptSha256: string;
  /** Code4Me's kind of failure, where a rule can tell; undefined for a right answer and where none can. */
  readonly failure?: string;
  /** Scores of `text`, by metric; a metric that does not apply is absent. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The same of `raw`. */
  readonly rawMetrics: Readonly<Record<string, number>>;
  /** Set when the model failed on this sample; it then counts as a wrong, empty answer. */
  readonly error?: string;
}
