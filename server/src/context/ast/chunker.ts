// Joins small things and cuts large ones, so that a text becomes chunks that are about as large as a function. Knows
// places where a cut makes sense, and no language.
import { indentationWidth } from "../../syntax/indentation.js";

/** A chunk is as large as one function, so that it is about one thing, and so that several fit into a prompt. */
export const chunkLimits = {
  /** More lines only where no cut makes sense. */
  lines: 40,
  /** As many as 40 lines of 100 characters, about 1,000 tokens; not even a line that goes on for ever has more. */
  characters: 4000,
} as const;

/** A function of as many lines gets a chunk of its own. */
const ownChunkLines = 10;

/** Small siblings are joined until there are as many lines. */
const joinedLines = 20;

/** Fewer lines are not worth a chunk. */
const tinyLines = 4;

/** As many lines are better than a cut after fewer than `tinyLines`: a class's head and its long comment. */
const mostLines = 60;

/** A place where a chunk may begin. */
export interface Boundary {
  /** Of a line's first character. */
  readonly offset: number;
  /** Does a definition, with its comment, begin here? */
  readonly isDefinition: boolean;
}

/** A boundary with what the choice needs to know. */
interface Place {
  readonly offset: number;
  readonly line: number;
  /** Indentation: what is deeper belongs to what is less deep above it. */
  readonly level: number;
  /** What a cut here costs, beside what else there is to cut at. */
  readonly cost: number;
}

/**
 * Chooses where chunks begin.
 *
 * @param boundaries in their order
 * @returns offsets, the first 0; none for an empty text
 */
export function chooseCuts(text: string, boundaries: readonly Boundary[]): number[] {
  if (text === "") {
    return [];
  }
  const places = placesOf(text, boundaries);
  const lengths = siblingLengths(places);
  const cuts: number[] = [];
  for (let from = 0; from < places.length - 1; ) {
    cuts.push(from);
    from = nextCut(places, lengths, from);
  }
  const offsets = joinTiny(places, cuts).map((cut) => places[cut]?.offset ?? 0);
  return cutLong(text, offsets);
}

/** The boundaries, the text's start before and its end after them. */
function placesOf(text: string, boundaries: readonly Boundary[]): Place[] {
  const places: Place[] = [];
  let line = 0;
  let lineStart = 0;
  const add = ({ offset, isDefinition }: Boundary): void => {
    for (let newline = text.indexOf("\n", lineStart); newline >= 0 && newline < offset; ) {
      line++;
      lineStart = newline + 1;
      newline = text.indexOf("\n", lineStart);
    }
    const level = indentationWidth(text.slice(offset, offset + 200));
    const afterBlank = isBlankLineBefore(text, offset) ? 0 : 1;
    places.push({ offset, line, level, cost: 2 * level + afterBlank - (isDefinition ? 2 : 0) });
  };
  add({ offset: 0, isDefinition: false });
  for (const boundary of boundaries) {
    if (boundary.offset > (places.at(-1)?.offset ?? 0) && boundary.offset < text.length) {
      add(boundary);
    }
  }
  add({ offset: text.length, isDefinition: false });
  // A last line without a line end is a line, too; nothing is deeper than the end.
  const end = places.pop();
  if (end !== undefined) {
    places.push({ ...end, line: text.endsWith("\n") ? end.line : end.line + 1, level: 0 });
  }
  return places;
}

function isBlankLineBefore(text: string, lineStart: number): boolean {
  let at = lineStart - 2;
  while (at >= 0 && (text[at] === " " || text[at] === "\t" || text[at] === "\r")) at--;
  return at < 0 || text[at] === "\n";
}

/** For each place, the lines to the next that is no deeper. */
function siblingLengths(places: readonly Place[]): number[] {
  const lengths = new Array<number>(places.length).fill(0);
  const following: Place[] = [];
  for (let index = places.length - 1; index >= 0; index--) {
    const place = places[index];
    if (place === undefined) continue;
    while ((following.at(-1)?.level ?? 0) > place.level) following.pop();
    lengths[index] = (following.at(-1)?.line ?? place.line) - place.line;
    following.push(place);
  }
  return lengths;
}

/** @returns the place where the chunk that begins at `from` ends */
function nextCut(places: readonly Place[], lengths: readonly number[], from: number): number {
  const start = places[from];
  const end = places.length - 1;
  if (start === undefined) {
    return end;
  }
  let best = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  let lowest = start.level;
  for (let index = from + 1; index <= end; index++) {
    const place = places[index];
    if (place === undefined) continue;
    const lines = place.line - start.line;
    if (!fits(start, place, chunkLimits.lines)) {
      const isTooShort = (places[best]?.line ?? start.line) - start.line < tinyLines;
      return best < 0 || (isTooShort && fits(start, place, mostLines)) ? index : best;
    }
    if (index === end) {
      return end;
    }
    // Back at the level where the chunk began, or above it.
    if (place.level <= lowest) {
      const length = lengths[index] ?? 0;
      const isFull = lines >= joinedLines || lines + length > chunkLimits.lines;
      const leavesParent = place.level < start.level;
      const isNextToLarge = (lengths[from] ?? 0) >= ownChunkLines || length >= ownChunkLines;
      if (isFull || (lines >= tinyLines && (leavesParent || isNextToLarge))) {
        return index;
      }
      lowest = place.level;
    }
    const cost = place.cost + (lines < ownChunkLines ? shortChunkCost : 0);
    // Of two equal ones the later: fewer chunks.
    if (cost <= bestCost) {
      best = index;
      bestCost = cost;
    }
  }
  return end;
}

/** About one level of indentation: better one level deeper than a chunk of few lines. */
const shortChunkCost = 7;

function fits(start: Place, end: Place, lines: number): boolean {
  return end.line - start.line <= lines && end.offset - start.offset <= chunkLimits.characters;
}

/**
 * Joins a chunk with the one before: what is left of something large, when it is only a few lines, and the beginnings of
 * things that lie one in the other.
 */
function joinTiny(places: readonly Place[], cuts: readonly number[]): number[] {
  const joined: number[] = [];
  cuts.forEach((cut, index) => {
    const before = places[joined.at(-1) ?? -1];
    const place = places[cut];
    const after = places[cuts[index + 1] ?? places.length - 1];
    if (before === undefined || place === undefined || after === undefined) {
      joined.push(cut);
      return;
    }
    const isTail = place.level > 0 && after.line - place.line < tinyLines;
    const isWithin = place.level > before.level && fits(before, after, joinedLines);
    if (!isWithin && !(isTail && fits(before, after, chunkLimits.lines + tinyLines))) {
      joined.push(cut);
    }
  });
  return joined;
}

/** Cuts what is still too long: at a line end, else at white space, else anywhere but within a character. */
function cutLong(text: string, offsets: readonly number[]): number[] {
  const cuts: number[] = [];
  offsets.forEach((offset, index) => {
    const end = offsets[index + 1] ?? text.length;
    let start = offset;
    cuts.push(start);
    while (end - start > chunkLimits.characters) {
      start = cutBefore(text, start, start + chunkLimits.characters);
      cuts.push(start);
    }
  });
  return cuts;
}

function cutBefore(text: string, start: number, limit: number): number {
  const half = start + (limit - start) / 2;
  const newline = text.lastIndexOf("\n", limit - 1) + 1;
  if (newline > half) {
    return newline;
  }
  for (let at = limit; at > half; at--) {
    if (text[at - 1] === " " || text[at - 1] === "\t") return at;
  }
  const isWithinPair = (text.charCodeAt(limit) & 0xfc00) === 0xdc00;
  return isWithinPair ? limit - 1 : limit;
}
