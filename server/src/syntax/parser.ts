// Syntax trees of source text, as callers see them: one interface, whatever parses. A tree lives in the parser's own
// memory, so none leaves it: callers get plain data: captures, and places to cut the text at.
import type { QueryName, QuerySelection } from "./language.js";

/** A node that a query captured. UTF-16 offsets. */
export interface Capture {
  /** The capture's name in the query, without `@`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Asked again and again while something is worked on; the work is given up when the answer is true. */
export type IsLate = () => boolean;

/**
 * A text with its syntax tree. The text is parsed when something is first asked of it, and again, incrementally, when
 * something is asked after edits. Dispose it: its memory is not the garbage collector's.
 */
export interface SyntaxDocument {
  /** The text as it is after all edits. */
  readonly text: string;
  /**
   * Runs a query.
   *
   * @returns captures in the order of their starts; undefined when it gave up, and may be asked again
   */
  captures(query: QuerySelection, isLate?: IsLate): readonly Capture[] | undefined;
  /**
   * Runs a query; the captures of one match of a pattern stay together.
   *
   * @returns matches in no order to rely on; undefined when it gave up, and may be asked again
   */
  matches(query: QuerySelection, isLate?: IsLate): readonly (readonly Capture[])[] | undefined;
  /**
   * Where the text can be cut without going through what is small.
   *
   * @param isSmall whether a node from one offset to another need not be looked into
   * @returns the offsets of lines, in their order, that begin with a node; undefined when it gave up
   */
  cutLines(isSmall: (start: number, end: number) => boolean, isLate?: IsLate): readonly number[] | undefined;
  /** Tells of a change of the text: `[start, oldEnd)` became `replacement`. */
  edit(start: number, oldEnd: number, replacement: string): void;
  /** Frees the tree. */
  dispose(): void;
}

/** Parses the source of one language. */
export interface SyntaxParser {
  /** A document of this language. Nothing is parsed yet. */
  open(text: string): SyntaxDocument;
  /**
   * Parses a text and runs one of the language's queries on it: for one question about a text.
   *
   * @returns captures in the order of their starts; undefined when it gave up
   */
  captures(text: string, query: QueryName, isLate: IsLate): readonly Capture[] | undefined;
  /** Parses a text and counts the nodes that are errors or missing; undefined when it gave up. */
  countErrors(text: string, isLate: IsLate): number | undefined;
  /** Frees the parser's memory. Its documents must be disposed before. */
  dispose(): void;
}

/** A grammar or query that cannot be used; the message names the file. */
export class GrammarError extends Error {
  override readonly name = "GrammarError";
}
