// Names as whole numbers. A million names as strings in a map take some hundred megabytes; here they are bytes in one
// array and a hash table of numbers. Names are never taken out: now and then the index makes a new table.

const encoder = new TextEncoder();

/** Names → 0, 1, 2, … in the order in which they come. */
export class NameTable {
  /** UTF-8 of all names, one after the other. */
  #bytes = Buffer.alloc(1 << 12);
  /** Where each name starts, and where the last one ends. */
  #starts = new Uint32Array(1 << 8);
  #size = 0;
  /** Open addressing with linear probing: a name's number plus 1, or 0. */
  #slots = new Int32Array(1 << 9);

  get size(): number {
    return this.#size;
  }

  get byteLength(): number {
    return this.#bytes.byteLength + this.#starts.byteLength + this.#slots.byteLength;
  }

  /** The number of the name at a range of UTF-8; a new one when it is new. */
  intern(bytes: Uint8Array, start = 0, end = bytes.length): number {
    const slot = this.#findSlot(bytes, start, end);
    const found = this.#slots[slot] as number;
    return found > 0 ? found - 1 : this.#add(bytes, start, end, slot);
  }

  /** The number of a name of another table. */
  internFrom(table: NameTable, number: number): number {
    return this.intern(table.#bytes, table.#starts[number], table.#starts[number + 1]);
  }

  /** The number of a name; -1 for one that is not here. */
  find(name: string): number {
    const bytes = encoder.encode(name);
    return (this.#slots[this.#findSlot(bytes, 0, bytes.length)] as number) - 1;
  }

  /** The name of a number. */
  nameOf(number: number): string {
    return this.#bytes.toString("utf8", this.#starts[number], this.#starts[number + 1]);
  }

  #findSlot(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(bytes, start, end) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#slots[slot] as number;
      if (found === 0 || this.#isName(found - 1, bytes, start, end)) return slot;
    }
  }

  #isName(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[number] as number;
    if ((this.#starts[number + 1] as number) - from !== end - start) return false;
    for (let offset = 0; offset < end - start; offset++) {
      if (this.#bytes[from + offset] !== bytes[start + offset]) return false;
    }
    return true;
  }

  #add(bytes: Uint8Array, start: number, end: number, slot: number): number {
    const number = this.#size++;
    const from = this.#starts[number] as number;
    const to = from + end - start;
    if (to > this.#bytes.length) {
      const longer = Buffer.alloc(Math.max(to, Math.ceil(this.#bytes.length * 1.5)));
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes.set(bytes.subarray(start, end), from);
    if (number + 2 > this.#starts.length) {
      const longer = new Uint32Array(Math.ceil(this.#starts.length * 1.5));
      longer.set(this.#starts);
      this.#starts = longer;
    }
    this.#starts[number + 1] = to;
    this.#slots[slot] = number + 1;
    if (this.#size * 1.5 > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = hash(this.#bytes, this.#starts[number] as number, this.#starts[number + 1] as number) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), its upper bits mixed into the lower ones that are used. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let at = start; at < end; at++) value = Math.imul(value ^ (bytes[at] as number), 16777619);
  return value ^ (value >>> 15);
}
