// One file of the index as sources see it. What is asked for is decoded, once; what is not, never.
import type { IndexedFile, LocatedDefinition, LocatedReference } from "../repositoryIndex.js";
import type { Chunk, Definition, FileSymbols, Import, Reference } from "../symbols.js";
import { ByteReader } from "./byteReader.js";
import type { NameTable } from "./nameTable.js";
import { SymbolReader } from "./symbolCodec.js";

/** What is known of an open document: its text, and its symbols with all references. */
export interface OpenContent {
  readonly text: string;
  readonly symbols: FileSymbols;
}

/** The text of a file on disk, if it is still the text that was indexed. */
export type ReadText = (folder: string, path: string) => string | undefined;

/** What the view is of. */
export interface ViewedFile extends Pick<IndexedFile, "id" | "folder" | "path" | "language"> {
  readonly open: OpenContent | undefined;
}

/** A file with its symbols. */
export class FileView implements IndexedFile {
  readonly id: number;
  readonly folder: string;
  readonly path: string;
  readonly language: string | undefined;
  readonly symbols: FileSymbols;
  readonly #open: OpenContent | undefined;
  readonly #readText: ReadText;
  readonly #reader: SymbolReader;
  /** The numbers of the file's own list of names. */
  readonly #names: Int32Array;

  /**
   * @param bytes how many names; each one's number times four, plus flags; the body of EncodedSymbols
   * @param table what the numbers stand for
   */
  constructor(file: ViewedFile, bytes: Uint8Array, table: NameTable, readText: ReadText) {
    this.id = file.id;
    this.folder = file.folder;
    this.path = file.path;
    this.language = file.language;
    this.#open = file.open;
    this.#readText = readText;
    const reader = new ByteReader(bytes);
    const names = new Int32Array(reader.readVarint());
    for (let place = 0; place < names.length; place++) names[place] = reader.readVarint() >>> 2;
    this.#names = names;
    // The index may move its bytes while this view lives.
    const body = bytes.slice(reader.position);
    this.#reader = new SymbolReader(body, (place) => table.nameOf(names[place] as number));
    this.symbols = file.open?.symbols ?? new LazySymbols(this.#reader);
  }

  definition(place: number): Definition | undefined {
    return this.symbols instanceof LazySymbols ? this.symbols.definition(place) : this.symbols.definitions[place];
  }

  text(): string | undefined {
    return this.#open?.text ?? this.#readText(this.folder, this.path);
  }

  /** Its definitions of one name. */
  definitionsOf(name: number): LocatedDefinition[] {
    const place = this.#names.indexOf(name);
    return this.#reader
      .placesOf(place)
      .map((index) => ({ file: this, index, definition: this.definition(index) as Definition }));
  }

  /** Its calls and types of one name. */
  referencesTo(name: number): LocatedReference[] {
    const place = this.#names.indexOf(name);
    return this.#reader.references(place).map((reference) => ({ file: this, reference }));
  }
}

class LazySymbols implements FileSymbols {
  readonly #reader: SymbolReader;
  /** By place: those that were asked for before all were. */
  readonly #known = new Map<number, Definition>();
  #definitions: readonly Definition[] | undefined;
  #references: readonly Reference[] | undefined;
  #imports: readonly Import[] | undefined;
  #chunks: readonly Chunk[] | undefined;

  constructor(reader: SymbolReader) {
    this.#reader = reader;
  }

  get definitions(): readonly Definition[] {
    if (this.#definitions === undefined) {
      const places = Array.from({ length: this.#reader.definitionCount }, (_, place) => place);
      this.#definitions = places.map((place) => this.#known.get(place) ?? this.#reader.definition(place));
    }
    return this.#definitions;
  }

  /** The very object that `definitions` has at this place. */
  definition(place: number): Definition | undefined {
    if (this.#definitions !== undefined) return this.#definitions[place];
    if (place < 0 || place >= this.#reader.definitionCount) return undefined;
    const definition = this.#known.get(place) ?? this.#reader.definition(place);
    this.#known.set(place, definition);
    return definition;
  }

  get references(): readonly Reference[] {
    this.#references ??= this.#reader.references();
    return this.#references;
  }

  get imports(): readonly Import[] {
    this.#imports ??= this.#reader.imports();
    return this.#imports;
  }

  get chunks(): readonly Chunk[] {
    this.#chunks ??= this.#reader.chunks();
    return this.#chunks;
  }
}
