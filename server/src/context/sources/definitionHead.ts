// A definition as a candidate: its head, without what is in it.
import { textOf } from "../caretSite.js";
import type { Candidate, ContextQuery, TextRange } from "../contextSource.js";
import type { IndexedFile } from "../repositoryIndex.js";
import { compactHead, headOf } from "../shapes.js";
import type { Definition } from "../symbols.js";
import { wholeLines } from "../textRanges.js";
import { compareFiles } from "./candidates.js";

/**
 * A definition's head. Where it begins is known when somebody asks: that takes the file's text, and of the many heads only
 * the best are ever shown.
 */
export class DefinitionHead implements Candidate {
  readonly file: IndexedFile;
  readonly definition: Definition;
  readonly score: number;
  readonly #query: ContextQuery;
  #ranges: readonly TextRange[] | undefined;

  constructor(query: ContextQuery, file: IndexedFile, definition: Definition, score: number) {
    this.#query = query;
    this.file = file;
    this.definition = definition;
    this.score = score;
  }

  get core(): TextRange {
    const { nameStart, name } = this.definition;
    return { start: nameStart, end: nameStart + name.length };
  }

  /** With the first line's indentation: what several heads take together is counted before they are cut. */
  get ranges(): readonly TextRange[] {
    if (this.#ranges === undefined) {
      const text = textOf(this.#query, this.file);
      // Without its text nothing of a file is shown, whatever the range.
      const range = text === undefined ? headOf(this.definition) : wholeLines(text, compactHead(text, this.definition));
      this.#ranges = [range];
    }
    return this.#ranges;
  }
}

/** The likeliest first, then by where they are. */
export function compareHeads(a: DefinitionHead, b: DefinitionHead): number {
  return b.score - a.score || compareFiles(a.file, b.file) || a.definition.nameStart - b.definition.nameStart;
}
