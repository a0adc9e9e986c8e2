// What the developer just did: the places that they edited and looked at, newest first, carried along as texts change.
import type { Activity, TextRange } from "../context/contextSource.js";
import { differenceOf } from "../context/textRanges.js";

/** Places that are remembered of each kind; what came before is another task. */
const mostPlaces = 32;

/** An edit so near to the last one in the same file goes on with it, in characters: about five lines. */
const sameEditReach = 200;

/** A replacement of part of a text, in UTF-16 units of the text before. */
export interface TextChange {
  readonly start: number;
  readonly removed: number;
  readonly inserted: number;
}

/** Where a file is. */
export type FilePlace = Pick<Activity, "folder" | "path">;

/** Remembers edits and views. Plain state: the same calls in the same order give the same places. */
export class ActivityLog {
  #edits: readonly Activity[] = [];
  #views: readonly Activity[] = [];

  /** Newest first. */
  get edits(): readonly Activity[] {
    return this.#edits;
  }

  /** Newest first. */
  get views(): readonly Activity[] {
    return this.#views;
  }

  /** Somebody typed, or a tool changed the text. */
  edit(place: FilePlace, change: TextChange): void {
    this.#edits = this.#edits.map((known) => carry(known, place, change));
    this.#views = this.#views.map((known) => carry(known, place, change));
    const range = { start: change.start, end: change.start + change.inserted };
    const near = this.#edits.findIndex(
      (known) =>
        isSameFile(known, place) &&
        range.start <= known.end + sameEditReach &&
        known.start <= range.end + sameEditReach,
    );
    const merged = near < 0 ? range : join(range, this.#edits[near] as Activity);
    const others = this.#edits.filter((_, index) => index !== near);
    this.#edits = [{ folder: place.folder, path: place.path, ...merged }, ...others].slice(0, mostPlaces);
  }

  /** Somebody looked at a part of a file. */
  view(place: FilePlace, range: TextRange): void {
    const others = this.#views.filter((known) => !(isSameFile(known, place) && overlaps(known, range)));
    const view = { folder: place.folder, path: place.path, start: range.start, end: range.end };
    this.#views = [view, ...others].slice(0, mostPlaces);
  }

  /** Forgets what is in a folder that was closed. */
  forgetFolder(folder: string): void {
    this.#edits = this.#edits.filter((known) => known.folder !== folder);
    this.#views = this.#views.filter((known) => known.folder !== folder);
  }
}

/** What is another text between what both have at their start and at their end; undefined when they are the same. */
export function findChange(before: string, after: string): TextChange | undefined {
  if (before === after) {
    return undefined;
  }
  const { start, endBefore, endAfter } = differenceOf(before, after);
  return { start, removed: endBefore - start, inserted: endAfter - start };
}

function carry(known: Activity, place: FilePlace, { start, removed, inserted }: TextChange): Activity {
  if (!isSameFile(known, place)) {
    return known;
  }
  const move = (offset: number): number => {
    if (offset <= start) {
      return offset;
    }
    return offset >= start + removed ? offset + inserted - removed : start + Math.min(inserted, offset - start);
  };
  return { ...known, start: move(known.start), end: move(known.end) };
}

function join(one: TextRange, other: TextRange): TextRange {
  return { start: Math.min(one.start, other.start), end: Math.max(one.end, other.end) };
}

function overlaps(one: TextRange, other: TextRange): boolean {
  return one.start < other.end && other.start < one.end;
}

function isSameFile(one: FilePlace, other: FilePlace): boolean {
  return one.path === other.path && one.folder === other.folder;
}
