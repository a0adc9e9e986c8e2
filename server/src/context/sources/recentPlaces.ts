// What the developer just edited, and what they just looked at: newest first, the more so the more it has in common with
// the code around the caret.
import { caretSite } from "../caretSite.js";
import type { Activity, ContextQuery, ContextSource } from "../contextSource.js";
import { termsOf } from "../search/terms.js";
import { bestCandidates, type Scored } from "./candidates.js";
import { chunkText, isChunkOutside, visitedChunks } from "./chunks.js";
import { jaccard } from "./similarCode.js";

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
      const near = new Set(termsOf(site.nearText).keys());
      const chunks = visitedChunks(places(query), index).filter((one) => isChunkOutside(site, one.file, one.index));
      const found: Scored[] = chunks.slice(0, mostRead).flatMap(({ file, index: place, recency }) => {
        const chunk = file.symbols.chunks[place];
        const text = chunkText(query, file, place);
        if (chunk === undefined || text === undefined) {
          return [];
        }
        const likeness = jaccard(near, new Set(termsOf(text).keys()));
        return [
          { file, ranges: [{ start: chunk.start, end: chunk.end }], score: recency * (1 + likenessWeight * likeness) },
        ];
      });
      return bestCandidates(found, limit);
    },
  };
}
