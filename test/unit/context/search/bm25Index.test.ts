// The index answers as BM25's formula does, whatever was added and removed before.
import { describe, expect, test } from "vitest";
import { Bm25Index } from "../../../../server/src/context/search/bm25Index.js";
import { encodeFileTerms } from "../../../../server/src/context/search/fileTerms.js";
import { termsOf } from "../../../../server/src/context/search/terms.js";
import { seededRandom } from "../index/seededRandom.js";
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
      for (let step = 0; step < 400; step++) {
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
