// Full-text search: the chunks that have most in common with the code around the caret, by BM25.
import type { ContextSource } from "../contextSource.js";
import { chunkCandidates, nearbyChunks } from "./chunks.js";

/** The source. */
export const bm25: ContextSource = {
  name: "bm25",
  find(query, index, limit) {
    return chunkCandidates(nearbyChunks(query, index).slice(0, limit));
  },
};
