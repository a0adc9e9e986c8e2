// Many small pieces of bytes in few large arrays: an array of its own costs each piece more than a hundred bytes.

const pageBytes = 1 << 18;

/** A page whose live bytes are fewer than this share is worth copying. */
const leastLive = 0.6;

interface Page {
  readonly bytes: Uint8Array;
  used: number;
  live: number;
}

/** Keeps one piece of bytes for each number of an owner. */
export class ByteArena {
  readonly #pages: (Page | undefined)[] = [];
  #current = -1;
  #byteLength = 0;
  /** By owner: page, offset, length; page -1 for none. */
  #places = new Int32Array(3 << 8).fill(-1);

  get byteLength(): number {
    return this.#byteLength + this.#places.byteLength;
  }

  /** Keeps a copy of the parts, as one piece, in place of what the owner had. */
  set(owner: number, ...parts: readonly Uint8Array[]): void {
    this.delete(owner);
    if (owner * 3 >= this.#places.length) {
      const longer = new Int32Array(Math.ceil((owner + 1) * 3 * 1.5)).fill(-1);
      longer.set(this.#places);
      this.#places = longer;
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const number = this.#pageFor(length);
    const page = this.#pages[number] as Page;
    this.#places[owner * 3] = number;
    this.#places[owner * 3 + 1] = page.used;
    this.#places[owner * 3 + 2] = length;
    for (const part of parts) {
      page.bytes.set(part, page.used);
      page.used += part.length;
    }
    page.live += length;
  }

  /** The owner's bytes, to be read at once: they may be moved. */
  get(owner: number): Uint8Array | undefined {
    const page = this.#pages[this.#places[owner * 3] ?? -1];
    if (page === undefined) return undefined;
    const offset = this.#places[owner * 3 + 1] as number;
    return page.bytes.subarray(offset, offset + (this.#places[owner * 3 + 2] as number));
  }

  delete(owner: number): void {
    const number = this.#places[owner * 3] ?? -1;
    const page = this.#pages[number];
    if (page === undefined) return;
    page.live -= this.#places[owner * 3 + 2] as number;
    this.#places[owner * 3] = -1;
    if (page.live === 0 && number !== this.#current) this.#drop(number);
  }

  /** Frees the room of deleted pieces. */
  compact(): void {
    const sparse = new Set<number>();
    for (const [number, page] of this.#pages.entries()) {
      if (page !== undefined && page.live < page.bytes.length * leastLive) sparse.add(number);
    }
    this.#current = -1;
    for (let owner = 0; owner * 3 < this.#places.length; owner++) {
      const number = this.#places[owner * 3] as number;
      if (!sparse.has(number)) continue;
      const bytes = this.get(owner) as Uint8Array;
      this.set(owner, bytes);
    }
    for (const number of sparse) if (this.#pages[number]?.live === 0) this.#drop(number);
  }

  #pageFor(length: number): number {
    const current = this.#pages[this.#current];
    if (current !== undefined && current.used + length <= current.bytes.length) return this.#current;
    // A piece larger than a page has one of its own, and the next piece a fresh one.
    const page: Page = { bytes: new Uint8Array(Math.max(length, pageBytes)), used: 0, live: 0 };
    if (current !== undefined && current.live === 0) this.#drop(this.#current);
    const free = this.#pages.indexOf(undefined);
    this.#current = free < 0 ? this.#pages.length : free;
    this.#pages[this.#current] = page;
    this.#byteLength += page.bytes.length;
    return this.#current;
  }

  #drop(number: number): void {
    this.#byteLength -= this.#pages[number]?.bytes.length ?? 0;
    this.#pages[number] = undefined;
  }
}
