// Counts the errors in documents that differ from one another at the caret only: the original is parsed once, what differs
// is parsed anew. Holes of one file come one after the other, so most cost a millisecond, however long the file is.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Edit, Language as Grammar, Parser, type Tree } from "web-tree-sitter";
import { errorMessage } from "../../errorMessage.js";
import { countErrorNodes } from "../../syntax/errorNodes.js";
import type { Languages } from "../../syntax/languages.js";
import { loadWasmParser, type WasmFiles } from "../../syntax/wasmParser.js";

/** Where the grammars are, and who is told when one cannot be used. */
export interface SyntaxErrorsOptions {
  /** Without them no document has a count. */
  readonly wasm?: WasmFiles | undefined;
  readonly onProblem?: ((message: string) => void) | undefined;
}

/** A change to a document: what stands between two UTF-16 offsets is replaced. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A parser, and the document that it read last. */
interface Reader {
  readonly parser: Parser;
  document: { readonly text: string; readonly tree: Tree } | undefined;
}

/** Error nodes in the documents of all languages; dispose it. */
export class SyntaxErrors {
  readonly #languages: Languages;
  /** By the languages' own ids. */
  readonly #readers: ReadonlyMap<string, Reader>;

  private constructor(languages: Languages, readers: ReadonlyMap<string, Reader>) {
    this.#languages = languages;
    this.#readers = readers;
  }

  /** Loads the grammars; one that cannot be used is reported and left out. */
  static async load(languages: Languages, { wasm, onProblem }: SyntaxErrorsOptions): Promise<SyntaxErrors> {
    const readers = new Map<string, Reader>();
    for (const { id, grammar, ...language } of wasm === undefined ? [] : languages.all) {
      if (wasm === undefined || grammar === undefined) continue;
      try {
        if (readers.size === 0) {
          // Starts the runtime, of which there is one per process.
          (await loadWasmParser({ ...language, id, grammar, queries: {} }, wasm, []))?.dispose();
        }
        const loaded = await Grammar.load(await readFile(join(wasm.grammars, grammar)));
        readers.set(id, { parser: new Parser().setLanguage(loaded), document: undefined });
      } catch (error) {
        onProblem?.(`No parse rate for ${id}: ${errorMessage(error)}`);
      }
    }
    return new SyntaxErrors(languages, readers);
  }

  /**
   * How many nodes of a document the parser could not make sense of, or had to invent.
   *
   * @param replacement a change to the document that is made first
   * @returns undefined without a grammar
   */
  count(text: string, languageId: string, replacement?: Replacement): number | undefined {
    const reader = this.#readers.get(this.#languages.get(languageId).id);
    const original = reader && readDocument(reader, text);
    if (reader === undefined || original === undefined) {
      return undefined;
    }
    if (replacement === undefined) {
      return countErrorNodes(original.rootNode);
    }
    const { start, end, text: inserted } = replacement;
    const changed = text.slice(0, start) + inserted + text.slice(end);
    const edited = original.copy();
    edited.edit(editOf(text, changed, replacement));
    const tree = reader.parser.parse(changed, edited);
    edited.delete();
    const count = tree === null ? undefined : countErrorNodes(tree.rootNode);
    tree?.delete();
    return count;
  }

  /** Frees the parsers. */
  dispose(): void {
    for (const { document, parser } of this.#readers.values()) {
      document?.tree.delete();
      parser.delete();
    }
  }
}

function readDocument(reader: Reader, text: string): Tree | undefined {
  if (reader.document?.text !== text) {
    reader.document?.tree.delete();
    const tree = reader.parser.parse(text);
    reader.document = tree === null ? undefined : { text, tree };
  }
  return reader.document?.tree;
}

function editOf(before: string, after: string, { start, end, text }: Replacement): Edit {
  return new Edit({
    startIndex: start,
    oldEndIndex: end,
    newEndIndex: start + text.length,
    startPosition: positionOf(before, start),
    oldEndPosition: positionOf(before, end),
    newEndPosition: positionOf(after, start + text.length),
  });
}

function positionOf(text: string, offset: number): { readonly row: number; readonly column: number } {
  let row = 0;
  let lineStart = 0;
  for (let newline = text.indexOf("\n"); newline >= 0 && newline < offset; newline = text.indexOf("\n", lineStart)) {
    row++;
    lineStart = newline + 1;
  }
  return { row, column: offset - lineStart };
}
