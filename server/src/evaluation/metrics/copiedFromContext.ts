// How much of the suggestion is copied from the snippets in the prompt?
import type { Metric } from "../hole.js";
import { copiedShare, LexemeIndex } from "./copied.js";

/** A suggestion is scored twice, with and without post-processing; its snippets are read once. */
const known = new WeakMap<readonly string[], LexemeIndex>();

/** The lexemes of the snippets. */
export function indexOfSnippets(snippets: readonly string[]): LexemeIndex {
  const index = known.get(snippets) ?? new LexemeIndex(snippets);
  known.set(snippets, index);
  return index;
}

/** In [0, 1]; undefined without snippets, and for a text that is too short to tell. Copies may be right. */
export const copiedFromContext: Metric = {
  name: "copiedFromContext",
  description: "Share of the suggestion's lexemes in runs of nine or more that stand in a snippet of the prompt.",
  better: "neither",
  score: ({ prediction, suggestion: { snippets } }) =>
    snippets.length === 0 ? undefined : copiedShare(prediction, () => indexOfSnippets(snippets)),
};
