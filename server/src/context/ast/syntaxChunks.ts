// Chunks that follow syntax: cut between definitions, between the statements of a large one, never in its head.
import type { IsLate, SyntaxDocument } from "../../syntax/parser.js";
import type { Chunk, Definition } from "../symbols.js";
import { type Boundary, chooseCuts, chunkLimits } from "./chunker.js";
import { innermostAround } from "./definitions.js";

/** A node of as few characters and lines is not looked into for a place to cut. */
const smallNode = { lines: 10, characters: chunkLimits.characters / 2 } as const;

/** The end of something: a bracket, or the quotes of a string of many lines. */
const closing = /[ \t]*(?:[)\]}]|["'`]{1,3}[\s,;)])/y;

/**
 * The chunks of a document.
 *
 * @param definitions its own, in the order of their starts
 * @returns undefined when it gave up
 */
export function syntaxChunks(
  document: SyntaxDocument,
  definitions: readonly Definition[],
  isLate?: IsLate,
): readonly Chunk[] | undefined {
  const { text } = document;
  const cutLines = document.cutLines((start, end) => isSmall(text, start, end), isLate);
  if (cutLines === undefined) {
    return undefined;
  }
  const firstLines = new Set(definitions.map(({ start }) => startOfBlank(text, start)));
  const heads = new Heads(text, definitions);
  const boundaries: Boundary[] = [];
  for (const offset of cutLines) {
    closing.lastIndex = offset;
    if (!closing.test(text) && !heads.cover(offset)) {
      boundaries.push({ offset, isDefinition: firstLines.has(offset) });
    }
  }
  return toChunks(text, chooseCuts(text, boundaries), definitions);
}

function isSmall(text: string, start: number, end: number): boolean {
  return end - start <= smallNode.characters && lineEndsWithin(text, start, end, smallNode.lines) < smallNode.lines;
}

/** Line ends in a part of a text, as many as the limit at most. Looks no further than the part: a line may be endless. */
function lineEndsWithin(text: string, start: number, end: number, limit: number): number {
  let count = 0;
  for (let at = start; at < end && count < limit; at++) {
    if (text.charCodeAt(at) === 10) count++;
  }
  return count;
}

/** Where the blanks before an offset begin; the start of its line if there is nothing else. */
function startOfBlank(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && (text[at - 1] === " " || text[at - 1] === "\t")) at--;
  return at;
}

/** Comments, decorators and heads of definitions, which no cut goes through. Asked for ever greater offsets. */
class Heads {
  readonly #text: string;
  readonly #definitions: readonly Definition[];
  #next = 0;
  #coveredTo = -1;

  constructor(text: string, definitions: readonly Definition[]) {
    this.#text = text;
    this.#definitions = definitions;
  }

  cover(offset: number): boolean {
    for (; this.#next < this.#definitions.length; this.#next++) {
      const definition = this.#definitions[this.#next];
      if (definition === undefined || definition.start >= offset) break;
      // A head that is a chunk of its own is cut like anything else.
      if (isHead(this.#text, definition)) {
        this.#coveredTo = Math.max(this.#coveredTo, definition.headEnd);
      }
    }
    return offset < this.#coveredTo;
  }
}

function isHead(text: string, { start, headEnd }: Definition): boolean {
  const mostLines = chunkLimits.lines / 2;
  return lineEndsWithin(text, start, headEnd, mostLines) < mostLines;
}

/** Chunks between cuts, each with the innermost definition that holds it, white space around it aside. */
export function toChunks(text: string, cuts: readonly number[], definitions: readonly Definition[]): readonly Chunk[] {
  return cuts.map((start, index) => {
    const end = cuts[index + 1] ?? text.length;
    let first = start;
    let last = end;
    while (first < last && text.charCodeAt(first) <= 32) first++;
    while (last > first && text.charCodeAt(last - 1) <= 32) last--;
    return { start, end, definition: innermostAround(definitions, first, last) };
  });
}
