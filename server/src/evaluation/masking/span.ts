// A part of a file that is cut out of it.

/** Half-open range of UTF-16 offsets, with the kind of hole that it makes. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** As reports name it: `node:call`, `caret:.`, `caret:.|rest`, … */
  readonly kind: string;
}

/** Most lines of a hole: the longest text that the editor suggests by default. */
export const mostLines = 12;

/** Most characters of a hole: a dozen lines of prose in a string are no code. */
export const mostCharacters = 1200;

/** Is this something to ask for? Not nothing, and not more than a suggestion can hold. */
export function isHole(text: string): boolean {
  return text.trim() !== "" && text.length <= mostCharacters && text.trim().split("\n").length <= mostLines;
}

/** The span without the white space at its ends; undefined when nothing else is in it. */
export function trimSpan(text: string, { start, end, kind }: Span): Span | undefined {
  const part = text.slice(start, end);
  const trimmed = part.trim();
  const from = start + (part.length - part.trimStart().length);
  return trimmed === "" ? undefined : { start: from, end: from + trimmed.length, kind };
}
