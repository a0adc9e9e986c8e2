// Several segments written as one, without the chunks that were deleted.
import { ByteWriter } from "./byteWriter.js";
import { PostingDecoder, type Segment, writePosting } from "./segment.js";
import type { SegmentToMerge } from "./segmentSet.js";

/** Terms that are merged between two pauses: about a millisecond. */
const termsPerPause = 4096;

/**
 * Merges segments; their files come in the order given.
 *
 * A generator: between two steps the caller may do other things, as long as the segments stay as they are. The last
 * step returns the merged segment.
 */
export function* mergeSegments(inputs: readonly SegmentToMerge<Segment>[]): Generator<void, Segment> {
  const files: number[] = [];
  const firstChunks: number[] = [0];
  const lengths: number[] = [];
  /** Per input: chunk → its number in the merged segment, -1 for a deleted one. */
  const renumbering = inputs.map(({ segment, isDeleted }) => {
    const numbers = new Int32Array(segment.chunkLengths.length).fill(-1);
    for (const [place, file] of segment.files.entries()) {
      if (isDeleted(place)) continue;
      const end = segment.firstChunks[place + 1] as number;
      for (let chunk = segment.firstChunks[place] as number; chunk < end; chunk++) {
        numbers[chunk] = lengths.push(segment.chunkLengths[chunk] as number) - 1;
      }
      files.push(file);
      firstChunks.push(lengths.length);
    }
    return numbers;
  });

  const mostTerms = inputs.reduce((sum, { segment }) => sum + segment.keys.length, 0);
  const keys = new Float64Array(mostTerms);
  const offsets = new Uint32Array(mostTerms + 1);
  const postings = new ByteWriter(inputs.reduce((sum, { segment }) => sum + segment.postings.length, 0));
  const merger = new ListMerger(
    inputs.map(({ segment }) => segment),
    renumbering,
  );
  let terms = 0;
  for (let steps = 1; ; steps++) {
    offsets[terms] = postings.length;
    const key = merger.mergeNext(postings);
    if (key === Number.POSITIVE_INFINITY) break;
    if (postings.length > (offsets[terms] as number)) keys[terms++] = key;
    if (steps % termsPerPause === 0) yield;
  }
  return {
    keys: keys.slice(0, terms),
    offsets: offsets.slice(0, terms + 1),
    postings: postings.toBytes(),
    chunkLengths: Uint16Array.from(lengths),
    files: Int32Array.from(files),
    firstChunks: Uint32Array.from(firstChunks),
  };
}

/** Merges the lists of one term after the other. Indexed loops: this runs for every posting at every merge. */
class ListMerger {
  readonly #segments: readonly Segment[];
  readonly #renumbering: readonly Int32Array[];
  /** Each segment's next term, and its key: infinity at its end. */
  readonly #terms: Int32Array;
  readonly #keys: Float64Array;
  readonly #decoder = new PostingDecoder();
  #chunks = new Int32Array(1024);
  #times = new Uint8Array(1024);

  constructor(segments: readonly Segment[], renumbering: readonly Int32Array[]) {
    this.#segments = segments;
    this.#renumbering = renumbering;
    this.#terms = new Int32Array(segments.length);
    this.#keys = Float64Array.from(segments, ({ keys }) => keys[0] ?? Number.POSITIVE_INFINITY);
  }

  /** Writes the postings of the lowest key; nothing when all its chunks are deleted. @returns Infinity at the end. */
  mergeNext(writer: ByteWriter): number {
    const keys = this.#keys;
    let key = Number.POSITIVE_INFINITY;
    for (let index = 0; index < keys.length; index++) {
      const next = keys[index] as number;
      if (next < key) key = next;
    }
    if (key === Number.POSITIVE_INFINITY) return key;
    let count = 0;
    for (let index = 0; index < keys.length; index++) {
      if (keys[index] === key) count = this.#take(index, count);
    }
    if (count === 0) return key;
    writer.writeVarint(count);
    let previous = -1;
    for (let index = 0; index < count; index++) {
      const chunk = this.#chunks[index] as number;
      writePosting(writer, previous, chunk, this.#times[index] as number);
      previous = chunk;
    }
    return key;
  }

  /** Appends a segment's postings of its next term to those gathered so far. */
  #take(index: number, gathered: number): number {
    const segment = this.#segments[index] as Segment;
    const numbers = this.#renumbering[index] as Int32Array;
    const term = this.#terms[index] as number;
    this.#terms[index] = term + 1;
    this.#keys[index] = segment.keys[term + 1] ?? Number.POSITIVE_INFINITY;
    const count = this.#decoder.decode(segment, term);
    if (gathered + count > this.#chunks.length) this.#grow(gathered + count);
    const { chunks, times } = this.#decoder;
    let end = gathered;
    for (let posting = 0; posting < count; posting++) {
      const number = numbers[chunks[posting] as number] as number;
      if (number < 0) continue;
      this.#chunks[end] = number;
      this.#times[end] = times[posting] as number;
      end++;
    }
    return end;
  }

  #grow(size: number): void {
    const chunks = new Int32Array(size * 2);
    const times = new Uint8Array(size * 2);
    chunks.set(this.#chunks);
    times.set(this.#times);
    this.#chunks = chunks;
    this.#times = times;
  }
}
