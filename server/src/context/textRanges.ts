// Arithmetic with parts of a text.
import type { TextRange } from "./contextSource.js";

/** Do two lists of ranges have a character in common? */
export function overlap(one: readonly TextRange[], other: readonly TextRange[]): boolean {
  return one.some((a) => other.some((b) => a.start < b.end && b.start < a.end));
}

/** Where two texts differ: from `start` on, up to an end in each, behind which both go on alike. */
export interface Difference {
  readonly start: number;
  readonly endBefore: number;
  readonly endAfter: number;
}

/** What lies between the beginning and the end that two texts share. */
export function differenceOf(before: string, after: string): Difference {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before.charCodeAt(start) === after.charCodeAt(start)) {
    start++;
  }
  let shared = 0;
  while (
    shared < shortest - start &&
    before.charCodeAt(before.length - 1 - shared) === after.charCodeAt(after.length - 1 - shared)
  ) {
    shared++;
  }
  return { start, endBefore: before.length - shared, endAfter: after.length - shared };
}

/** Where the line that holds this offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line that holds this offset ends, before its line end. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  const at = end < 0 ? text.length : end;
  return at > 0 && text[at - 1] === "\r" ? Math.max(offset, at - 1) : at;
}

/** The range with the white space before it on its first line, so that indentation is kept, and none at its end. */
export function wholeLines(text: string, { start, end }: TextRange): TextRange {
  const from = lineStart(text, start);
  const last = start + text.slice(start, end).trimEnd().length;
  return { start: text.slice(from, start).trim() === "" ? from : start, end: Math.max(start, last) };
}

/** The range, cut behind the last line end that leaves at most this many characters; within a line if there is none. */
export function cutRange(text: string, { start, end }: TextRange, length: number): TextRange {
  if (end - start <= length) {
    return { start, end };
  }
  const line = text.lastIndexOf("\n", start + length);
  return { start, end: line > start ? line : start + length };
}

/** Ranges in order, those that touch or leave at most `gap` characters between them as one. */
export function mergeRanges(ranges: readonly TextRange[], gap = 0): readonly TextRange[] {
  const merged: TextRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.end + gap) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}
