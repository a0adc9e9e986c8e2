// The personal memory answers as its definition does, whatever was updated and removed before, within its bound.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { interpolate } from "../../../../server/src/context/memory/backOff.js";
import { mostFileTokens, PersonalMemory } from "../../../../server/src/context/memory/personalMemory.js";
import { readTokenizer } from "../../../../server/src/inference/tokenizer.js";
import { seededRandom } from "../../../support/seededRandom.js";
import { NaiveMemory } from "./naiveMemory.js";

const repository = path.resolve(import.meta.dirname, "../../../..");
const megabyte = 1 << 20;

function randomTokens(random: () => number, ids: number, most: number): number[] {
  const tokens: number[] = [];
  const length = Math.floor(random() * most);
  while (tokens.length < length) {
    const back = Math.floor(random() * 20);
    // Repetitions, so that there are long contexts.
    if (tokens.length > 30 && random() < 0.1) tokens.push(...tokens.slice(-25 - back, -5 - back));
    else tokens.push(Math.floor(random() * ids));
  }
  return tokens;
}

function freshCopy(files: ReadonlyMap<number, readonly number[]>, highestTokenId: number): PersonalMemory {
  const fresh = new PersonalMemory({ mostBytes: megabyte, highestTokenId });
  for (const [file, tokens] of files) fresh.update(file, tokens);
  return fresh;
}

describe("random updates and removals", () => {
  for (const [seed, highestTokenId, ids] of [
    [1, 8191, 4],
    [2, 8191, 30],
    [3, 65534, 200],
    [4, 200_000, 12],
  ] as const) {
    test(`answers are those of the definition and of a fresh memory (ids up to ${highestTokenId}, ${ids} in use)`, () => {
      const random = seededRandom(seed);
      const memory = new PersonalMemory({ mostBytes: megabyte, highestTokenId });
      const naive = new NaiveMemory();
      let merging: Iterator<void> | undefined;
      for (let step = 0; step < 100; step++) {
        const file = Math.floor(random() * 25);
        if (random() < 0.25) {
          expect(memory.remove(file)).toBe(naive.remove(file));
        } else {
          const tokens = randomTokens(random, ids, 120).map((id) => highestTokenId - id);
          expect(memory.update(file, tokens)).toEqual([]);
          naive.update(file, tokens);
        }
        if (random() < 0.3) {
          merging ??= memory.merge();
          if (merging.next().done) merging = undefined;
        }
        expect(memory.fileCount).toBe(naive.files.size);
        if (step % 5 !== 0) continue;
        const fresh = freshCopy(naive.files, highestTokenId);
        const ends = [...naive.files.values()].slice(0, 4).map((tokens) => tokens.slice(0, tokens.length >> 1));
        for (const end of [...ends, [], [highestTokenId], randomTokens(random, ids, 30)]) {
          expect(memory.distribution(end)).toEqual(naive.distribution(end));
          expect(fresh.distribution(end)).toEqual(naive.distribution(end));
          expect(memory.propose(end, 8)).toEqual(naive.propose(end, 8));
          expect(fresh.propose(end, 8)).toEqual(naive.propose(end, 8));
        }
      }
    });
  }
});

test("of files that say different things, the one with the higher recency counts, whichever came last", () => {
  const memory = new PersonalMemory({ mostBytes: megabyte, highestTokenId: 99 });
  memory.update(1, [1, 2, 3, 4], 20);
  memory.update(2, [1, 2, 3, 5], 10);
  expect(memory.propose([2, 3], 1).tokenIds).toEqual([4]);
  memory.update(2, [1, 2, 3, 5], 30);
  expect(memory.propose([2, 3], 1).tokenIds).toEqual([5]);
});

describe("a distribution", () => {
  test("sums to 1 with the mass of what was not seen", () => {
    const random = seededRandom(7);
    const memory = new PersonalMemory({ mostBytes: megabyte, highestTokenId: 99 });
    const tokens = randomTokens(random, 20, 4000);
    memory.update(1, tokens);
    for (let end = 1; end < tokens.length; end += 37) {
      const { probabilities, unseen } = memory.distribution(tokens.slice(0, end));
      expect([...probabilities.values()].reduce((sum, one) => sum + one, unseen)).toBeCloseTo(1, 12);
      for (const probability of [...probabilities.values(), unseen]) expect(probability).toBeGreaterThanOrEqual(0);
    }
  });

  test("is all unseen where nothing is known", () => {
    const memory = new PersonalMemory({ mostBytes: megabyte, highestTokenId: 99 });
    expect(memory.distribution([1, 2])).toEqual({ probabilities: new Map(), unseen: 1, matched: 0 });
    expect(memory.propose([1, 2], 8)).toEqual({ tokenIds: [], probabilities: [], matched: 0 });
    memory.update(1, []);
    memory.update(2, [5]);
    expect(memory.distribution([5])).toEqual({ probabilities: new Map(), unseen: 1, matched: 0 });
  });

  test("leaves a context that is everywhere to the model", () => {
    const memory = new PersonalMemory({ mostBytes: megabyte, highestTokenId: 99 });
    memory.update(
      1,
      Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? 7 : index % 50)),
    );
    expect(memory.distribution([7])).toEqual({ probabilities: new Map(), unseen: 1, matched: 0 });
    expect(memory.distribution([3, 7]).probabilities.get(5)).toBeGreaterThan(0.9);
  });

  test("gives a longer context more weight than a shorter one", () => {
    const { probabilities } = interpolate([
      {
        length: 1,
        next: new Map([
          [1, 9],
          [2, 1],
        ]),
        total: 10,
      },
      { length: 8, next: new Map([[2, 3]]), total: 3 },
    ]);
    expect(probabilities.get(2)).toBeGreaterThan(probabilities.get(1) as number);
  });
});

describe("a proposal", () => {
  const create = () => new PersonalMemory({ mostBytes: megabyte, highestTokenId: 99 });

  test("goes on as the longest match did", () => {
    const memory = create();
    memory.update(1, [1, 2, 3, 4, 5, 6, 7, 8]);
    memory.update(2, [9, 3, 4, 60, 61]);
    memory.update(3, [8, 3, 4, 60, 61]);
    expect(memory.propose([1, 2, 3, 4], 3)).toMatchObject({ tokenIds: [5, 6, 7], matched: 4 });
  });

  test("goes on as most matches of the same length did, and as the latest of equals", () => {
    const memory = create();
    memory.update(1, [3, 4, 50]);
    memory.update(2, [3, 4, 60]);
    expect(memory.propose([3, 4], 1).tokenIds).toEqual([60]);
    memory.update(1, [3, 4, 50]);
    expect(memory.propose([3, 4], 1).tokenIds).toEqual([50]);
    memory.update(3, [3, 4, 60]);
    memory.update(1, [3, 4, 50]);
    expect(memory.propose([3, 4], 1).tokenIds).toEqual([60]);
  });

  test("ends with the file that it follows, and never crosses into another", () => {
    const memory = create();
    memory.update(1, [1, 2, 3]);
    memory.update(2, [4, 5, 6]);
    expect(memory.propose([1, 2], 8).tokenIds).toEqual([3]);
    expect(memory.propose([2, 3], 8).tokenIds).toEqual([]);
  });
});

describe("the bound", () => {
  test("forgets what was updated longest ago, and stays below its bytes", () => {
    const random = seededRandom(3);
    const mostBytes = 300_000;
    const memory = new PersonalMemory({ mostBytes, highestTokenId: 8191 });
    const known = new Set<number>();
    const order: number[] = [];
    for (let step = 0; step < 300; step++) {
      const file = Math.floor(random() * 80);
      const forgotten = memory.update(file, randomTokens(random, 8191, 3000));
      for (const gone of forgotten) {
        expect(order.find((one) => known.has(one) && one !== file)).toBe(gone);
        known.delete(gone);
      }
      known.add(file);
      order.splice(0, order.length, ...order.filter((one) => one !== file), file);
      expect(memory.byteLength).toBeLessThanOrEqual(mostBytes);
      expect(memory.fileCount).toBe(known.size);
    }
    expect(known.size).toBeLessThan(80);
  });

  test("does not learn a file that is too long, and forgets what it knew of it", () => {
    const memory = new PersonalMemory({ mostBytes: 100 * megabyte, highestTokenId: 99 });
    memory.update(1, [1, 2, 3]);
    expect(memory.update(1, new Uint16Array(mostFileTokens + 1))).toEqual([]);
    expect(memory.fileCount).toBe(0);
    memory.update(1, new Uint16Array(mostFileTokens));
    expect(memory.fileCount).toBe(1);
  });

  test("learns nothing that does not fit at all", () => {
    const memory = new PersonalMemory({ mostBytes: 1000, highestTokenId: 99 });
    memory.update(1, [1, 2, 3]);
    expect(memory.update(2, new Uint16Array(5000))).toEqual([]);
    expect(memory.propose([1, 2], 1).tokenIds).toEqual([3]);
  });

  test("refuses ids that it has no room for, and is as it was", () => {
    const memory = new PersonalMemory({ mostBytes: megabyte, highestTokenId: 8191 });
    memory.update(1, [1, 2, 3]);
    for (const id of [8192, -1, Number.NaN]) expect(() => memory.update(1, [1, id])).toThrow(RangeError);
    expect(memory.propose([1, 2], 1).tokenIds).toEqual([3]);
    expect(() => new PersonalMemory({ mostBytes: megabyte, highestTokenId: 2 ** 32 })).toThrow(RangeError);
  });
});

test("on real code it knows what comes next far better than single tokens do", async () => {
  const tokenizer = await readTokenizer(path.join(repository, "models", "default", "tokenizer.json"));
  const folder = path.join(repository, "node_modules", "zod", "src", "v4", "core");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .toSorted();
  const texts = files.map((name) => tokenizer.encode(readFileSync(path.join(folder, name), "utf8").slice(0, 20_000)));
  const held = texts.pop() as number[];
  const memory = new PersonalMemory({ mostBytes: 8 * megabyte, highestTokenId: tokenizer.vocabularySize - 1 });
  const counts = new Float64Array(tokenizer.vocabularySize).fill(1);
  for (const [file, tokens] of texts.entries()) {
    memory.update(file, tokens);
    for (const token of tokens) (counts[token] as number)++;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  let bits = 0;
  let bitsOfSingles = 0;
  let tokens = 0;
  for (let place = 16; place < Math.min(held.length, 3000); place += 5, tokens++) {
    const { probabilities, unseen } = memory.distribution(held.slice(place - 16, place));
    const token = held[place] as number;
    const single = (counts[token] as number) / total;
    bits -= Math.log2((probabilities.get(token) ?? 0) + unseen * single);
    bitsOfSingles -= Math.log2(single);
  }
  expect(tokens).toBeGreaterThan(200);
  expect(bits / tokens).toBeLessThan(0.75 * (bitsOfSingles / tokens));
});
