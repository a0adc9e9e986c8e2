// The tokens of a vocabulary in the order of their bytes, so that those with a common beginning lie side by side.

/** Bytes as a string with one character for each: JavaScript compares strings, not arrays. */
export function byteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Answers which tokens begin with some bytes, and which of them some bytes begin with. */
export class Vocabulary {
  readonly #sorted: readonly { readonly bytes: string; readonly id: number }[];

  /** @param bytes - Of each token, by id; empty for special tokens, which no text has. */
  constructor(bytes: readonly (Uint8Array | undefined)[]) {
    this.#sorted = bytes
      .map((token, id) => ({ bytes: token === undefined ? "" : byteString(token), id }))
      .filter((token) => token.bytes !== "")
      .sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : a.id - b.id));
  }

  /**
   * The tokens that a text may go on with when it is known to begin with some bytes: those that begin so, and those that
   * the bytes begin with. By id, with the number of known bytes that each has.
   * @param known - As of `byteString`; not empty.
   */
  agreeingWith(known: string): ReadonlyMap<number, number> {
    const agreeing = new Map<number, number>();
    for (let length = 1; length < known.length; length++) {
      const start = known.slice(0, length);
      for (let index = this.#firstFrom(start); this.#sorted[index]?.bytes === start; index++) {
        agreeing.set((this.#sorted[index] as { id: number }).id, length);
      }
    }
    for (let index = this.#firstFrom(known); this.#sorted[index]?.bytes.startsWith(known) === true; index++) {
      agreeing.set((this.#sorted[index] as { id: number }).id, known.length);
    }
    return agreeing;
  }

  /** Is there a token that begins with these bytes and is longer? */
  hasLonger(start: string): boolean {
    let index = this.#firstFrom(start);
    while (this.#sorted[index]?.bytes === start) index++;
    return this.#sorted[index]?.bytes.startsWith(start) === true;
  }

  /** Place of the first token that is not before these bytes. */
  #firstFrom(bytes: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as { bytes: string }).bytes < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
