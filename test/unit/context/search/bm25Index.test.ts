// The index answers as BM25's formula does, whatever was added and removed before.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Bm25Index } from "../../../../server/src/context/search/bm25Index.js";
import { encodeFileTerms } from "../../../../server/src/context/search/fileTerms.js";
import { termsOf } from "../../../../server/src/context/search/terms.js";
import { seededRandom } from "../../../support/seededRandom.js";
import { type Hit, searchByFormula, type TextFile } from "./bruteForce.js";

const limit = 10;

/** A file of random words, common ones more often, in chunks of random length. */
function randomFile(random: () => number, words: number): TextFile {
  let text = "";
  const chunks = [];
  for (let chunk = Math.floor(random() * 5); chunk > 0; chunk--) {
    const start = text.length;
    for (let word = Math.floor(random() * 40); word > 0; word--) text += `w${Math.floor(words ** random())}q `;
    chunks.push({ start, end: text.length });
  }
  return { text, chunks };
}

function randomQuery(random: () => number, words: number): ReadonlyMap<string, number> {
  let text = "";
  for (let word = 0; word < 30; word++) text += `w${Math.floor(words ** random())}q `;
  return termsOf(text);
}

/** The same chunks with the same scores; chunks whose scores differ only by rounding may change places. */
function expectSame(found: readonly Hit[], expected: readonly Hit[]): void {
  expect(found.length).toBe(Math.min(limit, expected.length));
  const scores = new Map(expected.map(({ file, chunk, score }) => [`${file}:${chunk}`, score]));
  for (const [rank, { file, chunk, score }] of found.entries()) {
    expect(score).toBeCloseTo(expected[rank]?.score ?? Number.NaN, 9);
    expect(score).toBeCloseTo(scores.get(`${file}:${chunk}`) ?? Number.NaN, 9);
  }
}

describe("the index", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`answers as the formula does after random additions and removals, and as a fresh index (seed ${seed})`, () => {
      const random = seededRandom(seed);
      const words = 20 * 4 ** seed;
      const index = new Bm25Index();
      const files = new Map<number, TextFile>();
      let merging: Iterator<void> | undefined;
      for (let step = 0; step < 240; step++) {
        const file = Math.floor(random() * 120);
        if (random() < 0.3) {
          expect(index.removeFile(file)).toBe(files.delete(file));
        } else {
          const content = randomFile(random, words);
          files.set(file, content);
          index.addFile(file, encodeFileTerms(content.text, content.chunks));
        }
        if (random() < 0.2) {
          merging ??= index.merge();
          if (merging.next().done) merging = undefined;
        }
        if (step % 10 !== 0) continue;
        const query = randomQuery(random, words);
        const found = index.search(query, { limit });
        expectSame(found, searchByFormula(files, query));
        const fresh = new Bm25Index();
        for (const [id, { text, chunks }] of [...files].sort(([a], [z]) => a - z)) {
          fresh.addFile(id, encodeFileTerms(text, chunks));
        }
        expect(fresh.search(query, { limit })).toEqual(found);
        expect(index.fileCount).toBe(files.size);
        expect(index.chunkCount).toBe(fresh.chunkCount);
      }
    });
  }
});

/** An index of files, each with its chunks, under the numbers that they have in the list. */
function createIndex(files: readonly TextFile[]): Bm25Index {
  const index = new Bm25Index();
  for (const [file, { text, chunks }] of files.entries()) index.addFile(file, encodeFileTerms(text, chunks));
  for (const _ of index.merge());
  return index;
}

/** One chunk for each text. */
function wholeFiles(...texts: readonly string[]): TextFile[] {
  return texts.map((text) => ({ text, chunks: [{ start: 0, end: text.length }] }));
}

describe("with many chunks, of which common terms are looked at one by one", () => {
  const random = seededRandom(11);
  // The commonest words are in most chunks.
  const files = Array.from({ length: 2500 }, () => randomFile(random, 3000));
  const index = createIndex(files);
  const byNumber = new Map(files.entries());

  test("the answers are the formula's", () => {
    const bytes = index.byteLength;
    for (let round = 0; round < 10; round++) {
      const query = randomQuery(random, round % 2 === 0 ? 3000 : 12);
      expectSame(index.search(query, { limit }), searchByFormula(byNumber, query));
    }
    // The common terms were spread out.
    expect(index.byteLength).toBeGreaterThan(bytes);
  });

  test("the answers are the formula's after deletions, and leave out what is not accepted", () => {
    for (let file = 0; file < 2500; file += 7) {
      index.removeFile(file);
      byNumber.delete(file);
    }
    for (let round = 0; round < 5; round++) {
      const query = randomQuery(random, 3000);
      const accepts = (file: number, chunk: number): boolean => (file + chunk) % 3 !== 0;
      const expected = searchByFormula(byNumber, query);
      expectSame(index.search(query, { limit }), expected);
      const accepted = expected.filter(({ file, chunk }) => accepts(file, chunk));
      expectSame(index.search(query, { limit, accepts }), accepted);
    }
  });
});

test("chunks have one of the required terms, and only the heaviest terms count", () => {
  const random = seededRandom(5);
  const files = Array.from({ length: 700 }, () => randomFile(random, 3000));
  const index = createIndex(files);
  const byNumber = new Map(files.entries());
  for (let round = 0; round < 3; round++) {
    const query = randomQuery(random, 3000);
    const required = new Set([...query.keys()].slice(0, 2));
    const hasRequired = ({ file, chunk }: Hit): boolean => {
      const { start = 0, end = 0 } = files[file]?.chunks[chunk] ?? {};
      return [...termsOf(files[file]?.text ?? "", start, end).keys()].some((term) => required.has(term));
    };
    const expected = searchByFormula(byNumber, query).filter(hasRequired);
    expectSame(index.search(query, { limit, required }), expected);
  }
  // Of two terms the rarer one is the heavier.
  const holders = (term: string): number => searchByFormula(byNumber, new Map([[term, 1]])).length;
  const known = [...randomQuery(random, 3000).keys()].filter((term) => holders(term) > 0);
  const [rare = "", ...others] = known.sort((a, z) => holders(a) - holders(z));
  const common = others.at(-1) ?? "";
  const both = new Map([common, rare].map((term) => [term, 1]));
  expect(holders(rare)).toBeLessThan(holders(common));
  expect(index.search(both, { limit, mostTerms: 1 })).toEqual(index.search(new Map([[rare, 1]]), { limit }));
  expect(index.search(new Map([["w1q", 1]]), { limit, required: new Set(["none"]) })).toEqual([]);
});

test("on real files the answers are the formula's", () => {
  const folder = path.resolve(import.meta.dirname, "../../../../node_modules/zod/src/v4/core");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .map((name): TextFile => {
      const text = readFileSync(path.join(folder, name), "utf8");
      const starts = [0, ...[...text.matchAll(/\n\n(?=\S)/g)].map(({ index }) => index + 2)];
      return { text, chunks: starts.map((start, place) => ({ start, end: starts[place + 1] ?? text.length })) };
    });
  const index = createIndex(files);
  for (const { text } of files.filter((_, file) => file % 2 === 0)) {
    const query = termsOf(text, text.length >> 1, (text.length >> 1) + 1500);
    expectSame(index.search(query, { limit }), searchByFormula(new Map(files.entries()), query));
  }
});

describe("an answer", () => {
  const index = createIndex(wholeFiles("alpha beta", "beta gamma", "alpha beta", "delta", "alpha beta"));

  test("has the lower file first where scores are equal, also where the limit cuts", () => {
    expect(index.search(new Map([["alpha", 1]]), { limit: 9 }).map(({ file }) => file)).toEqual([0, 2, 4]);
    expect(index.search(new Map([["alpha", 1]]), { limit: 2 }).map(({ file }) => file)).toEqual([0, 2]);
  });

  test("weighs terms as it is told, and leaves out those of no weight", () => {
    const weighed = (delta: number) =>
      new Map([
        ["gamma", 1],
        ["delta", delta],
      ]);
    expect(index.search(weighed(3), { limit: 9 }).map(({ file }) => file)).toEqual([3, 1]);
    expect(index.search(weighed(0.1), { limit: 9 }).map(({ file }) => file)).toEqual([1, 3]);
    for (const weight of [0, -1, Number.NaN]) {
      expect(index.search(weighed(weight), { limit: 9 }).map(({ file }) => file)).toEqual([1]);
    }
  });

  test("is empty for unknown terms, no terms, a limit of 0 and an empty index", () => {
    expect(index.search(new Map([["omega", 1]]), { limit: 9 })).toEqual([]);
    expect(index.search(new Map(), { limit: 9 })).toEqual([]);
    expect(index.search(new Map([["alpha", 1]]), { limit: 0 })).toEqual([]);
    expect(new Bm25Index().search(new Map([["alpha", 1]]), { limit: 9 })).toEqual([]);
  });

  test("never changes with the order in which files came", () => {
    const texts = ["alpha beta gamma", "beta beta", "gamma alpha", "alpha alpha alpha", "beta gamma"];
    const query = new Map([
      ["alpha", 2],
      ["beta", 1],
      ["gamma", 1],
    ]);
    const expected = createIndex(wholeFiles(...texts)).search(query, { limit: 9 });
    const backwards = new Bm25Index();
    for (const [file, text] of [...texts.entries()].reverse()) {
      backwards.addFile(file, encodeFileTerms(text, [{ start: 0, end: text.length }]));
    }
    expect(backwards.search(query, { limit: 9 })).toEqual(expected);
  });
});

test("a merge that is given up leaves the index as it was", () => {
  const random = seededRandom(3);
  const index = new Bm25Index();
  const files = Array.from({ length: 1500 }, () => randomFile(random, 200_000));
  for (const [file, { text, chunks }] of files.entries()) index.addFile(file, encodeFileTerms(text, chunks));
  const query = randomQuery(random, 200_000);
  const before = index.search(query, { limit });
  const merging = index.merge();
  merging.next();
  merging.return();
  expect(index.search(query, { limit })).toEqual(before);
  for (const _ of index.merge());
  expect(index.search(query, { limit })).toEqual(before);
});
