// Sequences that were put aside come back with the numbers of their own tokens, within the limit of memory.
import { describe, expect, it } from "vitest";
import { type CacheDelta, commonPrefixLength, KeyValueCache } from "../../../server/src/inference/kvCache.js";
import { blockTokens, PrefixTree } from "../../../server/src/inference/prefixTree.js";
import { seededRandom } from "../../support/seededRandom.js";

const shape = { layers: 2, keyValueHeads: 2, headSize: 2, maximumPositions: 400 };
const numbersPerToken = 2 * shape.layers * shape.keyValueHeads * shape.headSize;
const blockBytes = numbersPerToken * blockTokens * 4;

/** The numbers that a model would compute: each depends on every token up to its place. */
function numbersOf(tokens: readonly number[]): (position: number, row: number, i: number) => number {
  let hash = 0;
  const hashes = tokens.map((token) => {
    hash = (hash * 1_003 + token + 1) % 99_991;
    return hash;
  });
  return (position, row, i) => (hashes[position] as number) * 100 + row * 4 + i;
}

/** Adds tokens to a cache as a run of the graph would. */
function read(cache: KeyValueCache, tokens: readonly number[]): void {
  const all = [...cache.tokens, ...tokens];
  const numberAt = numbersOf(all);
  const one = (row: number): Float32Array => {
    const numbers: number[] = [];
    for (let head = 0; head < shape.keyValueHeads; head++) {
      for (let position = cache.length; position < all.length; position++) {
        for (let i = 0; i < shape.headSize; i++) numbers.push(numberAt(position, row * 2 + head, i));
      }
    }
    return Float32Array.from(numbers);
  };
  const deltas = Array.from(
    { length: shape.layers },
    (_, layer): CacheDelta => ({ key: one(2 * layer), value: one(2 * layer + 1) }),
  );
  cache.append(tokens, deltas);
}

function cacheOf(tokens: readonly number[]): KeyValueCache {
  const cache = new KeyValueCache(shape);
  read(cache, tokens);
  return cache;
}

function expectOwnNumbers(cache: KeyValueCache): void {
  const numberAt = numbersOf(cache.tokens);
  for (let layer = 0; layer < shape.layers; layer++) {
    const { key, value } = cache.layer(layer);
    for (const [part, buffer] of [key, value].entries()) {
      for (let head = 0; head < shape.keyValueHeads; head++) {
        for (let position = 0; position < cache.length; position++) {
          for (let i = 0; i < shape.headSize; i++) {
            const found = buffer[(head * cache.capacity + position) * shape.headSize + i];
            if (found !== numberAt(position, (2 * layer + part) * 2 + head, i))
              throw new Error(`wrong at ${layer}/${part}/${head}/${position}/${i}`);
          }
        }
      }
    }
  }
}

/** What the tree gives back of a sequence to a cache that knows nothing. */
function restored(tree: PrefixTree, tokens: readonly number[], cache = new KeyValueCache(shape)): KeyValueCache {
  tree.restore(tokens, cache);
  expect(cache.tokens).toEqual(tokens.slice(0, cache.length));
  expectOwnNumbers(cache);
  return cache;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("PrefixTree", () => {
  it("gives back two sequences that part anywhere, to the last token", () => {
    for (const common of [0, 1, 15, 16, 17, 100]) {
      const tree = new PrefixTree(numbersPerToken, 100 * blockBytes);
      const first = range(0, 150);
      const second = [...range(0, common), ...range(1000, 1107)];
      tree.store(cacheOf(first));
      tree.store(cacheOf(second));
      expect(restored(tree, first).length).toBe(first.length);
      expect(restored(tree, second).length).toBe(second.length);
      expect(restored(tree, [...first, 7, 8]).length).toBe(first.length);
      expect(restored(tree, [...first.slice(0, 77), 7]).length).toBe(77);
    }
  });

  it("adds to a cache only what it lacks", () => {
    const tree = new PrefixTree(numbersPerToken, 100 * blockBytes);
    const tokens = range(0, 90);
    tree.store(cacheOf(tokens));
    for (const known of [0, 5, 16, 40, 89, 90]) {
      expect(restored(tree, tokens, cacheOf(tokens.slice(0, known))).length).toBe(90);
    }
  });

  it("keeps what sequences begin with once, and what a longer one adds", () => {
    const tree = new PrefixTree(numbersPerToken, 100 * blockBytes);
    tree.store(cacheOf(range(0, 8 * blockTokens + 3)));
    expect(tree.bytes).toBe(9 * blockBytes);
    tree.store(cacheOf(range(0, 8 * blockTokens + 3)));
    tree.store(cacheOf(range(0, 3 * blockTokens + 1)));
    expect(tree.bytes).toBe(9 * blockBytes);
    tree.store(cacheOf(range(0, 10 * blockTokens)));
    expect(tree.bytes).toBe(10 * blockBytes);
    expect(restored(tree, range(0, 200)).length).toBe(10 * blockTokens);
  });

  it("forgets the branch that was used longest ago, from its end", () => {
    const tree = new PrefixTree(numbersPerToken, 12 * blockBytes);
    const [a, b, c] = [range(0, 80), range(1000, 1080), range(2000, 2064)];
    tree.store(cacheOf(a));
    tree.store(cacheOf(b));
    restored(tree, a);
    tree.store(cacheOf(c));
    expect(tree.bytes).toBe(12 * blockBytes);
    expect(restored(tree, a).length).toBe(80);
    expect(restored(tree, c).length).toBe(64);
    expect(restored(tree, b).length).toBe(48);
  });

  it("keeps the beginning of a sequence that is longer than all its room", () => {
    const tree = new PrefixTree(numbersPerToken, 3 * blockBytes + 5);
    tree.store(cacheOf(range(0, 100)));
    expect(tree.bytes).toBe(3 * blockBytes);
    expect(restored(tree, range(0, 100)).length).toBe(3 * blockTokens);
    const none = new PrefixTree(numbersPerToken, blockBytes - 1);
    none.store(cacheOf(range(0, 100)));
    expect(restored(none, range(0, 100)).length).toBe(0);
  });

  it("forgets everything when told to", () => {
    const tree = new PrefixTree(numbersPerToken, 100 * blockBytes);
    tree.store(cacheOf(range(0, 100)));
    tree.clear();
    expect(tree.bytes).toBe(0);
    expect(restored(tree, range(0, 100)).length).toBe(0);
  });

  it("is right after any sequence of stores and restores", () => {
    const random = seededRandom(6);
    const below = (limit: number): number => Math.floor(random() * limit);
    const tree = new PrefixTree(numbersPerToken, 40 * blockBytes);
    let sequences: number[][] = [[]];
    for (let step = 0; step < 500; step++) {
      const base = sequences[below(sequences.length)] as number[];
      // Few different tokens, so that sequences meet again after they have parted.
      const added = Array.from({ length: below(60) }, () => below(3));
      const tokens = [...base.slice(0, below(base.length + 1)), ...added].slice(0, 300);
      const cache = restored(tree, tokens);
      const known = cache.length;
      read(cache, tokens.slice(known));
      expectOwnNumbers(cache);
      tree.store(cache);
      expect(tree.bytes).toBeLessThanOrEqual(40 * blockBytes);
      expect(restored(tree, tokens).length).toBe(tokens.length);
      sequences = [...sequences.slice(-8), tokens];
    }
  });

  it("never gives more than two sequences have in common", () => {
    const tree = new PrefixTree(numbersPerToken, 100 * blockBytes);
    const a = range(0, 50);
    const b = [...range(0, 33), 99, ...range(34, 50)];
    tree.store(cacheOf(a));
    expect(restored(tree, b).length).toBe(commonPrefixLength(a, b));
  });
});
