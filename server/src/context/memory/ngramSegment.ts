// The tokens of some files with all their places in the order of what stands before them: places with the same context
// lie side by side, those that share more of it closer. Whatever follows a context is a range (a suffix array of the
// reversed text, as in infini-gram, arXiv 2401.17377, but for contexts of bounded length, so that it can be merged).
import { lastAtOrBefore } from "../search/lastAtOrBefore.js";
import type { SegmentToMerge } from "../search/segmentSet.js";

/** Tokens of context that the order looks at. */
export const longestContext = 16;

/** Ids of tokens; the highest one that the type holds stands before each file. */
export type TokenArray = Uint16Array | Uint32Array;

/** Never changes. Its bytes: 6 for each token of 16 bits, 8 for each of 32. */
export interface NgramSegment {
  /** The files one after the other, a separator before each. */
  readonly tokens: TokenArray;
  /** Places of tokens (not of separators) by what stands before: the nearest token first, then the one before it, … */
  readonly places: Uint32Array;
  /** The caller's numbers of the files. */
  readonly files: Int32Array;
  /** Where each file's separator stands, and the number of tokens; one longer than `files`. */
  readonly starts: Uint32Array;
  /** When each file was updated: higher is later. */
  readonly times: Float64Array;
}

/** The mark between files: the highest number of the array's type. */
export function separatorOf(tokens: TokenArray): number {
  return tokens.BYTES_PER_ELEMENT === 2 ? 0xffff : 0xffffffff;
}

export function ngramSegmentBytes({ tokens, places, files, starts, times }: NgramSegment): number {
  return tokens.byteLength + places.byteLength + files.byteLength + starts.byteLength + times.byteLength;
}

/** The segment of one file. @param tokens - A separator, then the file's tokens. */
export function createNgramSegment(file: number, time: number, tokens: TokenArray): NgramSegment {
  return {
    tokens,
    places: sortByContext(tokens),
    files: Int32Array.of(file),
    starts: Uint32Array.of(0, tokens.length),
    times: Float64Array.of(time),
  };
}

/**
 * Sorts the places of one file by prefix doubling (Manber and Myers 1993): the rank by 2 n tokens follows from the ranks
 * by n. Each round sorts numbers that hold two ranks and a place, which the engine does fast.
 * @param tokens - At most 200,000, so that such a number is below 2 ** 53.
 */
function sortByContext(tokens: TokenArray): Uint32Array {
  const count = tokens.length;
  // Of the token before each place; of nothing before the separator itself.
  let ranks = new Float64Array(count);
  for (let place = 1; place < count; place++) ranks[place] = (tokens[place - 1] as number) + 1;
  const sorted = new Float64Array(count);
  // Ids are larger than ranks may be: the first round sorts by them alone.
  for (let place = 0; place < count; place++) sorted[place] = (ranks[place] as number) * count + place;
  ranks = rankSorted(sorted, ranks, () => 0, count);
  for (let known = 1; known < longestContext; known *= 2) {
    const shifted = (place: number): number => (place >= known ? (ranks[place - known] as number) : 0);
    for (let place = 0; place < count; place++) {
      sorted[place] = ((ranks[place] as number) * count + shifted(place)) * count + place;
    }
    ranks = rankSorted(sorted, ranks, shifted, count);
  }
  const places = new Uint32Array(Math.max(0, count - 1));
  // The first is the separator.
  for (let index = 1; index < count; index++) places[index - 1] = (sorted[index] as number) % count;
  return places;
}

/** Sorts, and numbers the places anew: the same number for the same pair of ranks. */
function rankSorted(
  sorted: Float64Array,
  ranks: Float64Array,
  shifted: (place: number) => number,
  count: number,
): Float64Array<ArrayBuffer> {
  sorted.sort();
  const next = new Float64Array(count);
  let rank = 0;
  let previous = -1;
  for (const value of sorted) {
    const place = value % count;
    if (previous >= 0 && (ranks[place] !== ranks[previous] || shifted(place) !== shifted(previous))) rank++;
    next[place] = rank;
    previous = place;
  }
  return next;
}

/** Places that are merged between two pauses: about a millisecond. */
const placesPerPause = 4096;

/** Merges segments without the files that were deleted (SegmentKind.merge). */
export function* mergeNgramSegments(inputs: readonly SegmentToMerge<NgramSegment>[]): Generator<void, NgramSegment> {
  const files: number[] = [];
  const times: number[] = [];
  const starts = [0];
  const pieces: { readonly tokens: TokenArray; readonly start: number }[] = [];
  /** Per input and file: how far the file moved; undefined for a deleted one. */
  const moves = inputs.map(({ segment, isDeleted }) =>
    Array.from(segment.files, (file, place) => {
      if (isDeleted(place)) return undefined;
      const from = segment.starts[place] as number;
      const to = starts.at(-1) as number;
      const tokens = segment.tokens.subarray(from, segment.starts[place + 1] as number);
      files.push(file);
      times.push(segment.times[place] as number);
      pieces.push({ tokens, start: to });
      starts.push(to + tokens.length);
      return to - from;
    }),
  );
  const length = starts.at(-1) as number;
  const tokens = inputs[0]?.segment.tokens.BYTES_PER_ELEMENT === 4 ? new Uint32Array(length) : new Uint16Array(length);
  for (const piece of pieces) tokens.set(piece.tokens, piece.start);

  const streams = inputs.map(({ segment }, index) => movedPlaces(segment, moves[index] as (number | undefined)[]));
  const heads = new Uint32Array(streams.length);
  const separator = separatorOf(tokens);
  const places = new Uint32Array(length - files.length);
  for (let index = 0; index < places.length; index++) {
    let best = -1;
    let bestPlace = 0;
    for (let stream = 0; stream < streams.length; stream++) {
      const place = (streams[stream] as Uint32Array)[heads[stream] as number];
      if (place !== undefined && (best < 0 || compareContexts(tokens, separator, place, bestPlace) < 0)) {
        best = stream;
        bestPlace = place;
      }
    }
    places[index] = bestPlace;
    (heads[best] as number)++;
    if (index % placesPerPause === placesPerPause - 1) yield;
  }
  return {
    tokens,
    places,
    files: Int32Array.from(files),
    starts: Uint32Array.from(starts),
    times: Float64Array.from(times),
  };
}

/** A segment's places, in their order, where they are after the merge. */
function movedPlaces(segment: NgramSegment, moves: readonly (number | undefined)[]): Uint32Array {
  const moved = new Uint32Array(segment.places.length);
  let count = 0;
  for (const place of segment.places) {
    const move = moves[fileAt(segment, place)];
    if (move !== undefined) moved[count++] = place + move;
  }
  return moved.subarray(0, count);
}

/** Compares what stands before two places, up to the file's start and the longest context; 0 where that is the same. */
function compareContexts(tokens: TokenArray, separator: number, a: number, b: number): number {
  for (let distance = 1; distance <= longestContext; distance++) {
    const left = tokens[a - distance] as number;
    const right = tokens[b - distance] as number;
    if (left !== right) return left - right;
    if (left === separator) return 0;
  }
  return 0;
}

/** Which of a segment's files has a place. */
export function fileAt({ files, starts }: NgramSegment, place: number): number {
  return lastAtOrBefore(starts, files.length, place);
}

/** Part of a segment's places: half-open. */
export interface PlaceRange {
  readonly low: number;
  readonly high: number;
}

/** Of a range of places, those that have a token at a distance before them; the range must agree on all nearer ones. */
export function narrowRange(
  { tokens, places }: NgramSegment,
  { low, high }: PlaceRange,
  distance: number,
  token: number,
): PlaceRange {
  const firstWith = (least: number, from: number): number => {
    let start = from;
    let end = high;
    while (start < end) {
      const middle = (start + end) >>> 1;
      if ((tokens[(places[middle] as number) - distance] as number) < least) start = middle + 1;
      else end = middle;
    }
    return start;
  };
  const start = firstWith(token, low);
  return { low: start, high: firstWith(token + 1, start) };
}
