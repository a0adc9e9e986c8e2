// A part of the index that never changes: the chunks of some files, and for each of their terms the chunks that hold it.
// Deletions are marked beside it (bm25Index.ts); a merge writes a new segment without them.

import type { ByteWriter } from "./byteWriter.js";
import { lastAtOrBefore } from "./lastAtOrBefore.js";

/** Most that the length of a chunk is counted as, in terms: 16 bits are kept of it. */
export const longestChunk = 0xffff;

/** Most that a term is counted in a chunk: more changes BM25 by less than 0.5% of the term's part. */
export const mostTimes = 0xff;

/**
 * Chunks are numbered through the segment, file by file. The postings of a term are its number of chunks, then for each
 * chunk 4 × (distance from the one before − 1) + min(times, 4) − 1, and a byte of the times where they are 4 or more.
 * Numbers are varints (byteWriter.ts).
 */
export interface Segment {
  /** Keys of the terms (termKey.ts), ascending. */
  readonly keys: Float64Array;
  /** Where the postings of each term begin, and where the last end; one longer than `keys`. */
  readonly offsets: Uint32Array;
  readonly postings: Uint8Array;
  /** Terms in each chunk, repeated ones included. */
  readonly chunkLengths: Uint16Array;
  /** The caller's numbers of the files. */
  readonly files: Int32Array;
  /** Number of each file's first chunk, and the number of chunks; one longer than `files`. */
  readonly firstChunks: Uint32Array;
}

/** Bytes that a segment takes. */
export function segmentBytes(segment: Segment): number {
  return (
    segment.keys.byteLength +
    segment.offsets.byteLength +
    segment.postings.byteLength +
    segment.chunkLengths.byteLength +
    segment.files.byteLength +
    segment.firstChunks.byteLength
  );
}

/**
 * The place of a key among the terms; -1 if the segment lacks it. Keys are hashes, spread evenly, so that guessing where
 * one must be takes 3 steps where halving takes 17 (interpolation search: Perl, Itai and Avni 1978).
 */
export function findTerm({ keys }: Segment, key: number): number {
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const lowest = keys[low] as number;
    const highest = keys[high] as number;
    if (key < lowest || key > highest) return -1;
    const middle = low === high ? low : low + Math.floor(((key - lowest) / (highest - lowest)) * (high - low));
    const found = keys[middle] as number;
    if (found === key) return middle;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The place of the file that a chunk is of. */
export function fileOfChunk({ firstChunks, files }: Segment, chunk: number): number {
  return lastAtOrBefore(firstChunks, files.length, chunk);
}

/** Decodes the postings of one term at a time into arrays that it keeps. */
export class PostingDecoder {
  /** Ascending; valid up to the number that `decode` returned, until the next call. */
  chunks = new Int32Array(1024);
  /** How often each chunk has the term, from 1 to mostTimes. */
  times = new Uint8Array(1024);
  /** Where the postings ended. */
  end = 0;

  /** @returns The number of postings of the term. */
  decode(segment: Segment, term: number): number {
    const bytes = segment.postings;
    let position = segment.offsets[term] as number;
    let count = bytes[position++] as number;
    if (count >= 128) {
      count &= 127;
      for (let shift = 7, byte = 128; byte >= 128 && shift < 32; shift += 7) {
        byte = bytes[position++] as number;
        count |= (byte & 127) << shift;
      }
    }
    if (count > this.chunks.length) this.#grow(Math.min(count, segment.chunkLengths.length));
    const { chunks, times } = this;
    let chunk = -1;
    for (let index = 0; index < count; index++) {
      let value = bytes[position++] as number;
      if (value >= 128) {
        value &= 127;
        for (let shift = 7, byte = 128; byte >= 128 && shift < 32; shift += 7) {
          byte = bytes[position++] as number;
          value |= (byte & 127) << shift;
        }
      }
      chunk += (value >>> 2) + 1;
      chunks[index] = chunk;
      // Times are bytes, so that four or more take a byte of their own.
      times[index] = (value & 3) === 3 ? (bytes[position++] as number) : (value & 3) + 1;
    }
    this.end = position;
    return count;
  }

  #grow(count: number): void {
    this.chunks = new Int32Array(count);
    this.times = new Uint8Array(count);
  }
}

/**
 * Adds weight × times / (times + base + slope × length) to the score of each chunk that has a term. Decodes on its own:
 * searching spends most of its time here, and without the arrays in between it takes 5 instead of 9 ns for a posting.
 */
export function addPostings(
  segment: Segment,
  term: number,
  weight: number,
  base: number,
  slope: number,
  scores: Float64Array,
): void {
  const { postings: bytes, chunkLengths, offsets } = segment;
  let position = offsets[term] as number;
  const end = offsets[term + 1] as number;
  while ((bytes[position++] as number) >= 128);
  let chunk = -1;
  while (position < end) {
    let value = bytes[position++] as number;
    if (value >= 128) {
      value &= 127;
      for (let shift = 7, byte = 128; byte >= 128 && shift < 32; shift += 7) {
        byte = bytes[position++] as number;
        value |= (byte & 127) << shift;
      }
    }
    chunk += (value >>> 2) + 1;
    const times = (value & 3) === 3 ? (bytes[position++] as number) : (value & 3) + 1;
    (scores[chunk] as number) += (weight * times) / (times + (base + slope * (chunkLengths[chunk] as number)));
  }
}

/** Appends a posting, as PostingDecoder reads it. */
export function writePosting(writer: ByteWriter, previous: number, chunk: number, times: number): void {
  const value = (chunk - previous - 1) * 4;
  if (times < 4) {
    writer.writeVarint(value + times - 1);
  } else {
    writer.writeVarint(value + 3);
    writer.writeByte(times);
  }
}

/** How many chunks of the segment have a term, without decoding them. */
export function countChunks({ postings, offsets }: Segment, term: number): number {
  let position = offsets[term] as number;
  let count = 0;
  for (let shift = 0, byte = 128; byte >= 128 && shift < 32; shift += 7) {
    byte = postings[position++] as number;
    count |= (byte & 127) << shift;
  }
  return count;
}
