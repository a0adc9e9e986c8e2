// How much of the suggestion is copied from the text around the caret?
import type { Hole, Metric } from "../hole.js";
import { copiedShare, LexemeIndex } from "./copied.js";

/** UTF-16 units on either side of the caret that are looked at: more than a prompt of 2,048 tokens holds. */
const reach = 10_000;

/** A hole is scored twice, with and without post-processing; its document is read once. */
const known = new WeakMap<Hole, LexemeIndex>();

/** The lexemes of the text before and after a hole. */
export function indexOfFile(hole: Hole): LexemeIndex {
  const index = known.get(hole) ?? new LexemeIndex([hole.prefix.slice(-reach), hole.suffix.slice(0, reach)]);
  known.set(hole, index);
  return index;
}

/** In [0, 1]; undefined for a text that is too short to tell. Copies may be right. */
export const copiedFromFile: Metric = {
  name: "copiedFromFile",
  description: "Share of the suggestion's lexemes in runs of nine or more that stand elsewhere in the document.",
  better: "neither",
  score: ({ prediction, hole }) => copiedShare(prediction, () => indexOfFile(hole)),
};
