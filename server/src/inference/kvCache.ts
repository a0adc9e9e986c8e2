// The keys and values of the tokens that a model has read, and which tokens those are.

/**
 * Positions by which a cache grows: large enough to be rare, small enough that the graph copies little that is unused.
 */
const bucket = 256;

/** The sizes of a cache. */
export interface CacheShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly maximumPositions: number;
}

/** Keys or values of one layer: `[keyValueHeads, capacity, headSize]`. */
type CacheBuffer = Float32Array<ArrayBuffer>;

/** What one layer adds: keys and values, each `[keyValueHeads, added, headSize]`. */
export interface CacheDelta {
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** Length of what two sequences have in common at their start. */
export function commonPrefixLength(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}

/** The cache of one sequence. Positions from `length` to `capacity` hold nothing of meaning. */
export class KeyValueCache {
  #tokens: number[] = [];
  #capacity = bucket;
  /** Keys and values in turn, layer by layer. */
  #buffers: CacheBuffer[];

  constructor(readonly shape: CacheShape) {
    this.#buffers = Array.from({ length: 2 * shape.layers }, () => this.#newBuffer(bucket));
  }

  /** The tokens whose keys and values are here. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** Positions in use. */
  get length(): number {
    return this.#tokens.length;
  }

  /** Positions in the buffers; a multiple of 256, and at least `length`. */
  get capacity(): number {
    return this.#capacity;
  }

  /** A layer's buffers of keys and values, valid until the next append or truncate. */
  layer(index: number): { readonly key: CacheBuffer; readonly value: CacheBuffer } {
    return { key: this.#buffers[2 * index] as CacheBuffer, value: this.#buffers[2 * index + 1] as CacheBuffer };
  }

  /** Forgets everything from a position on. */
  truncate(length: number): void {
    if (length >= this.#tokens.length) return;
    this.#tokens.length = length;
    this.#resize(length);
  }

  /**
   * Adds what a run of the graph computed for `tokens`.
   * @param deltas - One for each layer.
   * @throws RangeError if a delta's size is not that of the tokens, or they do not fit below maximumPositions.
   */
  append(tokens: readonly number[], deltas: readonly CacheDelta[]): void {
    const { layers, keyValueHeads, headSize, maximumPositions } = this.shape;
    const start = this.#tokens.length;
    const added = tokens.length * headSize;
    if (start + tokens.length > maximumPositions)
      throw new RangeError(`the cache holds ${maximumPositions} positions, no more`);
    if (deltas.length !== layers) throw new RangeError(`${deltas.length} deltas for ${layers} layers`);
    const parts = deltas.flatMap((delta) => [delta.key, delta.value]);
    for (const part of parts) {
      if (part.length !== keyValueHeads * added)
        throw new RangeError(`a delta of ${part.length} numbers for ${tokens.length} tokens`);
    }
    this.#resize(start + tokens.length);
    for (const [index, part] of parts.entries()) {
      const buffer = this.#buffers[index] as CacheBuffer;
      for (let head = 0; head < keyValueHeads; head++) {
        buffer.set(part.subarray(head * added, (head + 1) * added), (head * this.#capacity + start) * headSize);
      }
    }
    for (const token of tokens) this.#tokens.push(token);
  }

  /**
   * Adds tokens whose keys and values stand in the buffers already, behind those in use: a run of the graph wrote them there.
   * @throws RangeError if there is no room for them, see `reserve`.
   */
  extend(tokens: readonly number[]): void {
    const length = this.#tokens.length + tokens.length;
    if (length > this.#capacity) throw new RangeError(`${length} positions in buffers of ${this.#capacity}`);
    for (const token of tokens) this.#tokens.push(token);
  }

  /** Numbers that one token takes in all layers. */
  get numbersPerToken(): number {
    const { layers, keyValueHeads, headSize } = this.shape;
    return 2 * layers * keyValueHeads * headSize;
  }

  /**
   * Copies what is held for `count` positions from `start` on to the beginning of a block: `[2 * layers, keyValueHeads,
   * positions of the block, headSize]`, keys and values in turn.
   */
  copyTo(block: Float32Array, start: number, count: number): void {
    this.#forEachRow(block, (buffer, row, blockRow) => {
      const { headSize } = this.shape;
      block.set(buffer.subarray(row + start * headSize, row + (start + count) * headSize), blockRow);
    });
  }

  /**
   * Adds tokens whose keys and values lie in a block.
   * @param from - Position in the block.
   */
  appendFrom(block: Float32Array, from: number, tokens: readonly number[]): void {
    const start = this.#tokens.length;
    this.reserve(start + tokens.length);
    this.#forEachRow(block, (buffer, row, blockRow) => {
      const { headSize } = this.shape;
      const part = block.subarray(blockRow + from * headSize, blockRow + (from + tokens.length) * headSize);
      buffer.set(part, row + start * headSize);
    });
    for (const token of tokens) this.#tokens.push(token);
  }

  /** Makes room for so many positions, where that many are about to be added bit by bit, or by a run of the graph. */
  reserve(length: number): void {
    if (length > this.#capacity) this.#resize(length);
  }

  /** Calls a function with every buffer, and with where each of its heads begins there and in a block. */
  #forEachRow(block: Float32Array, visit: (buffer: CacheBuffer, row: number, blockRow: number) => void): void {
    const { layers, keyValueHeads, headSize } = this.shape;
    const rowLength = block.length / (2 * layers * keyValueHeads);
    for (const [index, buffer] of this.#buffers.entries()) {
      for (let head = 0; head < keyValueHeads; head++) {
        visit(buffer, head * this.#capacity * headSize, (index * keyValueHeads + head) * rowLength);
      }
    }
  }

  /** Makes the buffers as long as `length` needs, keeping what is in use. */
  #resize(length: number): void {
    const capacity = Math.max(1, Math.ceil(length / bucket)) * bucket;
    if (capacity === this.#capacity) return;
    const { keyValueHeads, headSize } = this.shape;
    const kept = this.#tokens.length * headSize;
    this.#buffers = this.#buffers.map((old) => {
      const buffer = this.#newBuffer(capacity);
      for (let head = 0; head < keyValueHeads; head++) {
        const from = head * this.#capacity * headSize;
        buffer.set(old.subarray(from, from + kept), head * capacity * headSize);
      }
      return buffer;
    });
    this.#capacity = capacity;
  }

  #newBuffer(capacity: number): CacheBuffer {
    return new Float32Array(this.shape.keyValueHeads * capacity * this.shape.headSize);
  }
}
