// Segments that never change, and what is deleted of them: the part of a log-structured merge-tree (O'Neil et al. 1996)
// that does not care what a segment is for. A file comes as a segment of its own; segments of like size are merged.

/** As many segments of about the same size are merged into one: fewer make searches slower, more make updates slower. */
const mergedAtOnce = 4;

/** A segment with more than this share of deleted entries is written anew. */
const mostDeleted = 0.25;

/** A segment and what was deleted of it since it was written. */
export interface LiveSegment<Segment, State> {
  readonly segment: Segment;
  /** What its user notes beside it. */
  readonly state: State;
  /** Files that are not deleted. */
  files: number;
  /** Entries of those that are. */
  deletedEntries: number;
  /** It is being merged; no other merge may take it. */
  busy: boolean;
}

/** A segment that is to be merged. */
export interface SegmentToMerge<Segment> {
  readonly segment: Segment;
  /** Whether the file at a place of the segment is to be left out. */
  readonly isDeleted: (place: number) => boolean;
}

/** What the set has to know of a kind of segment. */
export interface SegmentKind<Segment, State> {
  /** The caller's numbers of the files in a segment, each once. */
  filesOf(segment: Segment): Int32Array;
  /** Entries (chunks, tokens) of one file of a segment, by its place among them. */
  entriesOfFile(segment: Segment, place: number): number;
  /** Entries of all files. */
  entriesOf(segment: Segment): number;
  bytesOf(segment: Segment): number;
  createState(segment: Segment): State;
  /** A file of a segment was deleted. */
  onDelete(live: LiveSegment<Segment, State>, place: number): void;
  /**
   * Merges segments; their files come in the order given. Between two steps the caller may do other things; the last
   * step returns the merged segment.
   */
  merge(inputs: readonly SegmentToMerge<Segment>[]): Generator<void, Segment>;
  /** Merges of up to so many bytes happen as a file is added. Others wait for `merge`. */
  readonly mostEagerBytes: number;
}

/** The segments of one index. */
export class SegmentSet<Segment, State> {
  readonly #kind: SegmentKind<Segment, State>;
  readonly #places = new Map<number, LiveSegment<Segment, State>>();
  #segments: LiveSegment<Segment, State>[] = [];

  constructor(kind: SegmentKind<Segment, State>) {
    this.#kind = kind;
  }

  get fileCount(): number {
    return this.#places.size;
  }

  get segments(): readonly LiveSegment<Segment, State>[] {
    return this.#segments;
  }

  /** Bytes of the segments and of the map of files. */
  get byteLength(): number {
    const mapEntryBytes = 40;
    return this.#segments.reduce(
      (sum, { segment }) => sum + this.#kind.bytesOf(segment),
      this.#places.size * mapEntryBytes,
    );
  }

  /** Adds a file that the set does not have. @param segment - Holds this file and no other. */
  add(file: number, segment: Segment): void {
    this.#places.set(file, this.#push(segment));
    this.#mergeEagerly();
  }

  /** Adds files that the set does not have, at once. @param segments - Each holds one file. */
  addAll(segments: readonly Segment[]): void {
    const [only] = segments;
    if (only === undefined) return;
    const live = this.#push(segments.length === 1 ? only : this.#mergeNew(segments));
    for (const file of this.#kind.filesOf(live.segment)) this.#places.set(file, live);
    this.#mergeEagerly();
  }

  /** Forgets a file. @returns Its segment and its place there; undefined if the set lacks it. */
  remove(file: number): { readonly segment: Segment; readonly place: number } | undefined {
    const live = this.#places.get(file);
    if (live === undefined) return undefined;
    this.#places.delete(file);
    const place = this.#kind.filesOf(live.segment).indexOf(file);
    this.#delete(live, place);
    return { segment: live.segment, place };
  }

  /** Merges what is due, however large it is. Between two steps the set may be changed and read. */
  *merge(): Generator<void, void> {
    for (let group = this.#nextMerge(Number.POSITIVE_INFINITY); group !== undefined; ) {
      yield* this.#merge(group);
      group = this.#nextMerge(Number.POSITIVE_INFINITY);
    }
  }

  #mergeEagerly(): void {
    const { mostEagerBytes } = this.#kind;
    for (let group = this.#nextMerge(mostEagerBytes); group !== undefined; group = this.#nextMerge(mostEagerBytes)) {
      for (const _ of this.#merge(group));
    }
  }

  #mergeNew(segments: readonly Segment[]): Segment {
    const merging = this.#kind.merge(segments.map((segment) => ({ segment, isDeleted: () => false })));
    for (;;) {
      const step = merging.next();
      if (step.done === true) return step.value;
    }
  }

  #push(segment: Segment): LiveSegment<Segment, State> {
    const live = {
      segment,
      state: this.#kind.createState(segment),
      files: this.#kind.filesOf(segment).length,
      deletedEntries: 0,
      busy: false,
    };
    if (live.files > 0) this.#segments.push(live);
    return live;
  }

  #delete(live: LiveSegment<Segment, State>, place: number): void {
    live.files--;
    live.deletedEntries += this.#kind.entriesOfFile(live.segment, place);
    this.#kind.onDelete(live, place);
    if (live.files === 0) this.#segments = this.#segments.filter((other) => other !== live);
  }

  /** Segments that are due to be merged, of at most so many bytes together; undefined if there are none. */
  #nextMerge(mostBytes: number): readonly LiveSegment<Segment, State>[] | undefined {
    const tiers = new Map<number, { group: LiveSegment<Segment, State>[]; bytes: number }>();
    for (const live of this.#segments) {
      if (live.busy) continue;
      const bytes = this.#kind.bytesOf(live.segment);
      if (bytes > mostBytes) continue;
      if (live.deletedEntries > mostDeleted * this.#kind.entriesOf(live.segment)) return [live];
      const number = Math.floor(Math.log(bytes) / Math.log(mergedAtOnce));
      const tier = tiers.get(number) ?? { group: [], bytes: 0 };
      tier.group.push(live);
      tier.bytes += bytes;
      tiers.set(number, tier);
      if (tier.group.length === mergedAtOnce && tier.bytes <= mostBytes) return tier.group;
    }
    return undefined;
  }

  *#merge(group: readonly LiveSegment<Segment, State>[]): Generator<void, void> {
    for (const live of group) live.busy = true;
    try {
      const segment = yield* this.#kind.merge(
        group.map((live) => {
          const files = this.#kind.filesOf(live.segment);
          return {
            segment: live.segment,
            isDeleted: (place: number) => this.#places.get(files[place] as number) !== live,
          };
        }),
      );
      this.#segments = this.#segments.filter((live) => !group.includes(live));
      const merged = this.#push(segment);
      // Between two steps files may have been removed or replaced.
      const gone: number[] = [];
      for (const [place, file] of this.#kind.filesOf(segment).entries()) {
        const live = this.#places.get(file);
        if (live !== undefined && group.includes(live)) this.#places.set(file, merged);
        else gone.push(place);
      }
      for (const place of gone) this.#delete(merged, place);
    } finally {
      for (const live of group) live.busy = false;
    }
  }
}
