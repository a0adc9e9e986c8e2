// Bytes that grow as numbers are appended.

/** Appends numbers to a buffer that doubles when it is full. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** @param capacity - Bytes to begin with. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(16, capacity));
  }

  get length(): number {
    return this.#length;
  }

  /** A whole number from 0 to 2 ** 31 - 1, seven bits to a byte, the lowest first, the top bit set but in the last. */
  writeVarint(value: number): void {
    if (this.#length + 5 > this.#bytes.length) this.#grow();
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  writeByte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = value;
  }

  /** A copy of what was written, as long as that. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
