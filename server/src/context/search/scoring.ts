// BM25 over one segment: the sums of rare terms for all chunks, those of common terms for single chunks.
import { addPostings, type PostingDecoder, type Segment } from "./segment.js";

/** A term of the query. */
export interface QueryTerm {
  readonly key: number;
  /** Its factor in the score: weight × idf × (k1 + 1). */
  readonly weight: number;
  /** Per segment the term's place in it, -1 where it lacks the term. */
  readonly places: Int32Array;
}

/** A chunk's part of a term is weight × times / (times + base + slope × the chunk's length). */
export interface LengthNorm {
  readonly base: number;
  readonly slope: number;
}

/** Adds what the terms give to each chunk's score, term by term. @param number - The segment's, in the terms' places. */
export function addScores(
  segment: Segment,
  number: number,
  terms: readonly QueryTerm[],
  { base, slope }: LengthNorm,
  scores: Float64Array,
): void {
  for (const { weight, places } of terms) {
    const term = places[number] as number;
    if (term >= 0) addPostings(segment, term, weight, base, slope, scores);
  }
}

/** Gives a score of 0 to the chunks that have one of the terms. @param number - The segment's, in the terms' places. */
export function allowChunks(
  segment: Segment,
  number: number,
  terms: readonly QueryTerm[],
  scores: Float64Array,
  decoder: PostingDecoder,
): void {
  for (const { places } of terms) {
    const term = places[number] as number;
    const count = term < 0 ? 0 : decoder.decode(segment, term);
    for (let index = 0; index < count; index++) scores[decoder.chunks[index] as number] = 0;
  }
}

/** The first chunk, from one on, whose score is no lower than a threshold; `chunks` if there is none. */
export function nextAbove(scores: Float64Array, from: number, chunks: number, threshold: number): number {
  for (let chunk = from; chunk < chunks; chunk++) {
    if ((scores[chunk] as number) >= threshold) return chunk;
  }
  return chunks;
}

/** A common term, spread out: how often each chunk has it can be looked up. */
export interface FlatTerm {
  readonly weight: number;
  readonly times: Uint8Array;
  /** At least what this term and all after it can add to a score. */
  readonly bound: number;
}

/** More than any rounding of a sum of a few hundred numbers. */
const roundingSlack = 1 + 1e-9;

/**
 * Spreads out the terms that a segment has.
 * @param flat - By the term's place; kept, and filled here.
 * @param number - The segment's, in the terms' places.
 */
export function flatTerms(
  segment: Segment,
  flat: Map<number, Uint8Array>,
  number: number,
  terms: readonly QueryTerm[],
  decoder: PostingDecoder,
): readonly FlatTerm[] {
  const found: FlatTerm[] = [];
  let bound = 0;
  for (const { weight, places } of terms.toReversed()) {
    const term = places[number] as number;
    if (term < 0) continue;
    let times = flat.get(term);
    if (times === undefined) {
      times = new Uint8Array(segment.chunkLengths.length);
      const count = decoder.decode(segment, term);
      for (let index = 0; index < count; index++)
        times[decoder.chunks[index] as number] = decoder.times[index] as number;
      flat.set(term, times);
    }
    bound += weight;
    found.push({ weight, times, bound: bound * roundingSlack });
  }
  return found.reverse();
}

/**
 * Adds what the common terms give to one chunk's score.
 * @returns The score; 0 as soon as it cannot reach the threshold.
 */
export function finishScore(
  score: number,
  chunk: number,
  terms: readonly FlatTerm[],
  { base, slope }: LengthNorm,
  length: number,
  threshold: number,
): number {
  const norm = base + slope * length;
  let sum = score;
  for (const { weight, times, bound } of terms) {
    if (sum + bound < threshold) return 0;
    const repeated = times[chunk] as number;
    if (repeated > 0) sum += (weight * repeated) / (repeated + norm);
  }
  return sum;
}

/** The chunks with the highest scores above 0, at most `limit`, in no order. */
export function bestOf(scores: Float64Array, chunks: number, limit: number): readonly number[] {
  const best: number[] = [];
  let least = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const score = scores[chunk] as number;
    if (score <= least) continue;
    if (best.length < limit) {
      best.push(chunk);
    } else {
      let lowest = 0;
      for (let index = 1; index < best.length; index++) {
        if ((scores[best[index] as number] as number) < (scores[best[lowest] as number] as number)) lowest = index;
      }
      best[lowest] = chunk;
    }
    if (best.length === limit)
      least = best.reduce((low, one) => Math.min(low, scores[one] as number), Number.POSITIVE_INFINITY);
  }
  return best;
}
