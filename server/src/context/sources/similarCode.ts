// The method or block most like the one around the caret: by the names that both use (Jaccard index of their terms) and
// by their shape (Jaccard index of pairs of neighbouring tokens, names and literals aside). BM25 finds what to compare.
import { caretSite } from "../caretSite.js";
import type { ContextQuery, ContextSource } from "../contextSource.js";
import type { RepositoryIndex } from "../repositoryIndex.js";
import { termsOf } from "../search/terms.js";
import { isCallable } from "../shapes.js";
import { bestCandidates, type Scored } from "./candidates.js";
import { chunkText, searchOutside } from "./chunks.js";

/** Chunks that are compared; reading a text takes longer than finding it. */
const mostCompared = 16;

/** The part of the enclosing function that is compared, in characters before and after the caret. */
const reach = 1200;

/** Of the likeness, what the names say; the rest is the shape. */
const nameShare = 0.7;

/** Words that shape code in most languages; all other words are names. */
const shapingWords = new Set(
  (
    "if else elif elsif unless switch match case when for foreach while until loop do return yield break continue " +
    "throw raise try catch except finally rescue ensure with using new await async def func fn function fun class " +
    "struct interface enum import let var const val in of not and or is null nil none true false self this"
  ).split(" "),
);
const longestShapingWord = Math.max(...[...shapingWords].map(({ length }) => length));

/** The source. */
export const similarCode: ContextSource = {
  name: "similarCode",
  find(query, index, limit) {
    const site = caretSite(query, index);
    const around = textAround(query, index);
    const terms = termsOf(around);
    if (terms.size === 0) {
      return [];
    }
    const names = new Set(terms.keys());
    const shape = shapeOf(around);
    const chunks = searchOutside(site, terms, index, mostCompared);
    const found: Scored[] = chunks.flatMap(({ file, index: place }) => {
      const chunk = file.symbols.chunks[place];
      const text = chunkText(query, file, place);
      if (chunk === undefined || text === undefined) {
        return [];
      }
      const score =
        nameShare * jaccard(names, new Set(termsOf(text).keys())) + (1 - nameShare) * jaccard(shape, shapeOf(text));
      return [{ file, ranges: [{ start: chunk.start, end: chunk.end }], score }];
    });
    return bestCandidates(found, limit);
  },
};

/** The function around the caret, or the code near it where there is none. */
function textAround(query: ContextQuery, index: RepositoryIndex): string {
  const { file, enclosing, offset } = caretSite(query, index);
  const around = enclosing.map((place) => file?.symbols.definitions[place]).find((one) => one && isCallable(one));
  // By distance from the caret: the text may have grown since the index saw it.
  const before = around === undefined ? reach / 2 : Math.min(reach, offset - around.start);
  const after = around === undefined ? reach / 4 : Math.min(reach, around.end - offset);
  return query.text.slice(Math.max(0, query.offset - before), query.offset + after);
}

/** Pairs of neighbouring tokens: punctuation and shaping words as they are, names as `n`, numbers as `0`. */
export function shapeOf(text: string): ReadonlySet<string> {
  const pairs = new Set<string>();
  let previous = "";
  for (const [token] of text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*|[^\s\p{L}\p{N}_$]/gu)) {
    const kind = kindOf(token);
    pairs.add(`${previous} ${kind}`);
    previous = kind;
  }
  return pairs;
}

function kindOf(token: string): string {
  const first = token.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    return "0";
  }
  if (!/^[\p{L}_$]/u.test(token)) {
    return token;
  }
  const word = token.length > longestShapingWord ? "" : token.toLowerCase();
  return shapingWords.has(word) ? word : "n";
}

/** Share of what two sets have in common of what they have together, in [0, 1]. */
export function jaccard(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const [small, large] = one.size < other.size ? [one, other] : [other, one];
  let common = 0;
  for (const item of small) {
    common += Number(large.has(item));
  }
  const together = one.size + other.size - common;
  return together === 0 ? 0 : common / together;
}
