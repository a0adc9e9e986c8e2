// What one file adds to the index: a segment of its chunks, and its form in bytes, which is what is kept on disk.

import { ByteWriter } from "./byteWriter.js";
import { longestChunk, mostTimes, PostingDecoder, type Segment, writePosting } from "./segment.js";
import { keyOfRange } from "./termKey.js";
import { visitTerms } from "./terms.js";

/** Changes with the bytes and with what counts as a term: bytes of another version are refused. */
const version = 1;

/** Version, checksum, chunks, terms: 32 bits each. */
const headerBytes = 16;

/** Bytes from another version, or damaged ones: read the file again. */
export class DamagedTermsError extends Error {
  override readonly name = "DamagedTermsError";
}

/**
 * Finds the terms of a file's chunks.
 * @param chunks - Half-open ranges of UTF-16 units of the text, in any order.
 * @returns Bytes for Bm25Index.addFile: about 8 for each different term and 2 for each of its chunks.
 */
export function encodeFileTerms(
  text: string,
  chunks: readonly { readonly start: number; readonly end: number }[],
): Uint8Array {
  // Gathered chunk by chunk: the places of terms in the order in which they come, then those of each chunk counted.
  const table = new KeyTable();
  const lists: number[][] = [];
  const lengths = new Uint16Array(chunks.length);
  for (const [number, chunk] of chunks.entries()) {
    let length = 0;
    visitTerms(text, chunk.start, chunk.end, (start, end) => {
      length++;
      const term = table.add(keyOfRange(text, start, end));
      const list = lists[term];
      if (list === undefined) lists[term] = [number, 1];
      else if (list[list.length - 2] === number) (list[list.length - 1] as number)++;
      else list.push(number, 1);
    });
    lengths[number] = Math.min(length, longestChunk);
  }

  const keys = table.keys();
  const sorted = keys.slice().sort();
  const writer = new ByteWriter(sorted.length * 4);
  for (const key of sorted) {
    const list = lists[table.add(key)] as number[];
    writer.writeVarint(list.length / 2);
    let previous = -1;
    for (let index = 0; index < list.length; index += 2) {
      const chunk = list[index] as number;
      writePosting(writer, previous, chunk, Math.min(list[index + 1] as number, mostTimes));
      previous = chunk;
    }
  }
  return joinBytes(sorted, lengths, writer.toBytes());
}

function joinBytes(keys: Float64Array, lengths: Uint16Array, postings: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + keys.byteLength + lengths.byteLength + postings.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, version, true);
  view.setUint32(8, lengths.length, true);
  view.setUint32(12, keys.length, true);
  let position = headerBytes;
  for (const key of keys) {
    view.setFloat64(position, key, true);
    position += 8;
  }
  for (const length of lengths) {
    view.setUint16(position, length, true);
    position += 2;
  }
  bytes.set(postings, position);
  view.setUint32(4, checksum(bytes), true);
  return bytes;
}

/**
 * Reads what encodeFileTerms wrote.
 * @param file - The number that the segment gives to the file.
 * @throws DamagedTermsError if the bytes are not whole, or of another version.
 */
export function decodeFileTerms(file: number, bytes: Uint8Array): Segment {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || view.getUint32(0, true) !== version)
    throw new DamagedTermsError("not these terms' version");
  if (view.getUint32(4, true) !== checksum(bytes)) throw new DamagedTermsError("the terms' checksum is wrong");
  const chunks = view.getUint32(8, true);
  const terms = view.getUint32(12, true);
  const postingsStart = headerBytes + terms * 8 + chunks * 2;
  if (postingsStart > bytes.length) throw new DamagedTermsError("the terms are cut short");
  const keys = new Float64Array(terms);
  for (let term = 0; term < terms; term++) keys[term] = view.getFloat64(headerBytes + term * 8, true);
  const chunkLengths = new Uint16Array(chunks);
  for (let chunk = 0; chunk < chunks; chunk++) {
    chunkLengths[chunk] = view.getUint16(headerBytes + terms * 8 + chunk * 2, true);
  }
  const postings = bytes.slice(postingsStart);
  const offsets = new Uint32Array(terms + 1);
  const decoder = new PostingDecoder();
  const segment: Segment = {
    keys,
    offsets,
    postings,
    chunkLengths,
    files: Int32Array.of(file),
    firstChunks: Uint32Array.of(0, chunks),
  };
  for (let term = 0; term < terms; term++) {
    const count = decoder.decode(segment, term);
    const last = decoder.chunks[count - 1] ?? chunks;
    if (count > chunks || last >= chunks || decoder.end > postings.length) {
      throw new DamagedTermsError("the terms are damaged");
    }
    offsets[term + 1] = decoder.end;
  }
  return segment;
}

/** FNV-1a of all bytes but the checksum's own (http://www.isthe.com/chongo/tech/comp/fnv/). */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let index = 8; index < bytes.length; index++) hash = Math.imul(hash ^ (bytes[index] as number), 16777619);
  return hash >>> 0;
}

/** Whole numbers below 2 ** 53 → 0, 1, 2, … in the order in which they come: open addressing, linear probing. */
class KeyTable {
  #slots = new Float64Array(256).fill(-1);
  #places = new Int32Array(256);
  #keys: number[] = [];

  /** The key's place; it gets the next one when it is new. */
  add(key: number): number {
    if (this.#keys.length * 2 >= this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    // The lowest 32 bits of a key are as good as random.
    for (let slot = key & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot];
      if (found === key) return this.#places[slot] as number;
      if (found === -1) {
        this.#slots[slot] = key;
        this.#places[slot] = this.#keys.length;
        return this.#keys.push(key) - 1;
      }
    }
  }

  keys(): Float64Array {
    return Float64Array.from(this.#keys);
  }

  #grow(): void {
    const size = this.#slots.length * 2;
    const mask = size - 1;
    this.#slots = new Float64Array(size).fill(-1);
    this.#places = new Int32Array(size);
    for (const [place, key] of this.#keys.entries()) {
      let slot = key & mask;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
      this.#slots[slot] = key;
      this.#places[slot] = place;
    }
  }
}
