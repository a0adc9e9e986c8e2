// What the developer just edited, and what they just looked at: newest first, the more so the more it has in common with
// the code around the caret.
import { caretSite } from "../caretSite.js";
import { jaccard, signatureOf } from "../codeSignature.js";
import type { Activity, ContextQuery, ContextSource } from "../contextSource.js";
import { bestCandidates, type Scored } from "./candidates.js";
import { chunkSignature, isChunkOutside, visitedChunks } from "./chunks.js";

/** Places whose text is read. */
const mostRead = 16;

/** What likeness adds to recency at most: a place that has nothing in common may still be what one works on. */
const likenessWeight = 2;

/** Edits: code that is being changed together. */
export const recentEdits: ContextSource = recentPlaces("recentEdits", ({ edits }) => edits);

/** Views: what one looks up is what one is about to use. */
export const recentViews: ContextSource = recentPlaces("recentViews", ({ views }) => views);

function recentPlaces(name: string, places: (query: ContextQuery) => readonly Activity[]): ContextSource {
  return {
    name,
    find(query, index, limit) {
      const site = caretSite(query, index);
      const near = signatureOf(site.nearText).terms;
      const chunks = visitedChunks(places(query), index).filter((one) => isChunkOutside(site, one.file, one.index));
      const found: Scored[] = chunks.slice(0, mostRead).flatMap(({ file, index: place, recency }) => {
        const chunk = file.symbols.chunks[place];
        const signature = chunkSignature(query, file, place);
        if (chunk === undefined || signature === undefined) {
          return [];
        }
        const likeness = jaccard(near, signature.terms);
        return [
          { file, ranges: [{ start: chunk.start, end: chunk.end }], score: recency * (1 + likenessWeight * likeness) },
        ];
      });
      return bestCandidates(found, limit);
    },
  };
}
