// The method or block most like the one around the caret: by the names that both use (Jaccard index of their terms) and
// by their shape (Jaccard index of pairs of neighbouring tokens, names and literals aside). BM25 finds what to compare.
import { caretSite } from "../caretSite.js";
import { jaccard, signatureOf } from "../codeSignature.js";
import type { ContextQuery, ContextSource } from "../contextSource.js";
import type { RepositoryIndex } from "../repositoryIndex.js";
import { isCallable } from "../shapes.js";
import { bestCandidates, type Scored } from "./candidates.js";
import { chunkSignature, nearbyChunks } from "./chunks.js";

/** The part of the enclosing function that is compared, in characters before and after the caret. */
const reach = 1200;

/** Of the likeness, what the names say; the rest is the shape. */
const nameShare = 0.7;

/** The source. */
export const similarCode: ContextSource = {
  name: "similarCode",
  find(query, index, limit) {
    const around = textAround(query, index);
    const own = signatureOf(around);
    if (own.terms.length === 0) {
      return [];
    }
    const found: Scored[] = nearbyChunks(query, index).flatMap(({ file, index: place }) => {
      const chunk = file.symbols.chunks[place];
      const signature = chunkSignature(query, file, place);
      if (chunk === undefined || signature === undefined) {
        return [];
      }
      const score =
        nameShare * jaccard(own.terms, signature.terms) + (1 - nameShare) * jaccard(own.shape, signature.shape);
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
