// The personal memory: what the repository's own code says comes next. It knows token ids and no tokenizer.
import { type LiveSegment, SegmentSet } from "../search/segmentSet.js";
import { type ContextCounts, continuation, interpolate, type NextTokens } from "./backOff.js";
import {
  createNgramSegment,
  fileAt,
  longestContext,
  mergeNgramSegments,
  type NgramSegment,
  narrowRange,
  ngramSegmentBytes,
  type PlaceRange,
  type TokenArray,
} from "./ngramSegment.js";

/** Files with more tokens are data, or somebody else's code in one piece. */
export const mostFileTokens = 100_000;

/**
 * What follows a context that occurs more often is not looked at: the model knows that better, and looking takes time.
 * A limit of 1,024 costs 0.13 bits of a token where there is no model.
 */
const mostOccurrences = 4096;

/** Merges of up to so many bytes happen as a file is updated; they take a few milliseconds. */
const mostEagerBytes = 1 << 18;

/** Of the memory's bytes, what may be of files that are there; the rest is for what is deleted and not yet merged away. */
const liveShare = 0.75;

export interface MemoryOptions {
  /** Most bytes that the memory keeps while no merge is under way; a merge takes up to that again until it ends. */
  readonly mostBytes: number;
  /** The highest token id there can be: below 65,535, ids are kept as 16 bits. */
  readonly highestTokenId: number;
}

/** Tokens that may come next, the first one first. */
export interface Proposal {
  readonly tokenIds: readonly number[];
  /** How probable each is, if those before it are right: from 0 to 1. */
  readonly probabilities: readonly number[];
  /** Tokens of the end of the text that stand before the same continuation elsewhere, at most longestContext. */
  readonly matched: number;
}

/** How probable each token is to come next. */
export interface Expectation extends NextTokens {
  /** Tokens of the end of the text that stand in the files, too, at most longestContext. */
  readonly matched: number;
}

/** 1 for each deleted file, by its place in the segment; undefined while there is none. */
interface SegmentState {
  deleted: Uint8Array | undefined;
}

type LiveNgrams = LiveSegment<NgramSegment, SegmentState>;

/** The occurrences of one context. */
interface Occurrences {
  readonly length: number;
  readonly ranges: readonly { readonly live: LiveNgrams; readonly range: PlaceRange }[];
}

/**
 * An n-gram index over the files of a repository, with contexts of 1 to longestContext tokens. Its answers are those of a
 * memory made afresh by the same last updates of the files in the same order.
 *
 * Compared on held-out files of nine packages, each learned as far as it goes (processor time, a busy machine): a file
 * with its segment takes 1.8 ms, sorting one array of all places anew takes 147 ms for 200,000 tokens at every change. A
 * table from the hash of the last four tokens to chains of places takes 10 bytes for a token instead of 6, proposes 1.92
 * right tokens out of 8 instead of 2.26, as 47% of the ends of text have no match so long, and has no short contexts to
 * back off to.
 */
export class PersonalMemory {
  readonly #options: MemoryOptions;
  readonly #set = new SegmentSet<NgramSegment, SegmentState>({
    filesOf: ({ files }) => files,
    entriesOfFile: ({ starts }, place) => (starts[place + 1] as number) - (starts[place] as number),
    entriesOf: ({ tokens }) => tokens.length,
    bytesOf: ngramSegmentBytes,
    createState: () => ({ deleted: undefined }),
    onDelete: ({ segment, state }, place) => {
      state.deleted ??= new Uint8Array(segment.files.length);
      state.deleted[place] = 1;
    },
    merge: mergeNgramSegments,
    mostEagerBytes,
  });
  /** Bytes of each file, the one that was updated longest ago first. */
  readonly #fileBytes = new Map<number, number>();
  #liveBytes = 0;
  #time = 0;

  /** @throws RangeError if ids do not fit into 32 bits. */
  constructor(options: MemoryOptions) {
    if (!(options.highestTokenId < 0xffffffff)) throw new RangeError("token ids must be below 2 ** 32 - 1");
    this.#options = options;
  }

  get fileCount(): number {
    return this.#set.fileCount;
  }

  get byteLength(): number {
    return this.#set.byteLength;
  }

  /**
   * Learns a file, or learns it anew; it becomes the most recent one. When there is no room, the files that were updated
   * longest ago are forgotten; a file of more than mostFileTokens is not learned.
   * @param file - The caller's number for it, from 0 to 2 ** 31 - 1.
   * @param recency - Where files say different things equally often, the one with the higher number counts; by default
   *   the one that was updated last.
   * @returns The files that were forgotten to make room.
   * @throws RangeError for an id above the highest; the memory is as it was.
   */
  update(file: number, tokenIds: ArrayLike<number>, recency = this.#time++): readonly number[] {
    const tokens = this.#withSeparator(tokenIds);
    this.remove(file);
    const bytes = tokens.byteLength + tokenIds.length * Uint32Array.BYTES_PER_ELEMENT;
    const room = this.#options.mostBytes * liveShare;
    if (tokenIds.length > mostFileTokens || bytes > room) return [];
    const forgotten: number[] = [];
    for (const [oldest] of this.#fileBytes) {
      if (this.#liveBytes + bytes <= room) break;
      this.remove(oldest);
      forgotten.push(oldest);
    }
    this.#fileBytes.set(file, bytes);
    this.#liveBytes += bytes;
    this.#set.add(file, createNgramSegment(file, recency, tokens));
    if (this.byteLength > this.#options.mostBytes) for (const _ of this.merge());
    return forgotten;
  }

  /** Forgets a file. @returns Whether the memory had it. */
  remove(file: number): boolean {
    this.#liveBytes -= this.#fileBytes.get(file) ?? 0;
    this.#fileBytes.delete(file);
    return this.#set.remove(file) !== undefined;
  }

  /**
   * Merges what piled up while files were updated; look-ups are faster afterwards. Call it when there is time: between
   * two steps (about a millisecond each) the memory may be changed and asked.
   */
  merge(): Generator<void, void> {
    return this.#set.merge();
  }

  /**
   * What may come next: after the longest context that occurs, the most frequent continuation, and of equals the one in
   * the file that was updated last.
   * @param endOfText - The last tokens of the text; more than longestContext are not looked at.
   */
  propose(endOfText: ArrayLike<number>, maximumTokens: number): Proposal {
    const found = this.#occurrences(endOfText);
    const longest = found.at(-1);
    if (longest === undefined) return { tokenIds: [], probabilities: [], matched: 0 };
    const tokenIds: number[] = [];
    const probabilities: number[] = [];
    let followers = this.#placesOf(longest);
    while (tokenIds.length < maximumTokens) {
      const next = mostFrequent(followers);
      if (next === undefined) break;
      probabilities.push(
        tokenIds.length === 0
          ? (interpolate(this.#counts(found)).probabilities.get(next.token) ?? 0)
          : continuation(longest.length + tokenIds.length, next.count, next.total, next.different),
      );
      tokenIds.push(next.token);
      followers = next.followers;
    }
    return { tokenIds, probabilities, matched: longest.length };
  }

  /**
   * How probable each token is to come next, by Witten-Bell back-off over all contexts that the end of the text has here.
   * Tokens that never followed are left out: `unseen` is the mass for them.
   * @param endOfText - The last tokens of the text; more than longestContext are not looked at.
   */
  distribution(endOfText: ArrayLike<number>): Expectation {
    const found = this.#occurrences(endOfText);
    return { ...interpolate(this.#counts(found)), matched: found.at(-1)?.length ?? 0 };
  }

  #withSeparator(tokenIds: ArrayLike<number>): TokenArray {
    const { highestTokenId } = this.#options;
    const length = tokenIds.length + 1;
    const tokens = highestTokenId < 0xffff ? new Uint16Array(length) : new Uint32Array(length);
    for (let index = 0; index < tokenIds.length; index++) {
      const id = tokenIds[index] as number;
      if (!(id >= 0 && id <= highestTokenId))
        throw new RangeError(`token id ${id} is not within 0 to ${highestTokenId}`);
      tokens[index + 1] = id;
    }
    tokens[0] = highestTokenId < 0xffff ? 0xffff : 0xffffffff;
    return tokens;
  }

  /** The contexts at the end of a text that occur, but not too often, from the shortest to the longest. */
  #occurrences(endOfText: ArrayLike<number>): readonly Occurrences[] {
    let ranges = this.#set.segments.map((live) => ({ live, range: { low: 0, high: live.segment.places.length } }));
    const found: Occurrences[] = [];
    const most = Math.min(longestContext, endOfText.length);
    let previous = Number.POSITIVE_INFINITY;
    for (let length = 1; length <= most; length++) {
      const token = endOfText[endOfText.length - length] as number;
      ranges = ranges
        .map(({ live, range }) => ({ live, range: narrowRange(live.segment, range, length, token) }))
        .filter(({ range }) => range.low < range.high);
      const count = ranges.reduce((sum, { live, range }) => sum + countLive(live, range), 0);
      if (count === 0) break;
      if (count > mostOccurrences) continue;
      // The same places as with one token less: what follows them counts once, for the longer context.
      if (count === previous) found.pop();
      found.push({ length, ranges });
      previous = count;
    }
    return found;
  }

  #placesOf({ ranges }: Occurrences): Follower[] {
    return ranges.flatMap(({ live, range }) => {
      const { segment, state } = live;
      const followers: Follower[] = [];
      for (let index = range.low; index < range.high; index++) {
        const place = segment.places[index] as number;
        const file = fileAt(segment, place);
        if (state.deleted?.[file] === 1) continue;
        const end = segment.starts[file + 1] as number;
        followers.push({ tokens: segment.tokens, place, end, time: segment.times[file] as number });
      }
      return followers;
    });
  }

  #counts(found: readonly Occurrences[]): readonly ContextCounts[] {
    return found.map(({ length, ranges }) => {
      const next = new Map<number, number>();
      let total = 0;
      for (const { live, range } of ranges) {
        const { tokens, places } = live.segment;
        for (let index = range.low; index < range.high; index++) {
          const place = places[index] as number;
          if (isDeleted(live, place)) continue;
          const token = tokens[place] as number;
          next.set(token, (next.get(token) ?? 0) + 1);
          total++;
        }
      }
      return { length, next, total };
    });
  }
}

/** A place whose tokens continue the text. */
interface Follower {
  readonly tokens: TokenArray;
  readonly place: number;
  /** Where its file ends. */
  readonly end: number;
  /** When its file was updated. */
  readonly time: number;
}

/** The token that most of the places have, and those places, one token further. */
function mostFrequent(followers: readonly Follower[]) {
  const byToken = new Map<number, Follower[]>();
  for (const follower of followers) {
    const token = follower.tokens[follower.place] as number;
    const same = byToken.get(token);
    if (same === undefined) byToken.set(token, [follower]);
    else same.push(follower);
  }
  let best: { token: number; same: Follower[]; latest: Follower } | undefined;
  for (const [token, same] of byToken) {
    const latest = same.reduce((a, z) => (compareRecency(a, z) >= 0 ? a : z));
    const isBetter =
      best === undefined ||
      same.length > best.same.length ||
      (same.length === best.same.length && compareRecency(latest, best.latest) > 0);
    if (isBetter) best = { token, same, latest };
  }
  if (best === undefined) return undefined;
  return {
    token: best.token,
    count: best.same.length,
    total: followers.length,
    different: byToken.size,
    followers: best.same
      .map((follower) => ({ ...follower, place: follower.place + 1 }))
      .filter(({ place, end }) => place < end),
  };
}

/** Later in time is later; within a file the later place is (a file lies in one piece). */
function compareRecency(a: Follower, z: Follower): number {
  return a.time - z.time || a.place - z.place;
}

function isDeleted({ segment, state }: LiveNgrams, place: number): boolean {
  return state.deleted !== undefined && state.deleted[fileAt(segment, place)] === 1;
}

/** How many places of a range are of files that are there; may stop counting above mostOccurrences. */
function countLive(live: LiveNgrams, { low, high }: PlaceRange): number {
  if (live.state.deleted === undefined) return high - low;
  let count = 0;
  for (let index = low; index < high && count <= mostOccurrences; index++) {
    if (!isDeleted(live, live.segment.places[index] as number)) count++;
  }
  return count;
}
