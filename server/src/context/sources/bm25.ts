// Full-text search: the chunks that have most in common with the code around the caret, by BM25.
import { caretSite } from "../caretSite.js";
import type { ContextSource } from "../contextSource.js";
import { queryTermsOf } from "../search/terms.js";
import { chunkCandidates, searchOutside } from "./chunks.js";

/** The source. */
export const bm25: ContextSource = {
  name: "bm25",
  find(query, index, limit) {
    const site = caretSite(query, index);
    return chunkCandidates(searchOutside(site, queryTermsOf(site.nearText), index, { limit }));
  },
};
