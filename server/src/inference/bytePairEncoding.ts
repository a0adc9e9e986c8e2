// Byte-level byte-pair encoding of one word, as GPT-2's tokenizer and its successors do it. Ours because it runs on
// every key stroke; the tests compare it with the library's.

/**
 * The characters by which byte-level vocabularies write the 256 bytes: printable ones stand for themselves (from
 * GPT-2).
 */
export const byteCharacters: readonly string[] = (() => {
  const characters: string[] = [];
  let moved = 0;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    characters.push(String.fromCharCode(printable ? byte : 256 + moved++));
  }
  return characters;
})();

const byteOfCharacter = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The bytes that a token of a byte-level vocabulary stands for; undefined if it is not written in that alphabet. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfCharacter.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** Positions inside a word that fit beside a merge's rank into one exact number. */
const maximumWordBytes = 2 ** 21;

/** The merges of a vocabulary. Add them in their order, then encode. */
export class BytePairEncoder {
  /** Pair of ids, as `left * vocabularySize + right` → rank. */
  readonly #ranks = new Map<number, number>();
  /** Rank → id of the merged token. */
  readonly #merged: number[] = [];

  /**
   * @param vocabularySize - More than the largest id.
   * @param byteIds - The id of each of the 256 bytes.
   */
  constructor(
    readonly vocabularySize: number,
    private readonly byteIds: ArrayLike<number>,
  ) {}

  /** Adds the next merge; the ones added first are done first. */
  addMerge(left: number, right: number, merged: number): void {
    const pair = left * this.vocabularySize + right;
    const rank = this.#merged.push(merged) - 1;
    if (!this.#ranks.has(pair)) this.#ranks.set(pair, rank);
  }

  /** The token ids of one word, given as UTF-8. */
  encode(bytes: Uint8Array): number[] {
    if (bytes.length > maximumWordBytes) {
      return [...this.encode(bytes.subarray(0, maximumWordBytes)), ...this.encode(bytes.subarray(maximumWordBytes))];
    }
    const length = bytes.length;
    const ids = new Int32Array(length);
    const next = new Int32Array(length);
    const previous = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      ids[i] = this.byteIds[bytes[i] as number] as number;
      next[i] = i + 1 < length ? i + 1 : -1;
      previous[i] = i - 1;
    }
    // Candidate merges, the smallest first: by rank, then from left to right. One that has become stale is noticed
    // when it comes up.
    const heap = new NumberHeap();
    const consider = (left: number): void => {
      const right = left < 0 ? -1 : (next[left] as number);
      if (right < 0) return;
      const rank = this.#ranks.get((ids[left] as number) * this.vocabularySize + (ids[right] as number));
      if (rank !== undefined) heap.push(rank * maximumWordBytes + left);
    };
    for (let i = 0; i < length - 1; i++) consider(i);
    for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
      const rank = Math.floor(key / maximumWordBytes);
      const left = key % maximumWordBytes;
      const leftId = ids[left] as number;
      const right = next[left] as number;
      if (leftId < 0 || right < 0) continue;
      if (this.#ranks.get(leftId * this.vocabularySize + (ids[right] as number)) !== rank) continue;
      ids[left] = this.#merged[rank] as number;
      ids[right] = -1;
      const after = next[right] as number;
      next[left] = after;
      if (after >= 0) previous[after] = left;
      consider(previous[left] as number);
      consider(left);
    }
    const result: number[] = [];
    for (const id of ids) if (id >= 0) result.push(id);
    return result;
  }
}

/** A binary heap of numbers, the smallest on top. */
class NumberHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let index = items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] as number;
      if (above <= item) break;
      items[index] = above;
      index = parent;
    }
    items[index] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[index] = items[child] as number;
      index = child;
    }
    items[index] = last;
    return top;
  }
}
