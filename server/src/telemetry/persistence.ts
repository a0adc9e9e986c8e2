// Follows accepted texts through edits, renames, moves and reloads, and says at each checkpoint how much is still there.
// What an edit by the user removes is gone; what is out of sight (another branch, another program) is not known.
import { compareAccepted, countAccepted } from "./acceptedText.js";
import { type Checkpoint, checkpoints } from "./definitions.js";
import type { TextEdit } from "./editMatch.js";
import type { PersistenceResult } from "./event.js";
import { locateText } from "./locateText.js";

/** Tracks that are kept; a day's acceptances are fewer. */
export const mostTracks = 10_000;

/** A checkpoint that is looked at later than this much of its time says nothing of it any more. */
const mostLate = 1.5;

/** Texts that are compared before others may run: about two milliseconds. */
const tracksAtOnce = 50;

/** A shorter text that comes back by pasting could be anybody's. */
const shortestMoved = 8;

/** Half-open, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** What a track's events say of it besides the measurement. */
export interface TrackLabels {
  readonly language?: string | undefined;
  readonly experiments?: Readonly<Record<string, string>> | undefined;
}

/** An accepted text and where it is. */
export interface Track {
  readonly suggestion: string;
  readonly labels: TrackLabels;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** As it was accepted. */
  text: string;
  uri: string;
  start: number;
  end: number;
  /**
   * at: in this range. displaced: in this document, about there, to be looked for. gone: removed by an edit.
   */
  place: "at" | "displaced" | "gone";
  isUndone: boolean;
  /** Index of the next checkpoint. */
  next: number;
}

/** What was found at a checkpoint. */
export interface Measurement {
  readonly track: Readonly<Track>;
  readonly checkpoint: Checkpoint;
  readonly secondsAfter: number;
  readonly acceptedCharacters: number;
  readonly result: PersistenceResult;
}

/** What the tracks are given, and whom they tell. */
export interface PersistenceOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A document's text, at once where the editor has it open, else from the disk; undefined where there is none. */
  readonly readText: (uri: string) => Promise<string | undefined>;
  /** Lets others run. */
  readonly pause: () => Promise<void>;
  readonly onMeasured: (measurement: Measurement) => void;
  /** What was accepted has been taken back. Called once at most for a track. */
  readonly onUndone: (track: Readonly<Track>, secondsAfter: number) => void;
}

/** How a document came to be edited. */
export type EditCause = "user" | "undo" | "reload";

/** The accepted texts that are followed. */
export class PersistenceTracks {
  readonly #options: PersistenceOptions;
  readonly #tracks = new Map<string, Track>();
  readonly #byDocument = new Map<string, Set<Track>>();
  #goneTracks = 0;

  constructor(options: PersistenceOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#tracks.size;
  }

  /** Follows an accepted text; one that was accepted in parts is one track. */
  accepted(suggestion: string, uri: string, range: TextRange, text: string, labels: TrackLabels): void {
    const known = this.#tracks.get(suggestion);
    if (known !== undefined) {
      if (known.uri === uri && known.place === "at" && known.start <= range.start) {
        Object.assign(known, { end: range.end, text });
      }
      return;
    }
    if (this.#tracks.size >= mostTracks) {
      const [oldest] = this.#tracks.values();
      this.#censor(oldest as Track, "storeFull");
    }
    const acceptedAt = this.#options.now();
    this.#add({ suggestion, labels, acceptedAt, text, uri, ...range, place: "at", isUndone: false, next: 0 });
  }

  /** A document has changed; edits in the order in which the editor reports them. */
  edited(uri: string, edits: readonly TextEdit[], cause: EditCause): void {
    for (const edit of edits) {
      for (const track of this.#byDocument.get(uri) ?? []) {
        this.#edit(track, edit, cause);
      }
      if (this.#goneTracks > 0 && edit.text.length >= shortestMoved) {
        this.#findMoved(uri, edit);
      }
    }
  }

  /** A document was closed: what happens to its file from now on is not told. */
  closed(uri: string): void {
    for (const track of this.#byDocument.get(uri) ?? []) {
      if (track.place === "at") {
        track.place = "displaced";
      }
    }
  }

  /** A file or folder was renamed. */
  renamed(from: string, to: string): void {
    for (const uri of [...this.#byDocument.keys()]) {
      if (uri === from || uri.startsWith(`${from}/`)) {
        for (const track of this.#byDocument.get(uri) ?? []) {
          this.#moveTo(track, to + uri.slice(from.length));
        }
      }
    }
  }

  /** Looks at every text whose checkpoint has come; stops early when aborted. */
  async check(signal: AbortSignal): Promise<void> {
    const due = [...this.#tracks.values()].filter((track) => this.#dueAt(track) <= this.#options.now());
    for (const [uri, tracks] of groupByDocument(due)) {
      for (let first = 0; first < tracks.length; first += tracksAtOnce) {
        // Others may run before each slice; from reading the text to comparing it nobody does.
        await this.#options.pause();
        if (signal.aborted) {
          return;
        }
        const text = await this.#options.readText(uri);
        for (const track of tracks.slice(first, first + tracksAtOnce)) {
          if (this.#tracks.get(track.suggestion) === track && track.uri === uri) {
            this.#measure(track, text);
          }
        }
      }
    }
  }

  /** Ends every track as not known any more: the window closes and nothing is kept. */
  censorAll(): void {
    for (const track of [...this.#tracks.values()]) {
      this.#censor(track, "editorClosed");
    }
  }

  /** Forgets everything and tells nothing. */
  clear(): void {
    this.#tracks.clear();
    this.#byDocument.clear();
    this.#goneTracks = 0;
  }

  /** The tracks as they are, to be kept over a restart. They hold code. */
  save(): readonly Readonly<Track>[] {
    return [...this.#tracks.values()];
  }

  /** Takes up tracks that were kept: their documents may have changed meanwhile. */
  restore(tracks: readonly Track[]): void {
    for (const track of tracks) {
      if (!this.#tracks.has(track.suggestion) && this.#tracks.size < mostTracks) {
        this.#add({ ...track, place: track.place === "gone" ? "gone" : "displaced" });
      }
    }
  }

  #edit(track: Track, edit: TextEdit, cause: EditCause): void {
    if (track.place === "gone" || edit.offset >= track.end) {
      return;
    }
    if (edit.offset + edit.removed < track.start) {
      const shift = edit.text.length - edit.removed;
      track.start += shift;
      track.end += shift;
      return;
    }
    const wasAt = track.place === "at";
    const effect = carryRange(track, edit);
    track.start = effect.start;
    track.end = effect.end;
    if (effect.type === "moved" || !wasAt) {
      return;
    }
    if (cause === "reload") {
      track.place = "displaced";
    } else if (effect.type === "removed" || (cause === "undo" && effect.type === "replaced")) {
      track.place = "gone";
      this.#goneTracks++;
      if (cause === "undo" && !track.isUndone) {
        track.isUndone = true;
        this.#options.onUndone(track, this.#secondsAfter(track));
      }
    } else if (effect.type === "replaced") {
      track.place = "displaced";
    }
  }

  /** What was cut or undone may come back, here or in another document. */
  #findMoved(uri: string, edit: TextEdit): void {
    for (const track of this.#tracks.values()) {
      const wanted = track.text.trim();
      const at = track.place === "gone" && wanted.length >= shortestMoved ? edit.text.indexOf(wanted) : -1;
      if (at >= 0) {
        const start = edit.offset + at;
        Object.assign(track, { start, end: start + wanted.length, place: "at" });
        this.#goneTracks--;
        this.#moveTo(track, uri);
      }
    }
  }

  #measure(track: Track, document: string | undefined): void {
    const result = this.#resultOf(track, document);
    for (const checkpoint of checkpoints.slice(track.next)) {
      const secondsAfter = this.#secondsAfter(track);
      if (secondsAfter < checkpoint) {
        return;
      }
      const isLate = secondsAfter > checkpoint * mostLate;
      this.#tell(track, checkpoint, isLate ? { type: "censored", reason: "editorClosed" } : result);
    }
    this.#remove(track);
  }

  #resultOf(track: Track, document: string | undefined): PersistenceResult {
    if (track.place === "gone") {
      return { type: "measured", characterSimilarity: 0, tokenSimilarity: 0, keptCharacters: 0 };
    }
    if (document === undefined) {
      return { type: "censored", reason: "fileGone" };
    }
    if (track.place === "displaced") {
      const range = locateText(document, track.text, track.start);
      if (range === undefined) {
        return { type: "censored", reason: "notFound" };
      }
      Object.assign(track, range, { place: "at" });
    }
    return { type: "measured", ...compareAccepted(track.text.trim(), document.slice(track.start, track.end).trim()) };
  }

  #censor(track: Track, reason: Extract<PersistenceResult, { type: "censored" }>["reason"]): void {
    for (const checkpoint of checkpoints.slice(track.next)) {
      this.#tell(track, checkpoint, { type: "censored", reason });
    }
    this.#remove(track);
  }

  #tell(track: Track, checkpoint: Checkpoint, result: PersistenceResult): void {
    track.next++;
    this.#options.onMeasured({
      track,
      checkpoint,
      secondsAfter: this.#secondsAfter(track),
      acceptedCharacters: countAccepted(track.text),
      result,
    });
  }

  #dueAt(track: Track): number {
    return track.acceptedAt + (checkpoints[track.next] ?? 0) * 1000;
  }

  #secondsAfter(track: Track): number {
    return Math.max(0, this.#options.now() - track.acceptedAt) / 1000;
  }

  #add(track: Track): void {
    this.#tracks.set(track.suggestion, track);
    this.#tracksOf(track.uri).add(track);
    this.#goneTracks += track.place === "gone" ? 1 : 0;
  }

  #remove(track: Track): void {
    this.#tracks.delete(track.suggestion);
    this.#leaveDocument(track);
    this.#goneTracks -= track.place === "gone" ? 1 : 0;
  }

  #moveTo(track: Track, uri: string): void {
    this.#leaveDocument(track);
    track.uri = uri;
    this.#tracksOf(uri).add(track);
  }

  #leaveDocument(track: Track): void {
    const tracks = this.#byDocument.get(track.uri);
    tracks?.delete(track);
    if (tracks?.size === 0) {
      this.#byDocument.delete(track.uri);
    }
  }

  #tracksOf(uri: string): Set<Track> {
    const tracks = this.#byDocument.get(uri) ?? new Set();
    this.#byDocument.set(uri, tracks);
    return tracks;
  }
}

function groupByDocument(tracks: readonly Track[]): ReadonlyMap<string, readonly Track[]> {
  const groups = new Map<string, Track[]>();
  for (const track of tracks) {
    const group = groups.get(track.uri) ?? [];
    groups.set(track.uri, group);
    group.push(track);
  }
  return groups;
}

/** What an edit does to a range. */
interface RangeEffect extends TextRange {
  /**
   * moved: the text in it is as it was. edited: part of it is another. removed: nothing of it is left. replaced: all of
   * it and more was replaced at once; it may be anywhere in the new text.
   */
  readonly type: "moved" | "edited" | "removed" | "replaced";
}

/** A range after an edit. */
export function carryRange({ start, end }: TextRange, { offset, removed, text }: TextEdit): RangeEffect {
  const removedEnd = offset + removed;
  const inserted = text.length;
  const shift = inserted - removed;
  if (offset >= end) {
    return { type: "moved", start, end };
  }
  if (removedEnd < start || (removedEnd === start && offset <= start)) {
    return { type: "moved", start: start + shift, end: end + shift };
  }
  if (offset <= start && removedEnd >= end) {
    if (text.trim() === "") {
      return { type: "removed", start: offset, end: offset };
    }
    const isExact = offset === start && removedEnd === end;
    const near = offset + Math.round(((start - offset) / removed) * inserted);
    return isExact
      ? { type: "edited", start, end: start + inserted }
      : { type: "replaced", start: near, end: Math.min(offset + inserted, near + end - start) };
  }
  if (offset < start) {
    // New text over an edge belongs where more of the old text was.
    const isOurs = removedEnd - start > start - offset;
    return { type: "edited", start: isOurs ? offset : offset + inserted, end: end + shift };
  }
  if (removedEnd > end) {
    const isOurs = end - offset > removedEnd - end;
    return { type: "edited", start, end: isOurs ? offset + inserted : offset };
  }
  return { type: "edited", start, end: end + shift };
}
