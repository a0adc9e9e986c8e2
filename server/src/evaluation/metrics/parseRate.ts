// Does the document parse, before and after the suggestion?
import type { Hole, Metric, Scored } from "../hole.js";
import { replacedLength } from "./compared.js";
import type { Replacement } from "./syntaxErrors.js";

/** Counts the error nodes of a document, with a change made to it first; undefined where it cannot be parsed at all. */
export type CountErrors = (text: string, languageId: string, replacement?: Replacement) => number | undefined;

/**
 * Two metrics, each 0 or 1, undefined for a language without a grammar. Both ask whether a document has no more error
 * nodes than the original document (prefix + middle + suffix) has: code that never parsed is nobody's fault.
 * - parseRateBefore: the document with nothing in the hole. It is what the after is to be held against.
 * - parseRateAfter: the document after the prediction was inserted.
 */
export function createParseRate(countErrors: CountErrors): readonly [before: Metric, after: Metric] {
  const countChanged = ({ prefix, middle, suffix, languageId }: Hole, text: string, replaces: number) => {
    const start = prefix.length;
    return countErrors(prefix + middle + suffix, languageId, { start, end: start + middle.length + replaces, text });
  };
  // A hole is asked about several times in a row.
  let last:
    | { readonly hole: Hole; readonly original: number | undefined; readonly before: number | undefined }
    | undefined;
  const countsOf = (hole: Hole) => {
    if (last?.hole !== hole) {
      const original = countErrors(hole.prefix + hole.middle + hole.suffix, hole.languageId);
      last = { hole, original, before: original === undefined ? undefined : countChanged(hole, "", 0) };
    }
    return last;
  };
  const parses = (original: number | undefined, changed: number | undefined) =>
    original === undefined || changed === undefined ? undefined : Number(changed <= original);
  return [
    {
      name: "parseRateBefore",
      description: "With nothing in the hole, the document has no more syntax errors than the original.",
      better: "neither",
      score: ({ hole }: Scored) => {
        const { original, before } = countsOf(hole);
        return parses(original, before);
      },
    },
    {
      name: "parseRateAfter",
      description: "With the suggestion, the document has no more syntax errors than the original.",
      better: "higher",
      score: (scored: Scored) => {
        const { hole, prediction } = scored;
        const { original, before } = countsOf(hole);
        return parses(
          original,
          original === undefined || prediction === "" ? before : countChanged(hole, prediction, replacedLength(scored)),
        );
      },
    },
  ];
}
