// Which files have a name. Lists only grow at their end, so a file that changes comes in again under a new number; numbers
// that are no longer anybody's are skipped by whoever reads.

/** Room of the first piece of a list; each further piece has twice as much. */
const firstPiece = 8;
const largestPiece = 1 << 12;

/** A piece's last bytes: where the next one is. */
const pointerBytes = 4;

const pageBits = 16;
const pageBytes = 1 << pageBits;

/** A name in one version needs no list: that stands in place of the list's number, with this bit. */
const single = 0x80000000;

/** One bit of four bytes says that a name has no list. */
export const largestVersion = 2 ** 30 - 1;

/**
 * Name → versions of files. Most names are in one file only and take four bytes; other lists are numbers of variable
 * length, the differences between one version and the next, in pieces of growing size.
 */
export class NamePostings {
  /** By name: 0 for none, a posting with `single`, or a list's number plus 1. */
  #entries = new Uint32Array(1 << 8);
  /** By list, three numbers: where it starts, where the next byte goes, where that piece's pointer is. */
  #lists = new Uint32Array(1 << 8);
  /** By list: the last version. */
  #lasts = new Uint32Array(1 << 6);
  /** By list: how many versions. */
  #counts = new Uint32Array(1 << 6);
  #listCount = 0;
  #pages: Uint8Array[] = [];
  /** Where the next piece goes. */
  #end = 0;

  get byteLength(): number {
    const pages = this.#pages.length * pageBytes;
    const lists = this.#lists.byteLength + this.#lasts.byteLength + this.#counts.byteLength;
    return this.#entries.byteLength + lists + pages;
  }

  /**
   * Adds a posting.
   *
   * @param version greater than every one before
   */
  add(name: number, version: number): void {
    if (name >= this.#entries.length) this.#entries = lengthen(this.#entries, name + 1);
    const entry = this.#entries[name] as number;
    if (entry === 0) {
      this.#entries[name] = (version | single) >>> 0;
      return;
    }
    let list = entry - 1;
    if (entry >= single) {
      list = this.#startList();
      this.#entries[name] = list + 1;
      this.#append(list, entry - single, -1);
    }
    this.#append(list, version, this.#lasts[list] as number);
  }

  /** How many versions a name has, those that are gone among them. */
  count(name: number): number {
    const entry = this.#entries[name] ?? 0;
    return entry === 0 || entry >= single ? Number(entry !== 0) : (this.#counts[entry - 1] as number);
  }

  /** Visits a name's versions, oldest first. */
  visit(name: number, visit: (version: number) => void): void {
    const entry = this.#entries[name] ?? 0;
    if (entry === 0) return;
    if (entry >= single) {
      visit(entry - single);
      return;
    }
    const list = entry - 1;
    const last = this.#lasts[list] as number;
    let at = this.#lists[list * 3] as number;
    let size = firstPiece;
    let pieceEnd = at + size - pointerBytes;
    let version = -1;
    for (;;) {
      const page = this.#pages[at >>> pageBits] as Uint8Array;
      let offset = at & (pageBytes - 1);
      if (at >= pieceEnd || page[offset] === 0) {
        at = this.#readPointer(pieceEnd);
        size = Math.min(size * 2, largestPiece);
        pieceEnd = at + size - pointerBytes;
        continue;
      }
      let byte = page[offset++] as number;
      let value = byte & 127;
      for (let shift = 7; byte >= 128; shift += 7) {
        byte = page[offset++] as number;
        value |= (byte & 127) << shift;
      }
      at += offset - (at & (pageBytes - 1));
      version += value;
      visit(version);
      if (version === last) return;
    }
  }

  #startList(): number {
    const list = this.#listCount++;
    if (list >= this.#lasts.length) {
      this.#lasts = lengthen(this.#lasts, list + 1);
      this.#counts = lengthen(this.#counts, list + 1);
      this.#lists = lengthen(this.#lists, (list + 1) * 3);
    }
    const start = this.#allocate(firstPiece);
    this.#lists[list * 3] = start;
    this.#lists[list * 3 + 1] = start;
    this.#lists[list * 3 + 2] = start + firstPiece - pointerBytes;
    return list;
  }

  #append(list: number, version: number, previous: number): void {
    // Never 0, which marks the end of what is used of a piece.
    const value = version - previous;
    const length = varintLength(value);
    let at = this.#lists[list * 3 + 1] as number;
    const pointer = this.#lists[list * 3 + 2] as number;
    if (at + length > pointer) at = this.#startPiece(list, pointer);
    const page = this.#pages[at >>> pageBits] as Uint8Array;
    let offset = at & (pageBytes - 1);
    let rest = value;
    while (rest >= 128) {
      page[offset++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    page[offset] = rest;
    this.#lists[list * 3 + 1] = at + length;
    this.#lasts[list] = version;
    (this.#counts[list] as number)++;
  }

  /** Adds a piece to a list: twice as large as the last one, which says where it is. */
  #startPiece(list: number, pointer: number): number {
    let size = firstPiece;
    let end = (this.#lists[list * 3] as number) + size - pointerBytes;
    while (end !== pointer) {
      size = Math.min(size * 2, largestPiece);
      end = this.#readPointer(end) + size - pointerBytes;
    }
    size = Math.min(size * 2, largestPiece);
    const start = this.#allocate(size);
    const page = this.#pages[pointer >>> pageBits] as Uint8Array;
    new DataView(page.buffer).setUint32(pointer & (pageBytes - 1), start, true);
    this.#lists[list * 3 + 2] = start + size - pointerBytes;
    return start;
  }

  #readPointer(at: number): number {
    const page = this.#pages[at >>> pageBits] as Uint8Array;
    return new DataView(page.buffer).getUint32(at & (pageBytes - 1), true);
  }

  /** Room that lies in one page. */
  #allocate(size: number): number {
    if ((this.#end & (pageBytes - 1)) + size > pageBytes || this.#end === this.#pages.length * pageBytes) {
      this.#end = this.#pages.length * pageBytes;
      this.#pages.push(new Uint8Array(pageBytes));
    }
    const start = this.#end;
    this.#end += size;
    return start;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) length++;
  return length;
}

function lengthen(numbers: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(Math.max(least, Math.ceil(numbers.length * 1.5)));
  longer.set(numbers);
  return longer;
}
