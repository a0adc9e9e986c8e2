// A part of the index that never changes: the chunks of some files, and for each of their terms the chunks that hold it.
// Deletions are marked beside it (bm25Index.ts); a merge writes a new segment without them.

/** Most that the length of a chunk is counted as, in terms: 16 bits are kept of it. */
export const longestChunk = 0xffff;

/**
 * Chunks are numbered through the segment, file by file. The postings of a term are its number of chunks, then for each
 * chunk, as varints, 4 × (distance from the one before − 1) + min(times, 4) − 1, followed by times − 4 where times ≥ 4.
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

/** The place of a key among the terms; -1 if the segment lacks it. */
export function findTerm({ keys }: Segment, key: number): number {
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = keys[middle] as number;
    if (found === key) return middle;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The place of the file that a chunk is of. */
export function fileOfChunk({ firstChunks, files }: Segment, chunk: number): number {
  let low = 0;
  let high = files.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((firstChunks[middle] as number) <= chunk) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Steps through the postings of one term: call `next` until it is false. */
export class PostingReader {
  /** Chunks that hold the term. */
  count = 0;
  chunk = -1;
  /** How often the chunk has the term. */
  times = 0;
  #bytes: Uint8Array = new Uint8Array();
  #position = 0;
  #left = 0;

  /** Where the next posting begins, or where the last one ended. */
  get position(): number {
    return this.#position;
  }

  /** Begins at the term's first posting. */
  open(segment: Segment, term: number): void {
    this.#bytes = segment.postings;
    this.#position = segment.offsets[term] as number;
    this.count = this.#read();
    this.#left = this.count;
    this.chunk = -1;
  }

  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const value = this.#read();
    this.chunk += (value >>> 2) + 1;
    this.times = (value & 3) + 1;
    if (this.times === 4) this.times += this.#read();
    return true;
  }

  #read(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#position++] as number;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; shift < 32; shift += 7) {
      byte = bytes[this.#position++] as number;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return value;
  }
}

/** Appends a posting, as PostingReader reads it. */
export function writePosting(
  writer: { writeVarint(value: number): void },
  previous: number,
  chunk: number,
  times: number,
): void {
  const value = (chunk - previous - 1) * 4;
  if (times < 4) {
    writer.writeVarint(value + times - 1);
  } else {
    writer.writeVarint(value + 3);
    writer.writeVarint(times - 4);
  }
}
