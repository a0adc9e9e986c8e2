// The cache keeps every head's numbers at their place while it grows, shrinks and is cut.
import { describe, expect, it } from "vitest";
import { type CacheDelta, commonPrefixLength, KeyValueCache } from "../../../server/src/inference/kvCache.js";

const shape = { layers: 2, keyValueHeads: 3, headSize: 4, maximumPositions: 1000 };

/** A number that tells where it belongs. */
const mark = (layer: number, part: number, head: number, token: number, i: number): number =>
  (((layer * 2 + part) * 3 + head) * 2000 + token) * 4 + i;

function deltas(tokens: readonly number[]): CacheDelta[] {
  const one = (layer: number, part: number): Float32Array => {
    const numbers: number[] = [];
    for (let head = 0; head < shape.keyValueHeads; head++) {
      for (const token of tokens)
        for (let i = 0; i < shape.headSize; i++) numbers.push(mark(layer, part, head, token, i));
    }
    return Float32Array.from(numbers);
  };
  return Array.from({ length: shape.layers }, (_, layer) => ({ key: one(layer, 0), value: one(layer, 1) }));
}

function expectConsistent(cache: KeyValueCache): void {
  expect(cache.capacity).toBeGreaterThanOrEqual(cache.length);
  expect(cache.capacity % 256).toBe(0);
  for (let layer = 0; layer < shape.layers; layer++) {
    const { key, value } = cache.layer(layer);
    for (const [part, buffer] of [key, value].entries()) {
      expect(buffer.length).toBe(shape.keyValueHeads * cache.capacity * shape.headSize);
      for (let head = 0; head < shape.keyValueHeads; head++) {
        for (const [position, token] of cache.tokens.entries()) {
          for (let i = 0; i < shape.headSize; i++) {
            const found = buffer[(head * cache.capacity + position) * shape.headSize + i];
            if (found !== mark(layer, part, head, token, i))
              throw new Error(`wrong at ${layer}/${part}/${head}/${position}/${i}`);
          }
        }
      }
    }
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("KeyValueCache", () => {
  it("grows by buckets of 256 positions and keeps what it holds", () => {
    const cache = new KeyValueCache(shape);
    expect(cache.capacity).toBe(256);
    for (const [from, to, capacity] of [
      [0, 100, 256],
      [100, 256, 256],
      [256, 257, 512],
      [257, 600, 768],
      [600, 1000, 1024],
    ] as const) {
      cache.append(range(from, to), deltas(range(from, to)));
      expect(cache.length).toBe(to);
      expect(cache.capacity).toBe(capacity);
      expectConsistent(cache);
    }
  });

  it("forgets from a position on and goes on from there", () => {
    const cache = new KeyValueCache(shape);
    cache.append(range(0, 700), deltas(range(0, 700)));
    cache.truncate(300);
    expect(cache.tokens).toEqual(range(0, 300));
    expect(cache.capacity).toBe(512);
    cache.append([1500, 1501], deltas([1500, 1501]));
    expect(cache.tokens).toEqual([...range(0, 300), 1500, 1501]);
    expectConsistent(cache);
    cache.truncate(900);
    expect(cache.length).toBe(302);
    cache.truncate(0);
    expect(cache.length).toBe(0);
    expectConsistent(cache);
  });

  it("refuses what does not fit, and stays as it was", () => {
    const cache = new KeyValueCache(shape);
    cache.append(range(0, 990), deltas(range(0, 990)));
    expect(() => cache.append(range(990, 1001), deltas(range(990, 1001)))).toThrow(RangeError);
    expect(() => cache.append([990, 991], deltas([990]))).toThrow(RangeError);
    expect(() => cache.append([990], deltas([990]).slice(1))).toThrow(RangeError);
    expect(cache.length).toBe(990);
    expectConsistent(cache);
  });

  it("takes tokens whose keys and values were written into its buffers, as far as there is room for them", () => {
    const cache = new KeyValueCache(shape);
    cache.append(range(0, 250), deltas(range(0, 250)));
    expect(() => cache.extend(range(250, 257))).toThrow(RangeError);
    expect(cache.length).toBe(250);
    cache.reserve(257);
    cache.extend(range(250, 257));
    expect(cache.tokens).toEqual(range(0, 257));
    // What was there stays when the buffers become shorter again.
    cache.truncate(200);
    expect(cache.capacity).toBe(256);
    expect(cache.tokens).toEqual(range(0, 200));
  });
});

describe("commonPrefixLength", () => {
  it("counts what two sequences begin with", () => {
    expect(commonPrefixLength([1, 2, 3], [1, 2, 4])).toBe(2);
    expect(commonPrefixLength([1, 2], [1, 2, 3])).toBe(2);
    expect(commonPrefixLength([], [1])).toBe(0);
  });
});
