// What stands around a caret, as every source needs it: the names and how near they are, the definitions that the caret
// is in, and where all that is in the index. The names are read from the text as it is now; the index may know the
// document as it was a moment ago (it reads an edit when the worker is idle), so places are carried over.
import type { ContextQuery, TextRange } from "./contextSource.js";
import type { IndexedFile, RepositoryIndex } from "./repositoryIndex.js";
import type { Definition } from "./symbols.js";
import { differenceOf, lineEnd, lineStart, overlap } from "./textRanges.js";

/** Names are looked for in so many characters before the caret, about forty lines, and after it, about ten. */
const namesBefore = 1600;
const namesAfter = 400;

/** A name so many lines away counts half. */
const halfLife = 6;

/** Names behind the caret say what the code goes on with, which is less than what it has just begun. */
const afterShare = 0.6;

/** Blank characters between a definition's end and a line that goes on with it. */
const mostBlank = 200;

/** What is searched for, in characters around the caret: the statement and what leads to it, not the whole function. */
const queryBefore = 700;
const queryAfter = 200;

/** What stands around a caret. */
export interface CaretSite {
  /** The document as the index knows it; undefined where it does not. */
  readonly file: IndexedFile | undefined;
  /** The caret in that text. */
  readonly offset: number;
  /** The window in that text. */
  readonly window: TextRange;
  /** Places in the file's definitions of those that the caret is in, innermost first. */
  readonly enclosing: readonly number[];
  /** Names around the caret with their weight in (0, 1], by nearness; in a fixed order. */
  readonly names: ReadonlyMap<string, number>;
  /** The code around the caret, for a search. */
  readonly nearText: string;
  /** What a member is being taken of (`user` in `user.na`), and what is typed of the member. */
  readonly member: { readonly receiver: string; readonly typed: string } | undefined;
}

const sites = new WeakMap<ContextQuery, { readonly index: RepositoryIndex; readonly site: CaretSite }>();

const texts = new WeakMap<ContextQuery, Map<number, string | undefined>>();

/** The text of a file, read once for each query; undefined when it has gone or changed. */
export function textOf(query: ContextQuery, file: IndexedFile): string | undefined {
  let known = texts.get(query);
  if (known === undefined) {
    known = new Map();
    texts.set(query, known);
  }
  if (!known.has(file.id)) {
    known.set(file.id, file.text());
  }
  return known.get(file.id);
}

/** Looks at a caret; once for each query, whoever asks. */
export function caretSite(query: ContextQuery, index: RepositoryIndex): CaretSite {
  const known = sites.get(query);
  if (known?.index === index) {
    return known.site;
  }
  const site = readSite(query, index);
  sites.set(query, { index, site });
  return site;
}

function readSite(query: ContextQuery, index: RepositoryIndex): CaretSite {
  const { text, offset, window } = query;
  const file = index.file(query.folder, query.path);
  const known = file && textOf(query, file);
  const carry = carrier(text, known);
  const place = carry(offset);
  const member = /([\p{L}_$][\p{L}\p{N}_$]*)(?:\?\.|::|->|\.)([\p{L}\p{N}_$]*)$/u.exec(
    text.slice(Math.max(0, offset - 200), offset),
  );
  return {
    file,
    offset: place,
    window: { start: carry(window.start), end: carry(window.end) },
    enclosing: file === undefined ? [] : enclosingOf(file.symbols.definitions, known ?? "", place),
    names: namesAround(text, offset),
    nearText: text.slice(Math.max(0, offset - queryBefore), offset + queryAfter),
    member: member === null ? undefined : { receiver: member[1] ?? "", typed: member[2] ?? "" },
  };
}

/**
 * Carries offsets of the text as it is over to the text that the index knows: what was typed since lies between what
 * both have at their start and at their end, and a place within it is where it begins.
 */
function carrier(text: string, known: string | undefined): (offset: number) => number {
  if (known === undefined || known === text) {
    return (offset) => offset;
  }
  const { start, endAfter } = differenceOf(known, text);
  return (offset) => {
    if (offset <= start) {
      return offset;
    }
    return offset >= endAfter ? offset + known.length - text.length : start;
  };
}

/** Places of the definitions around an offset, innermost first. */
export function enclosingOf(definitions: readonly Definition[], text: string, offset: number): readonly number[] {
  const line = lineStart(text, offset);
  // On a blank line what one is about to write belongs to the definition that it is indented below: where indentation
  // makes blocks, the definition ends before that line for a parser.
  const column = text.slice(line, offset).trim() === "" ? offset - line : 0;
  const found: number[] = [];
  for (const [place, { start, end }] of definitions.entries()) {
    if (start >= offset) {
      break;
    }
    const isNear = column > 0 && end < offset && end >= line - mostBlank;
    const isBelow = isNear && column > start - lineStart(text, start) && text.slice(end, offset).trim() === "";
    if (offset <= end || isBelow) {
      found.push(place);
    }
  }
  // In the order of their starts, outer before inner.
  return found.reverse();
}

function namesAround(text: string, offset: number): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  const add = (part: string, share: number, linesAway: (line: number, lines: number) => number): void => {
    const lines = part.split("\n");
    for (const [line, content] of lines.entries()) {
      const weight = share * 0.5 ** (linesAway(line, lines.length) / halfLife);
      for (const [name] of content.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)) {
        if (name.length > 1 && weight > (weights.get(name) ?? 0)) {
          weights.set(name, weight);
        }
      }
    }
  };
  add(text.slice(Math.max(0, offset - namesBefore), offset), 1, (line, lines) => lines - 1 - line);
  // The rest of the caret's line stands where the text goes on, whatever is written before it.
  const line = lineEnd(text, offset);
  add(text.slice(offset, line), 1, () => 0);
  add(text.slice(line, line + namesAfter), afterShare, (at) => at);
  return new Map([...weights].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

/** Is it the document itself? The index may give another object for the same file each time. */
export function isOwnFile({ file: own }: CaretSite, file: IndexedFile): boolean {
  return file.id === own?.id;
}

/** Is nothing of these ranges in the prompt's window already? */
export function isOutsideWindow(site: CaretSite, file: IndexedFile, ranges: readonly TextRange[]): boolean {
  return !isOwnFile(site, file) || !overlap(ranges, [site.window]);
}
