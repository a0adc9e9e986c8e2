// Full-text search over the chunks of files, ranked by BM25. Files come and go; the answers are those of an index that
// was made afresh from the files that are there.
import { decodeFileTerms } from "./fileTerms.js";
import { mergeSegments } from "./mergeSegments.js";
import { addScores, bestOf, finishScore, flatTerms, type LengthNorm, nextAbove, type QueryTerm } from "./scoring.js";
import { countChunks, fileOfChunk, findTerm, PostingDecoder, type Segment, segmentBytes } from "./segment.js";
import { keyOfTerm } from "./termKey.js";
import { type ChunkHit, TopChunks } from "./topChunks.js";

export type { ChunkHit } from "./topChunks.js";

/** How soon more of the same term stops to count. The usual value (Robertson and Zaragoza 2009, section 3.4). */
const k1 = 1.2;

/** How much a long chunk's terms count for less: 0 not, 1 in proportion. The usual value (the same). */
const b = 0.75;

/** As many segments of about the same size are merged into one: fewer make searches slower, more make updates slower. */
const mergedAtOnce = 4;

/** Merges of up to so many bytes happen as a file is added; they take a few milliseconds. Others wait for `merge`. */
const largestEagerMerge = 1 << 20;

/** A segment with more than this share of deleted chunks is written anew. */
const mostDeleted = 0.25;

/** A term in more than this share of all chunks is common. At 1/8, a query of 80 terms has 14 that hold 70% of its
 * postings, and of the chunks 1% get past the bound of what they add (27,847 chunks in six languages). */
const commonShare = 1 / 8;

/** Smaller segments are not worth the arrays of common terms. */
const leastFlatSegment = 4096;

export interface ChunkQuery {
  /** Most results. */
  readonly limit: number;
  /** Leaves chunks out before they are counted; asked only about chunks that would be among the results. */
  readonly accepts?: (file: number, chunk: number) => boolean;
}

/** A query's terms that the index has, each kind always in the same order. */
interface WeighedQuery {
  readonly rare: readonly QueryTerm[];
  readonly common: readonly QueryTerm[];
  readonly norm: LengthNorm;
}

/** A segment and what was deleted of it since it was written. */
interface LiveSegment {
  readonly segment: Segment;
  /** Files that are not deleted. */
  files: number;
  /** 1 for each deleted chunk; undefined while there is none. */
  deleted: Uint8Array | undefined;
  deletedChunks: number;
  /** Term's place → how many of its chunks are deleted; what was counted since the last deletion. */
  readonly deletedCounts: Map<number, number>;
  /** Term's place → how often each chunk has it; for common terms that were searched for. */
  readonly flat: Map<number, Uint8Array>;
  /** It is being merged; no other merge may take it. */
  busy: boolean;
}

/** An inverted index in memory, in segments that are merged (O'Neil et al. 1996, the log-structured merge-tree). */
export class Bm25Index {
  #segments: LiveSegment[] = [];
  readonly #places = new Map<number, LiveSegment>();
  #chunks = 0;
  /** Sum of the chunks' lengths. */
  #terms = 0;
  /** Kept from search to search. */
  #scores = new Float64Array();
  readonly #decoder = new PostingDecoder();

  get fileCount(): number {
    return this.#places.size;
  }

  get chunkCount(): number {
    return this.#chunks;
  }

  /** Bytes that the index takes, but for what the engine adds to a map's entries. */
  get byteLength(): number {
    let bytes = this.#places.size * 40;
    for (const { segment, deleted, flat } of this.#segments) {
      bytes += segmentBytes(segment) + (deleted?.byteLength ?? 0) + flat.size * segment.chunkLengths.length;
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
    const live = this.#push(segment);
    this.#places.set(file, live);
    this.#chunks += segment.chunkLengths.length;
    this.#terms += sum(segment.chunkLengths, 0, segment.chunkLengths.length);
    for (
      let group = this.#nextMerge(largestEagerMerge);
      group !== undefined;
      group = this.#nextMerge(largestEagerMerge)
    ) {
      for (const _ of this.#merge(group));
    }
  }

  /** Forgets a file. @returns Whether the index had it. */
  removeFile(file: number): boolean {
    const live = this.#places.get(file);
    if (live === undefined) return false;
    this.#places.delete(file);
    const { segment } = live;
    const place = segment.files.indexOf(file);
    const start = segment.firstChunks[place] as number;
    const end = segment.firstChunks[place + 1] as number;
    this.#chunks -= end - start;
    this.#terms -= sum(segment.chunkLengths, start, end);
    this.#delete(live, place);
    return true;
  }

  /**
   * The best chunks, best first; chunks of equal score by file, then chunk. Exactly BM25's order and scores.
   *
   * Rare terms are added up for all chunks that have them. What the common ones can still add is bounded, so only the
   * chunks that may come in with it are looked at one by one (MaxScore: Turtle and Flood 1995).
   * @param terms - Normalized terms (terms.ts) with their weights: how often the query has them, or less.
   */
  search(terms: ReadonlyMap<string, number>, { limit, accepts }: ChunkQuery): readonly ChunkHit[] {
    const top = new TopChunks(limit);
    const query = this.#weigh(terms);
    for (let number = 0; number < this.#segments.length; number++) this.#searchSegment(number, query, top, accepts);
    return top.sorted();
  }

  /**
   * Merges segments that grew too many while files were added; searches are faster afterwards. Call it when there is
   * time: between two steps (about a millisecond each) the index may be changed and searched.
   */
  *merge(): Generator<void, void> {
    for (;;) {
      const group = this.#nextMerge(Number.POSITIVE_INFINITY);
      if (group === undefined) return;
      yield* this.#merge(group);
    }
  }

  #searchSegment(number: number, query: WeighedQuery, top: TopChunks, accepts: ChunkQuery["accepts"]): void {
    const live = this.#segments[number] as LiveSegment;
    const { segment, deleted } = live;
    const { chunkLengths, firstChunks, files } = segment;
    const { rare, common, norm } = query;
    const chunks = chunkLengths.length;
    const scores = this.#clearedScores(chunks);
    const isSmall = chunks < leastFlatSegment;
    addScores(segment, number, rare, norm, scores);
    if (isSmall) addScores(segment, number, common, norm, scores);
    const rest = isSmall ? [] : flatTerms(live, number, common, this.#decoder);

    const offer = (chunk: number): void => {
      if (deleted?.[chunk] === 1) return;
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

  /** The query's terms that the index has, with their factors in the score; always in the same order. */
  #weigh(terms: ReadonlyMap<string, number>): WeighedQuery {
    const rare: QueryTerm[] = [];
    const common: QueryTerm[] = [];
    for (const [term, weight] of terms) {
      if (!(weight > 0)) continue;
      const key = keyOfTerm(term);
      const places = new Int32Array(this.#segments.length);
      let count = 0;
      for (let number = 0; number < places.length; number++) {
        const live = this.#segments[number] as LiveSegment;
        const place = findTerm(live.segment, key);
        places[number] = place;
        if (place >= 0) count += countLive(live, place, this.#decoder);
      }
      if (count === 0) continue;
      // Lucene's variant, which is never negative (BM25Similarity; Robertson and Spärck Jones's has no "1 +").
      const rarity = Math.log(1 + (this.#chunks - count + 0.5) / (count + 0.5));
      (count > commonShare * this.#chunks ? common : rare).push({ key, weight: weight * rarity * (k1 + 1), places });
    }
    // In a fixed order the sums are rounded alike, however the files came in. Heavy terms lift the threshold early.
    const compare = (a: QueryTerm, z: QueryTerm): number => z.weight - a.weight || a.key - z.key;
    const norm = { base: k1 * (1 - b), slope: (k1 * b * this.#chunks) / this.#terms };
    return { rare: rare.sort(compare), common: common.sort(compare), norm };
  }

  #clearedScores(chunks: number): Float64Array {
    if (this.#scores.length < chunks) this.#scores = new Float64Array(chunks);
    else this.#scores.fill(0, 0, chunks);
    return this.#scores;
  }

  #push(segment: Segment): LiveSegment {
    const live: LiveSegment = {
      segment,
      files: segment.files.length,
      deleted: undefined,
      deletedChunks: 0,
      deletedCounts: new Map(),
      flat: new Map(),
      busy: false,
    };
    this.#segments.push(live);
    return live;
  }

  #delete(live: LiveSegment, place: number): void {
    const { firstChunks, chunkLengths } = live.segment;
    const start = firstChunks[place] as number;
    const end = firstChunks[place + 1] as number;
    live.deleted ??= new Uint8Array(chunkLengths.length);
    live.deleted.fill(1, start, end);
    live.deletedChunks += end - start;
    live.deletedCounts.clear();
    live.files--;
    if (live.files === 0 && !live.busy) this.#segments = this.#segments.filter((other) => other !== live);
  }

  /** Segments that are due to be merged, of at most so many bytes together; undefined if there are none. */
  #nextMerge(mostBytes: number): readonly LiveSegment[] | undefined {
    const tiers = new Map<number, LiveSegment[]>();
    for (const live of this.#segments) {
      if (live.busy) continue;
      const bytes = segmentBytes(live.segment);
      if (bytes <= mostBytes && live.deletedChunks > mostDeleted * live.segment.chunkLengths.length) return [live];
      const tier = Math.floor(Math.log(bytes) / Math.log(mergedAtOnce));
      const group = tiers.get(tier) ?? [];
      group.push(live);
      tiers.set(tier, group);
      if (group.length < mergedAtOnce) continue;
      if (group.reduce((total, { segment }) => total + segmentBytes(segment), 0) <= mostBytes) return group;
    }
    return undefined;
  }

  *#merge(group: readonly LiveSegment[]): Generator<void, void> {
    for (const live of group) live.busy = true;
    try {
      const segment = yield* mergeSegments(
        group.map((live) => ({
          segment: live.segment,
          isDeleted: (place: number) => this.#places.get(live.segment.files[place] as number) !== live,
        })),
      );
      this.#segments = this.#segments.filter((live) => !group.includes(live));
      const merged = this.#push(segment);
      // Between two steps files may have been removed or replaced.
      const gone = [...segment.files.entries()].filter(([, file]) => {
        const live = this.#places.get(file);
        if (live === undefined || !group.includes(live)) return true;
        this.#places.set(file, merged);
        return false;
      });
      for (const [place] of gone) this.#delete(merged, place);
      if (merged.files === 0) this.#segments = this.#segments.filter((live) => live !== merged);
    } finally {
      for (const live of group) live.busy = false;
    }
  }
}

/** How many chunks of a segment hold a term and are not deleted. */
function countLive({ segment, deleted, deletedCounts }: LiveSegment, term: number, decoder: PostingDecoder): number {
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

function sum(values: Uint16Array, start: number, end: number): number {
  let total = 0;
  for (let index = start; index < end; index++) total += values[index] as number;
  return total;
}
