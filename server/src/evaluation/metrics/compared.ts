// What of a suggestion is compared with what of the truth: the same for every metric that compares texts.
import type { Scored } from "../hole.js";

/** A prediction and the texts that would have been right. */
export interface Compared {
  readonly prediction: string;
  /** At least one: the truth, then its alternatives. */
  readonly truths: readonly string[];
}

/** UTF-16 units after the caret that the prediction replaces. */
export function replacedLength({ prediction, suggestion, replaces }: Scored): number {
  return replaces ?? (prediction === suggestion.text ? suggestion.replaces : 0);
}

/**
 * The texts to compare, with LF line ends. What the prediction writes again instead of leaving it (the bracket that the
 * editor closed) is no part of what it says: two texts are equal here if and only if the documents after them are. Where
 * the dataset's authors compare stripped text, both are stripped.
 */
export function comparedTexts(scored: Scored): Compared {
  const { hole } = scored;
  const replaced = toLf(hole.suffix.slice(0, replacedLength(scored)));
  const written = toLf(scored.prediction);
  const endsWithReplaced = replaced !== "" && written.endsWith(replaced);
  const finish = (text: string) => (hole.comparesStripped === true ? text.trim() : text);
  return {
    prediction: finish(endsWithReplaced ? written.slice(0, -replaced.length) : written),
    truths: [hole.middle, ...(hole.alternatives ?? [])].map((truth) =>
      finish(endsWithReplaced ? toLf(truth) : toLf(truth) + replaced),
    ),
  };
}

/** The prediction's likeness to the truth or the alternative that it is most like. */
export function bestLikeness(scored: Scored, likeness: (prediction: string, truth: string) => number): number {
  const { prediction, truths } = comparedTexts(scored);
  return Math.max(...truths.map((truth) => likeness(prediction, truth)));
}

function toLf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
