// Full-text search over the chunks of files, ranked by BM25. Files come and go; the answers are those of an index that
// was made afresh from the files that are there.
import { decodeFileTerms } from "./fileTerms.js";
import { mergeSegments } from "./mergeSegments.js";
import {
  addScores,
  allowChunks,
  bestOf,
  finishScore,
  flatTerms,
  type LengthNorm,
  nextAbove,
  type QueryTerm,
} from "./scoring.js";
import { countChunks, fileOfChunk, findTerm, PostingDecoder, type Segment, segmentBytes } from "./segment.js";
import { type LiveSegment, SegmentSet } from "./segmentSet.js";
import { keyOfTerm } from "./termKey.js";
import { type ChunkHit, TopChunks } from "./topChunks.js";

export type { ChunkHit } from "./topChunks.js";

/** How soon more of the same term stops to count. The usual value (Robertson and Zaragoza 2009, section 3.4). */
const k1 = 1.2;

/** How much a long chunk's terms count for less: 0 not, 1 in proportion. The usual value (the same). */
const b = 0.75;

/** Merges of up to so many bytes happen as a file is added; they take a few milliseconds. */
const mostEagerBytes = 1 << 20;

/**
 * Files that are added one after the other wait until there are so many, and are merged at once: in pairs of pairs each
 * of their terms would be merged three times. Nobody notices, as a search does not leave them waiting.
 */
const mostWaiting = 64;

/**
 * A term in more than this share of all chunks is common. At 1/8, a query of 80 terms has 14 that hold 70% of its
 * postings, and of the chunks 1% get past the bound of what they add (27,847 chunks in six languages). Leaving the common
 * terms out instead, or all but the heaviest 32, finds other chunks: 8 of the ten best are the same.
 */
const commonShare = 1 / 8;

/** Smaller segments are not worth the arrays of common terms. */
const leastFlatSegment = 1024;

export interface ChunkQuery {
  /** Most results. */
  readonly limit: number;
  /** Most terms that are searched for, the heaviest by weight and rarity; all when not given. */
  readonly mostTerms?: number;
  /** Terms, of those that are searched for, of which a chunk must have one. */
  readonly required?: ReadonlySet<string>;
  /** Leaves chunks out before they are counted; asked only about chunks that would be among the results. */
  readonly accepts?: (file: number, chunk: number) => boolean;
}

/** A query's terms that the index has, each kind always in the same order. */
interface WeighedQuery {
  readonly rare: readonly QueryTerm[];
  readonly common: readonly QueryTerm[];
  /** Terms of which a chunk must have one; undefined when it may have any. */
  readonly required: readonly QueryTerm[] | undefined;
  readonly norm: LengthNorm;
}

/** What is noted beside a segment. */
interface SegmentState {
  /** 1 for each deleted chunk; undefined while there is none. */
  deleted: Uint8Array | undefined;
  /** Term's place → how many of its chunks are deleted; what was counted since the last deletion. */
  readonly deletedCounts: Map<number, number>;
  /** Term's place → how often each chunk has it; for common terms that were searched for. */
  readonly flat: Map<number, Uint8Array>;
}

type LiveTermSegment = LiveSegment<Segment, SegmentState>;

/** An inverted index in memory, in segments that are merged. */
export class Bm25Index {
  readonly #set = new SegmentSet<Segment, SegmentState>({
    filesOf: ({ files }) => files,
    entriesOfFile: (segment, place) => lastChunk(segment, place) - firstChunk(segment, place),
    entriesOf: ({ chunkLengths }) => chunkLengths.length,
    bytesOf: segmentBytes,
    createState: () => ({ deleted: undefined, deletedCounts: new Map(), flat: new Map() }),
    onDelete: ({ segment, state }, place) => {
      state.deleted ??= new Uint8Array(segment.chunkLengths.length);
      state.deleted.fill(1, firstChunk(segment, place), lastChunk(segment, place));
      state.deletedCounts.clear();
    },
    merge: mergeSegments,
    mostEagerBytes,
  });
  /** Files that were added and are not in the set yet. */
  readonly #waiting = new Map<number, Segment>();
  #chunks = 0;
  /** Sum of the chunks' lengths. */
  #terms = 0;
  /** Kept from search to search. */
  #scores = new Float64Array();
  readonly #decoder = new PostingDecoder();

  get fileCount(): number {
    return this.#set.fileCount + this.#waiting.size;
  }

  get chunkCount(): number {
    return this.#chunks;
  }

  /** Bytes that the index takes, but for what the engine adds to a map's entries. */
  get byteLength(): number {
    let bytes = this.#set.byteLength;
    for (const segment of this.#waiting.values()) bytes += segmentBytes(segment);
    for (const { segment, state } of this.#set.segments) {
      bytes += (state.deleted?.byteLength ?? 0) + state.flat.size * segment.chunkLengths.length;
    }
    return bytes;
  }

  /**
   * Adds a file, or replaces what the index has of it.
   * @param file - The caller's number for it, from 0 to 2 ** 31 - 1.
   * @param terms - What encodeFileTerms made of it; may come from a disk.
   * @throws DamagedTermsError if the bytes are not whole; the index is as it was.
   */
  addFile(file: number, terms: Uint8Array): void {
    const segment = decodeFileTerms(file, terms);
    this.removeFile(file);
    this.#waiting.set(file, segment);
    this.#chunks += segment.chunkLengths.length;
    this.#terms += sum(segment.chunkLengths, 0, segment.chunkLengths.length);
    if (this.#waiting.size === mostWaiting) this.#addWaiting();
  }

  /** Forgets a file. @returns Whether the index had it. */
  removeFile(file: number): boolean {
    const waiting = this.#waiting.get(file);
    this.#waiting.delete(file);
    const removed = waiting === undefined ? this.#set.remove(file) : { segment: waiting, place: 0 };
    if (removed === undefined) return false;
    const { segment, place } = removed;
    const start = firstChunk(segment, place);
    const end = lastChunk(segment, place);
    this.#chunks -= end - start;
    this.#terms -= sum(segment.chunkLengths, start, end);
    return true;
  }

  /**
   * The best chunks, best first; chunks of equal score by file, then chunk. Exactly BM25's order and scores.
   *
   * Rare terms are added up for all chunks that have them. What the common ones can still add is bounded, so only the
   * chunks that may come in with it are looked at one by one (MaxScore: Turtle and Flood 1995).
   * @param terms - Normalized terms with their weights above 0; those of queryTermsOf (terms.ts) for code.
   */
  search(terms: ReadonlyMap<string, number>, { limit, accepts, ...options }: ChunkQuery): readonly ChunkHit[] {
    this.#addWaiting();
    const top = new TopChunks(limit);
    const query = this.#weigh(terms, options);
    for (const [number, live] of this.#set.segments.entries()) this.#searchSegment(live, number, query, top, accepts);
    return top.sorted();
  }

  /**
   * Merges segments that grew too many while files were added; searches are faster afterwards. Call it when there is
   * time: between two steps (about a millisecond each) the index may be changed and searched.
   */
  merge(): Generator<void, void> {
    this.#addWaiting();
    return this.#set.merge();
  }

  /** @param number - The segment's, in the terms' places. */
  #searchSegment(
    live: LiveTermSegment,
    number: number,
    query: WeighedQuery,
    top: TopChunks,
    accepts: ChunkQuery["accepts"],
  ): void {
    const { segment, state } = live;
    const { chunkLengths, firstChunks, files } = segment;
    const { rare, common, required, norm } = query;
    const chunks = chunkLengths.length;
    const scores = this.#clearedScores(chunks, required === undefined ? 0 : Number.NEGATIVE_INFINITY);
    if (required !== undefined) allowChunks(segment, number, required, scores, this.#decoder);
    const isSmall = chunks < leastFlatSegment;
    addScores(segment, number, rare, norm, scores);
    if (isSmall) addScores(segment, number, common, norm, scores);
    const rest = isSmall ? [] : flatTerms(segment, state.flat, number, common, this.#decoder);

    const offer = (chunk: number): void => {
      if (state.deleted?.[chunk] === 1) return;
      const { threshold } = top;
      const rareScore = scores[chunk] as number;
      const score = finishScore(rareScore, chunk, rest, norm, chunkLengths[chunk] as number, threshold);
      if (score === 0 || score < threshold) return;
      const place = fileOfChunk(segment, chunk);
      const hit = { file: files[place] as number, chunk: chunk - (firstChunks[place] as number), score };
      if (top.wants(hit) && (accepts?.(hit.file, hit.chunk) ?? true)) top.add(hit);
    };
    // The most promising first: the sooner the threshold is high, the fewer are looked at.
    const first = new Set(rest.length === 0 ? [] : bestOf(scores, chunks, top.limit));
    for (const chunk of first) offer(chunk);
    const bound = rest[0]?.bound ?? 0;
    for (let chunk = nextAbove(scores, 0, chunks, top.threshold - bound); chunk < chunks; ) {
      if (!first.has(chunk)) offer(chunk);
      chunk = nextAbove(scores, chunk + 1, chunks, top.threshold - bound);
    }
  }

  #addWaiting(): void {
    this.#set.addAll([...this.#waiting.values()]);
    this.#waiting.clear();
  }

  /** The query's terms that the index has, with their factors in the score; always in the same order. */
  #weigh(
    terms: ReadonlyMap<string, number>,
    { mostTerms, required: names }: Pick<ChunkQuery, "mostTerms" | "required">,
  ): WeighedQuery {
    const found: { readonly term: QueryTerm; readonly isCommon: boolean; readonly isRequired: boolean }[] = [];
    for (const [term, weight] of terms) {
      if (!(weight > 0)) continue;
      const key = keyOfTerm(term);
      const { segments } = this.#set;
      const places = new Int32Array(segments.length);
      let count = 0;
      for (let number = 0; number < places.length; number++) {
        const live = segments[number] as LiveTermSegment;
        const place = findTerm(live.segment, key);
        places[number] = place;
        if (place >= 0) count += countLive(live, place, this.#decoder);
      }
      if (count === 0) continue;
      // Lucene's variant, which is never negative (BM25Similarity; Robertson and Spärck Jones's has no "1 +").
      const rarity = Math.log(1 + (this.#chunks - count + 0.5) / (count + 0.5));
      found.push({
        term: { key, weight: weight * rarity * (k1 + 1), places },
        isCommon: count > commonShare * this.#chunks,
        isRequired: names?.has(term) ?? false,
      });
    }
    // In a fixed order the sums are rounded alike, however the files came in. Heavy terms lift the threshold early.
    found.sort(({ term: a }, { term: z }) => z.weight - a.weight || a.key - z.key);
    const heaviest = found.filter(({ isRequired }, place) => isRequired || place < (mostTerms ?? found.length));
    return {
      rare: heaviest.filter(({ isCommon }) => !isCommon).map(({ term }) => term),
      common: heaviest.filter(({ isCommon }) => isCommon).map(({ term }) => term),
      required: names && heaviest.filter(({ isRequired }) => isRequired).map(({ term }) => term),
      norm: { base: k1 * (1 - b), slope: (k1 * b * this.#chunks) / this.#terms },
    };
  }

  /** A score for each chunk. @param start - The score that each has: chunks with −∞ keep it, whatever is added. */
  #clearedScores(chunks: number, start: number): Float64Array {
    if (this.#scores.length < chunks) this.#scores = new Float64Array(chunks);
    this.#scores.fill(start, 0, chunks);
    return this.#scores;
  }
}

/** How many chunks of a segment hold a term and are not deleted. */
function countLive({ segment, state }: LiveTermSegment, term: number, decoder: PostingDecoder): number {
  const { deleted, deletedCounts } = state;
  const count = countChunks(segment, term);
  if (deleted === undefined) return count;
  let gone = deletedCounts.get(term);
  if (gone === undefined) {
    decoder.decode(segment, term);
    gone = 0;
    for (let index = 0; index < count; index++) gone += deleted[decoder.chunks[index] as number] as number;
    deletedCounts.set(term, gone);
  }
  return count - gone;
}

function firstChunk({ firstChunks }: Segment, place: number): number {
  return firstChunks[place] as number;
}

function lastChunk({ firstChunks }: Segment, place: number): number {
  return firstChunks[place + 1] as number;
}

function sum(values: Uint16Array, start: number, end: number): number {
  let total = 0;
  for (let index = start; index < end; index++) total += values[index] as number;
  return total;
}
