// Chooses the snippets that a prompt has room for, and their order: the most useful nearest the caret, which comes last.
// A model that keeps what it has read must read anew from the first change on, so what is in the prompt stays where it is
// while it is still relevant. Pure: the same ranking after the same answer gives the same answer.
import type { ContextSnippet } from "./contextSource.js";

/**
 * A snippet that is not in the prompt replaces one that is when its score is so many times the other's: reading all anew
 * costs more than a slightly better snippet brings.
 */
const replacementFactor = 1.5;

/** When fewer than this share of what was in the prompt stays, the caret has moved on: everything is put in order. */
const keptShare = 0.5;

/** A snippet below this share of the best one's score is left out: it would fill the prompt with what hardly matters. */
const leastShare = 0.15;

/** What a prompt has room for. */
export interface AssemblyOptions {
  /** Most of what `cost` counts, in all. */
  readonly budget: number;
  /** What a snippet takes of the budget, with its file's name: tokens, or characters where there is no tokenizer. */
  readonly cost: (snippet: ContextSnippet) => number;
}

/**
 * The snippets of a prompt in their order, the most useful last.
 *
 * @param ranked best first; none overlaps another
 * @param previous the answer to the request before, in its order
 */
export function assemble(
  ranked: readonly ContextSnippet[],
  previous: readonly ContextSnippet[],
  { budget, cost }: AssemblyOptions,
): readonly ContextSnippet[] {
  const least = (ranked[0]?.score ?? 0) * leastShare;
  const relevant = ranked.filter(({ score }) => score >= least);
  const byText = new Map(relevant.map((snippet) => [keyOf(snippet), snippet]));
  // As they are ranked now, in the places that they had.
  let kept = previous.flatMap((snippet) => byText.get(keyOf(snippet)) ?? []);
  if (kept.length < previous.length * keptShare) {
    kept = [];
  }
  const isKept = new Set(kept);
  let used = 0;
  for (const snippet of kept) {
    used += cost(snippet);
  }
  // The budget may have shrunk: the least useful go.
  for (const snippet of kept.toSorted((a, b) => a.score - b.score)) {
    if (used > budget && isKept.delete(snippet)) {
      used -= cost(snippet);
    }
  }
  const added: ContextSnippet[] = [];
  for (const snippet of relevant) {
    if (isKept.has(snippet) || kept.includes(snippet)) {
      continue;
    }
    const price = cost(snippet);
    // Weaker ones make room, the weakest first, if that is enough.
    const weaker = [...isKept]
      .filter(({ score }) => score * replacementFactor < snippet.score)
      .sort((a, b) => a.score - b.score);
    const leaving: ContextSnippet[] = [];
    let left = budget - used;
    while (left < price && weaker.length > 0) {
      const weakest = weaker.shift() as ContextSnippet;
      leaving.push(weakest);
      left += cost(weakest);
    }
    if (left < price) {
      continue;
    }
    for (const one of leaving) {
      isKept.delete(one);
    }
    used = budget - left + price;
    added.push(snippet);
  }
  return [...kept.filter((snippet) => isKept.has(snippet)), ...added.toSorted((a, b) => a.score - b.score)];
}

/** The same piece of a file, wherever it has moved to in it. */
function keyOf({ folder, path, text }: ContextSnippet): string {
  return `${folder}\n${path}\n${text}`;
}
