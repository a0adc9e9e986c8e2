// Reads what search/byteWriter.ts writes.

/** Reads numbers one after the other. Beyond the end there are zeros: whoever reads checks where it got to. */
export class ByteReader {
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.position = position;
  }

  /** A whole number from 0 to 2 ** 31 - 1. */
  readVarint(): number {
    let byte = this.#bytes[this.position++] ?? 0;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let shift = 7; byte >= 128 && shift < 35; shift += 7) {
      byte = this.#bytes[this.position++] ?? 0;
      value |= (byte & 127) << shift;
    }
    return value >>> 0;
  }

  /** A whole number of either sign, as `zigzag` made it. */
  readSigned(): number {
    const value = this.readVarint();
    return (value >>> 1) ^ -(value & 1);
  }
}

/** Makes small numbers of either sign small numbers (https://protobuf.dev/programming-guides/encoding/#signed-ints). */
export function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}
