// Samples for the tests: a hole with its suggestion, and lines of samples.jsonl.
import type { Hole, SampleRecord, Scored, Suggestion } from "../../../server/src/evaluation/hole.js";

/** Caret and end of the hole in a document: `prefix█middle█suffix`. */
const mark = "█";

/** What may be told of a scored sample. */
export interface ScoredOptions {
  readonly hole?: Partial<Hole>;
  readonly suggestion?: Partial<Suggestion>;
  /** Score `raw` rather than `text`. */
  readonly isRaw?: boolean;
}

/**
 * A scored sample.
 *
 * @param document with the hole between two marks
 */
export function scoredOf(document: string, text: string, { hole, suggestion, isRaw }: ScoredOptions = {}): Scored {
  const [prefix = "", middle = "", suffix = ""] = document.split(mark);
  const suggested: Suggestion = {
    text,
    raw: text,
    replaces: 0,
    tokens: 4,
    promptTokens: 100,
    reusedTokens: 60,
    snippets: [],
    ...suggestion,
  };
  return {
    hole: {
      id: "1",
      cluster: "file",
      path: "src/file.py",
      repository: "repository",
      languageId: "python",
      prefix,
      middle,
      suffix,
      kind: "line",
      ...hole,
    },
    prediction: isRaw === true ? suggested.raw : suggested.text,
    suggestion: suggested,
  };
}

/** A line of samples.jsonl. */
export function recordOf(fields: Partial<SampleRecord> & { readonly id: string }): SampleRecord {
  return {
    cluster: "file",
    path: "src/file.py",
    languageId: "python",
    kind: "line",
    caret: "lineStart",
    truth: "return x",
    text: "return x",
    raw: "return x",
    replaces: 0,
    tokens: 4,
    promptTokens: 100,
    reusedTokens: 60,
    promptSha256: "0".repeat(64),
    metrics: {},
    rawMetrics: {},
    ...fields,
  };
}
