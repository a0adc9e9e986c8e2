// What the sources do alike with chunks, the pieces of files that follow syntax.
import { type CaretSite, caretSite, isOutsideWindow, isOwnFile, textOf } from "../caretSite.js";
import { type CodeSignature, signatureOf } from "../codeSignature.js";
import type { Activity, Candidate, ContextQuery } from "../contextSource.js";
import type { ChunkSearchOptions, IndexedFile, LocatedChunk, RepositoryIndex } from "../repositoryIndex.js";
import { queryTermsOf } from "../search/terms.js";
import { overlap } from "../textRanges.js";

/** Chunks that were found, as candidates; in their order. */
export function chunkCandidates(chunks: readonly LocatedChunk[]): readonly Candidate[] {
  return chunks.flatMap(({ file, index, score }) => {
    const chunk = file.symbols.chunks[index];
    return chunk === undefined ? [] : [{ file, ranges: [{ start: chunk.start, end: chunk.end }], score }];
  });
}

/** The text of a chunk; undefined when the file has gone or changed. */
export function chunkText(query: ContextQuery, file: IndexedFile, place: number): string | undefined {
  const chunk = file.symbols.chunks[place];
  return chunk && textOf(query, file)?.slice(chunk.start, chunk.end);
}

/** By file as the index has it now, then by chunk: those that one request compares, the next one mostly compares again. */
const signatures = new WeakMap<IndexedFile, Map<number, CodeSignature>>();

/** What a chunk looks like; undefined when the file has gone or changed. */
export function chunkSignature(query: ContextQuery, file: IndexedFile, place: number): CodeSignature | undefined {
  const ofFile = signatures.get(file) ?? new Map<number, CodeSignature>();
  const known = ofFile.get(place);
  if (known !== undefined) {
    return known;
  }
  const text = chunkText(query, file, place);
  if (text === undefined) {
    return undefined;
  }
  const signature = signatureOf(text);
  ofFile.set(place, signature);
  signatures.set(file, ofFile);
  return signature;
}

/** Is a chunk outside of the window? What is in it would be the best match for itself. */
export function isChunkOutside(site: CaretSite, file: IndexedFile, place: number): boolean {
  const chunk = isOwnFile(site, file) ? file.symbols.chunks[place] : undefined;
  return chunk === undefined || isOutsideWindow(site, file, [chunk]);
}

/** The best chunks that are not in the window. */
export function searchOutside(
  site: CaretSite,
  terms: ReadonlyMap<string, number>,
  index: RepositoryIndex,
  { limit, ...options }: ChunkSearchOptions,
): readonly LocatedChunk[] {
  const inside = site.file?.symbols.chunks.filter((chunk) => overlap([chunk], [site.window])).length ?? 0;
  // So many more are asked for: to leave them out afterwards costs less than to look at every chunk that matches.
  const found = index.searchChunks(terms, { ...options, limit: limit + inside });
  return found.filter((chunk) => isChunkOutside(site, chunk.file, chunk.index)).slice(0, limit);
}

/** Chunks that are found for the code around a caret: bm25 names them, similarCode compares them, similarUses reads them. */
const mostNearby = 16;

/**
 * Terms that they are searched by, the rarest: what is common costs most and says least. On the dev packages of
 * test/contextRecall all terms of the code around the caret find no more.
 */
const nearbyTerms = 32;

const nearby = new WeakMap<ContextQuery, readonly LocatedChunk[]>();

/** The chunks that have most in common with the code around the caret, by BM25; searched for once for each query. */
export function nearbyChunks(query: ContextQuery, index: RepositoryIndex): readonly LocatedChunk[] {
  let found = nearby.get(query);
  if (found === undefined) {
    const site = caretSite(query, index);
    found = searchOutside(site, queryTermsOf(site.nearText), index, {
      limit: mostNearby,
      mostTerms: nearbyTerms,
    });
    nearby.set(query, found);
  }
  return found;
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
