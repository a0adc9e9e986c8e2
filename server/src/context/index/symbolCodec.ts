// A file's symbols in few bytes, and back. Objects for each reference of a large repository would take gigabytes; these
// bytes take about a fifth of the source. Mentions that are neither calls nor types are left out: nobody asks for those
// of other files, and they are most.
import { ByteWriter } from "../search/byteWriter.js";
import {
  type Chunk,
  type Definition,
  definitionKinds,
  type FileSymbols,
  type Import,
  type Reference,
  type ReferenceKind,
} from "../symbols.js";
import { ByteReader, zigzag } from "./byteReader.js";

/** What a file does with a name of its list; a sum of them. */
export const definesName = 1;
export const mentionsName = 2;

/** Kinds of references that are kept; their places are in the bytes. */
const keptKinds: readonly ReferenceKind[] = ["call", "type"];

/** Numbers of a definition behind its name and before its bases: kind and privacy, end, name's start, head's end, parent. */
const fieldsBehindHead = 5;

/** A file's symbols with its own list of names. */
export interface EncodedSymbols {
  /** The names, each as its length in bytes times four plus what the file does with it, and its UTF-8. */
  readonly names: Uint8Array;
  /** Everything else; a name is its place in the list. */
  readonly body: Uint8Array;
}

/** Encodes symbols; references that are not kept are left out. */
export function encodeSymbols(symbols: FileSymbols): EncodedSymbols {
  const names = new NameList();
  const parts = [
    encodeDefinitions(symbols.definitions, names),
    encodeReferences(symbols.references, names),
    encodeImports(symbols.imports, names),
    encodeChunks(symbols.chunks),
  ];
  const header = new ByteWriter(16);
  for (const part of parts) header.writeVarint(part.length);
  return { names: names.toBytes(), body: Buffer.concat([header.toBytes(), ...parts]) };
}

/** The names of one file, in the order in which they are first needed. */
class NameList {
  readonly #places = new Map<string, number>();
  readonly #flags: number[] = [];

  placeOf(name: string, flag = 0): number {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(name, place);
      this.#flags.push(0);
    }
    (this.#flags[place] as number) |= flag;
    return place;
  }

  toBytes(): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const [name, place] of this.#places) {
      const bytes = Buffer.from(name, "utf8");
      const head = new ByteWriter(16);
      head.writeVarint(bytes.length * 4 + (this.#flags[place] as number));
      parts.push(head.toBytes(), bytes);
    }
    return Buffer.concat(parts);
  }
}

/** Visits the names of a list in their order. */
export function visitNames(names: Uint8Array, visit: (start: number, end: number, flags: number) => void): void {
  const reader = new ByteReader(names);
  while (reader.position < names.length) {
    const head = reader.readVarint();
    const start = reader.position;
    reader.position += head >>> 2;
    visit(start, reader.position, head & 3);
  }
}

function encodeDefinitions(definitions: readonly Definition[], names: NameList): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(definitions.length);
  let previous = 0;
  for (const [place, definition] of definitions.entries()) {
    const { name, kind, start, end, nameStart, headEnd, parent, bases, isPrivate = false } = definition;
    writer.writeVarint(zigzag(start - previous));
    writer.writeVarint(names.placeOf(name, definesName) * 2 + (bases.length > 0 ? 1 : 0));
    writer.writeVarint(definitionKinds.indexOf(kind) * 2 + (isPrivate ? 1 : 0));
    writer.writeVarint(end - start);
    writer.writeVarint(zigzag(nameStart - start));
    writer.writeVarint(zigzag(headEnd - nameStart));
    writer.writeVarint(place - parent - 1);
    if (bases.length > 0) {
      writer.writeVarint(bases.length);
      for (const base of bases) writer.writeVarint(names.placeOf(base));
    }
    previous = start;
  }
  return writer.toBytes();
}

function encodeReferences(references: readonly Reference[], names: NameList): Uint8Array {
  const kept = references.filter(({ kind }) => keptKinds.includes(kind));
  const writer = new ByteWriter();
  writer.writeVarint(kept.length);
  let previous = 0;
  let around = -1;
  for (const { name, kind, start, definition } of kept) {
    const isElsewhere = definition !== around;
    writer.writeVarint(zigzag(start - previous));
    const place = names.placeOf(name, mentionsName);
    writer.writeVarint((place * keptKinds.length + keptKinds.indexOf(kind)) * 2 + (isElsewhere ? 1 : 0));
    if (isElsewhere) writer.writeVarint(definition + 1);
    previous = start;
    around = definition;
  }
  return writer.toBytes();
}

function encodeImports(imports: readonly Import[], names: NameList): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(imports.length);
  let previous = 0;
  for (const { module, names: imported, start, end } of imports) {
    writer.writeVarint(zigzag(start - previous));
    writer.writeVarint(end - start);
    writer.writeVarint(names.placeOf(module));
    writer.writeVarint(imported.length);
    for (const { name, alias } of imported) {
      writer.writeVarint(names.placeOf(name));
      writer.writeVarint(names.placeOf(alias));
    }
    previous = start;
  }
  return writer.toBytes();
}

function encodeChunks(chunks: readonly Chunk[]): Uint8Array {
  const writer = new ByteWriter();
  writer.writeVarint(chunks.length);
  let previous = 0;
  for (const { start, end, definition } of chunks) {
    writer.writeVarint(zigzag(start - previous));
    writer.writeVarint(end - start);
    writer.writeVarint(definition + 1);
    previous = end;
  }
  return writer.toBytes();
}

/** By definition: its name's place in the file's list, where its text starts, and where its bytes go on behind that. */
interface DefinitionTable {
  readonly names: Uint32Array;
  readonly starts: Int32Array;
  readonly positions: Uint32Array;
}

function readTable(reader: ByteReader): DefinitionTable {
  const count = reader.readVarint();
  const table = { names: new Uint32Array(count), starts: new Int32Array(count), positions: new Uint32Array(count) };
  let start = 0;
  for (let place = 0; place < count; place++) {
    start += reader.readSigned();
    table.starts[place] = start;
    table.positions[place] = reader.position;
    const head = reader.readVarint();
    table.names[place] = head >>> 1;
    for (let field = 0; field < fieldsBehindHead; field++) reader.readVarint();
    if ((head & 1) === 1) {
      for (let rest = reader.readVarint(); rest > 0; rest--) reader.readVarint();
    }
  }
  return table;
}

/** Reads the body of encoded symbols, one part at a time. Trusts the bytes: whoever has them from a disk checks them. */
export class SymbolReader {
  readonly #body: Uint8Array;
  readonly #nameOf: (place: number) => string;
  /** Where definitions, references, imports and chunks start. */
  readonly #parts: readonly number[];
  #definitions: DefinitionTable | undefined;

  /**
   * @param body of EncodedSymbols
   * @param nameOf the name at a place of the file's list
   */
  constructor(body: Uint8Array, nameOf: (place: number) => string) {
    this.#body = body;
    this.#nameOf = nameOf;
    const reader = new ByteReader(body);
    const lengths = [reader.readVarint(), reader.readVarint(), reader.readVarint(), reader.readVarint()];
    let at = reader.position;
    this.#parts = lengths.map((length) => {
      at += length;
      return at - length;
    });
  }

  get definitionCount(): number {
    return this.#table().names.length;
  }

  /**
   * The places of the definitions of one name.
   *
   * @param wanted its place in the file's list
   */
  placesOf(wanted: number): readonly number[] {
    const { names } = this.#table();
    const places: number[] = [];
    for (let place = names.indexOf(wanted); place >= 0; place = names.indexOf(wanted, place + 1)) places.push(place);
    return places;
  }

  /** @param place less than `definitionCount` */
  definition(place: number): Definition {
    const { positions, starts } = this.#table();
    const reader = new ByteReader(this.#body, positions[place]);
    const start = starts[place] as number;
    const head = reader.readVarint();
    const kindAndPrivacy = reader.readVarint();
    const kind = definitionKinds[kindAndPrivacy >>> 1] ?? "variable";
    const end = start + reader.readVarint();
    const nameStart = start + reader.readSigned();
    const headEnd = nameStart + reader.readSigned();
    const parent = place - reader.readVarint() - 1;
    const bases: string[] = [];
    if ((head & 1) === 1) {
      for (let rest = reader.readVarint(); rest > 0; rest--) bases.push(this.#nameOf(reader.readVarint()));
    }
    const name = this.#nameOf(head >>> 1);
    const privacy = (kindAndPrivacy & 1) === 1 ? ({ isPrivate: true } as const) : {};
    return { name, kind, start, end, nameStart, headEnd, parent, bases, ...privacy };
  }

  /** Where each definition is in the bytes: most files are asked about one or two of hundreds. */
  #table(): DefinitionTable {
    this.#definitions ??= readTable(this.#readPart(0));
    return this.#definitions;
  }

  /** The calls and types, or those of one name. */
  references(wanted?: number): Reference[] {
    const reader = this.#readPart(1);
    const found: Reference[] = [];
    let start = 0;
    let definition = -1;
    for (let rest = reader.readVarint(); rest > 0; rest--) {
      start += reader.readSigned();
      const head = reader.readVarint();
      if ((head & 1) === 1) definition = reader.readVarint() - 1;
      const name = Math.floor((head >>> 1) / keptKinds.length);
      if (wanted !== undefined && name !== wanted) continue;
      const kind = keptKinds[(head >>> 1) % keptKinds.length] ?? "call";
      found.push({ name: this.#nameOf(name), kind, start, definition });
    }
    return found;
  }

  imports(): Import[] {
    const reader = this.#readPart(2);
    const found: Import[] = [];
    let start = 0;
    for (let rest = reader.readVarint(); rest > 0; rest--) {
      start += reader.readSigned();
      const end = start + reader.readVarint();
      const module = this.#nameOf(reader.readVarint());
      const names: Import["names"][number][] = [];
      for (let left = reader.readVarint(); left > 0; left--) {
        const name = this.#nameOf(reader.readVarint());
        names.push({ name, alias: this.#nameOf(reader.readVarint()) });
      }
      found.push({ module, names, start, end });
    }
    return found;
  }

  chunks(): Chunk[] {
    const reader = this.#readPart(3);
    const found: Chunk[] = [];
    let previous = 0;
    for (let rest = reader.readVarint(); rest > 0; rest--) {
      const start = previous + reader.readSigned();
      const end = start + reader.readVarint();
      found.push({ start, end, definition: reader.readVarint() - 1 });
      previous = end;
    }
    return found;
  }

  #readPart(part: number): ByteReader {
    return new ByteReader(this.#body, this.#parts[part]);
  }
}
