// Several segments written as one, without the chunks that were deleted.
import { ByteWriter } from "./byteWriter.js";
import { PostingReader, type Segment, writePosting } from "./segment.js";

/** A segment with the places of its files that are no longer there. */
export interface SegmentToMerge {
  readonly segment: Segment;
  readonly isDeleted: (filePlace: number) => boolean;
}

/** Terms that are merged between two pauses: about a millisecond. */
const termsPerPause = 4096;

/**
 * Merges segments; their files come in the order given.
 *
 * A generator: between two steps the caller may do other things, as long as the segments stay as they are. The last
 * step returns the merged segment.
 */
export function* mergeSegments(inputs: readonly SegmentToMerge[]): Generator<void, Segment> {
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
  const positions = new Uint32Array(inputs.length);
  const chunks: number[] = [];
  const times: number[] = [];
  const reader = new PostingReader();
  let terms = 0;
  for (let steps = 1; ; steps++) {
    let key = Number.POSITIVE_INFINITY;
    for (const [index, { segment }] of inputs.entries()) {
      const next = segment.keys[positions[index] as number];
      if (next !== undefined && next < key) key = next;
    }
    if (key === Number.POSITIVE_INFINITY) break;
    chunks.length = 0;
    times.length = 0;
    for (const [index, { segment }] of inputs.entries()) {
      const term = positions[index] as number;
      if (segment.keys[term] !== key) continue;
      positions[index] = term + 1;
      const numbers = renumbering[index] as Int32Array;
      reader.open(segment, term);
      while (reader.next()) {
        const number = numbers[reader.chunk] as number;
        if (number < 0) continue;
        chunks.push(number);
        times.push(reader.times);
      }
    }
    if (chunks.length > 0) {
      keys[terms] = key;
      offsets[terms] = postings.length;
      postings.writeVarint(chunks.length);
      let previous = -1;
      for (let index = 0; index < chunks.length; index++) {
        const chunk = chunks[index] as number;
        writePosting(postings, previous, chunk, times[index] as number);
        previous = chunk;
      }
      terms++;
    }
    if (steps % termsPerPause === 0) yield;
  }
  offsets[terms] = postings.length;
  return {
    keys: keys.slice(0, terms),
    offsets: offsets.slice(0, terms + 1),
    postings: postings.toBytes(),
    chunkLengths: Uint16Array.from(lengths),
    files: Int32Array.from(files),
    firstChunks: Uint32Array.from(firstChunks),
  };
}
