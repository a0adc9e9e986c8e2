// Exact match of the first line: what a user sees first, and accepts or not.
import type { Metric } from "../hole.js";
import { comparedTexts } from "./compared.js";

/** A text up to the end of its first line that is not blank. */
function throughFirstLine(text: string): string {
  return (/^\s*[^\n]*/.exec(text)?.[0] ?? "").trimEnd();
}

/** 0 or 1. Blank lines before the first line must be there too; white space behind it is nobody's business. */
export const firstLineExactMatch: Metric = {
  name: "firstLineExactMatch",
  description: "The suggestion's first line is the truth's first line.",
  better: "higher",
  score: (scored) => {
    const { prediction, truths } = comparedTexts(scored);
    const first = throughFirstLine(prediction);
    return Number(truths.some((truth) => throughFirstLine(truth) === first));
  },
};
