// What the sources do alike with chunks, the pieces of files that follow syntax.
import { type CaretSite, isOutsideWindow } from "../caretSite.js";
import type { Activity, Candidate } from "../contextSource.js";
import type { ChunkSearchOptions, IndexedFile, LocatedChunk, RepositoryIndex } from "../repositoryIndex.js";

/** Chunks that were found, as candidates; in their order. */
export function chunkCandidates(chunks: readonly LocatedChunk[]): readonly Candidate[] {
  return chunks.flatMap(({ file, index, score }) => {
    const chunk = file.symbols.chunks[index];
    return chunk === undefined ? [] : [{ file, ranges: [{ start: chunk.start, end: chunk.end }], score }];
  });
}

/** Leaves out what stands in the window: it would be the best match for itself. */
export function outsideWindow(site: CaretSite): NonNullable<ChunkSearchOptions["accepts"]> {
  return (file, place) => {
    if (file !== site.file) {
      return true;
    }
    const chunk = file.symbols.chunks[place];
    return chunk !== undefined && isOutsideWindow(site, file, [chunk]);
  };
}

/** A place where the developer was, as the chunks that it lies in. */
export interface VisitedChunk {
  readonly file: IndexedFile;
  readonly index: number;
  /** How recent, in (0, 1]: 1 for the newest. */
  readonly recency: number;
}

/** Chunks at most that one visit is taken for: a whole window of code is no answer. */
const mostOfOneVisit = 3;

/** So many visits later, a visit counts half. */
const visitHalfLife = 4;

/** The chunks of what was edited or viewed, newest first, each once. */
export function visitedChunks(visits: readonly Activity[], index: RepositoryIndex): readonly VisitedChunk[] {
  const seen = new Set<string>();
  return visits.flatMap(({ folder, path, start, end }, place) => {
    const file = index.file(folder, path);
    if (file === undefined) {
      return [];
    }
    const { chunks } = file.symbols;
    const found: VisitedChunk[] = [];
    for (const [at, chunk] of chunks.entries()) {
      const isHere = chunk.start < Math.max(end, start + 1) && start < chunk.end;
      if (isHere && !seen.has(`${file.id}:${at}`) && found.length < mostOfOneVisit) {
        seen.add(`${file.id}:${at}`);
        found.push({ file, index: at, recency: 0.5 ** (place / visitHalfLife) });
      }
    }
    return found;
  });
}
