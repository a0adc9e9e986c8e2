// The documents that are open in the editor: their texts count, not the disk's. Each keeps its syntax tree, so that an
// edit costs the parse of what it changed.

import type { SyntaxDocument } from "../../syntax/parser.js";
import type { SymbolExtractor } from "../ast/extract.js";
import { extractSymbols } from "../ast/extractSymbols.js";
import type { FileSymbols } from "../symbols.js";
import { differenceOf } from "../textRanges.js";
import type { Place } from "./folderDistance.js";

/** Trees take some ten times their text's memory, and few documents are edited at a time. */
const mostTrees = 8;

/** `[start, end)` became `text`; offsets in the text as it was before this edit. UTF-16 units. */
export interface DocumentEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** An open document. */
export interface OpenDocument {
  readonly uri: string;
  /** Where it is; undefined in no workspace folder. */
  place: Place | undefined;
  text: string;
  /** Has it changed since it was put into the index? */
  isDirty: boolean;
}

/** Keeps texts and trees. */
export class OpenDocuments {
  readonly #extractor: SymbolExtractor;
  readonly #documents = new Map<string, OpenDocument>();
  /** By URI, the latest last. */
  readonly #trees = new Map<string, SyntaxDocument>();

  constructor(extractor: SymbolExtractor) {
    this.#extractor = extractor;
  }

  all(): Iterable<OpenDocument> {
    return this.#documents.values();
  }

  get(uri: string): OpenDocument | undefined {
    return this.#documents.get(uri);
  }

  /** Opens a document, or takes a new text for one that is open. */
  set(uri: string, place: Place | undefined, text: string): void {
    const known = this.#documents.get(uri);
    if (known === undefined) {
      this.#documents.set(uri, { uri, place, text, isDirty: true });
      return;
    }
    if (text === known.text) return;
    const { start, endBefore, endAfter } = differenceOf(known.text, text);
    this.edit(uri, [{ start, end: endBefore, text: text.slice(start, endAfter) }]);
  }

  /** Applies edits, each to the text that the one before left. Nothing for a document that is not open. */
  edit(uri: string, edits: readonly DocumentEdit[]): void {
    const document = this.#documents.get(uri);
    if (document === undefined) return;
    const tree = this.#trees.get(uri);
    for (const { start, end, text } of edits) {
      document.text = document.text.slice(0, start) + text + document.text.slice(end);
      tree?.edit(start, end, text);
    }
    document.isDirty = true;
  }

  close(uri: string): OpenDocument | undefined {
    const document = this.#documents.get(uri);
    this.#documents.delete(uri);
    this.#dropTree(uri);
    return document;
  }

  /** A document's symbols; its grammar must be loaded. */
  symbols({ uri, place, text }: OpenDocument): FileSymbols {
    const path = place?.path ?? uri;
    let tree = this.#trees.get(uri);
    if (tree === undefined) tree = this.#extractor.open(path, text);
    else this.#trees.delete(uri);
    if (tree === undefined) return this.#extractor.symbolsWithoutSyntax(path, text);
    this.#trees.set(uri, tree);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > mostTrees && oldest !== undefined) this.#dropTree(oldest);
    return extractSymbols(tree) ?? this.#extractor.symbolsWithoutSyntax(path, text);
  }

  dispose(): void {
    for (const uri of [...this.#trees.keys()]) this.#dropTree(uri);
    this.#documents.clear();
  }

  #dropTree(uri: string): void {
    this.#trees.get(uri)?.dispose();
    this.#trees.delete(uri);
  }
}
