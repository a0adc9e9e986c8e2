// A file's part of the index survives a disk, and damaged bytes are refused.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Bm25Index } from "../../../../server/src/context/search/bm25Index.js";
import {
  DamagedTermsError,
  decodeFileTerms,
  encodeFileTerms,
} from "../../../../server/src/context/search/fileTerms.js";
import {
  countChunks,
  findTerm,
  longestChunk,
  mostTimes,
  PostingDecoder,
} from "../../../../server/src/context/search/segment.js";
import { keyOfTerm } from "../../../../server/src/context/search/termKey.js";
import { termsOf } from "../../../../server/src/context/search/terms.js";
import { seededRandom } from "../../../support/seededRandom.js";

const text = "function getUser() { return user; }\nfunction setUser(user) { this.user = user; }\n";
const half = text.indexOf("\n") + 1;
const chunks = [
  { start: 0, end: half },
  { start: half, end: text.length },
];

/** What the bytes say of each term: chunk → times. */
function postingsOf(bytes: Uint8Array, term: string): [number, number][] {
  const segment = decodeFileTerms(7, bytes);
  const place = findTerm(segment, keyOfTerm(term));
  if (place < 0) return [];
  const decoder = new PostingDecoder();
  const count = decoder.decode(segment, place);
  expect(countChunks(segment, place)).toBe(count);
  return Array.from({ length: count }, (_, index) => [decoder.chunks[index] as number, decoder.times[index] as number]);
}

describe("a file's terms", () => {
  test("say how often each chunk has each term", () => {
    const bytes = encodeFileTerms(text, chunks);
    expect(postingsOf(bytes, "user")).toEqual([
      [0, 2],
      [1, 4],
    ]);
    expect(postingsOf(bytes, "getuser")).toEqual([[0, 1]]);
    expect(postingsOf(bytes, "missing")).toEqual([]);
    expect(decodeFileTerms(7, bytes)).toMatchObject({
      files: Int32Array.of(7),
      firstChunks: Uint32Array.of(0, 2),
      chunkLengths: Uint16Array.of(6, 8),
    });
  });

  test("of real files are those that termsOf finds, and come back from bytes within a larger buffer", () => {
    const folder = path.resolve(import.meta.dirname, "../../../../node_modules/zod/src/v4/core");
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".ts"))) {
      const source = readFileSync(path.join(folder, name), "utf8");
      const third = Math.ceil(source.length / 3);
      const ranges = [0, 1, 2].map((part) => ({
        start: part * third,
        end: Math.min(source.length, (part + 1) * third),
      }));
      const bytes = encodeFileTerms(source, ranges);
      const buffer = new Uint8Array(bytes.length + 13);
      buffer.set(bytes, 13);
      const segment = decodeFileTerms(1, buffer.subarray(13));
      const expected = ranges.map(({ start, end }) => termsOf(source, start, end));
      const all = new Set(expected.flatMap((terms) => [...terms.keys()]));
      expect(segment.keys.length).toBe(all.size);
      const decoder = new PostingDecoder();
      for (const term of all) {
        const count = decoder.decode(segment, findTerm(segment, keyOfTerm(term)));
        const found = new Map(
          Array.from({ length: count }, (_, index) => [decoder.chunks[index], decoder.times[index]] as const),
        );
        for (const [chunk, terms] of expected.entries()) {
          const times = terms.get(term);
          expect(found.get(chunk)).toBe(times === undefined ? undefined : Math.min(times, mostTimes));
        }
      }
    }
  });

  test("of empty files, empty chunks and giant tokens are fine", () => {
    const index = new Bm25Index();
    index.addFile(1, encodeFileTerms("", []));
    index.addFile(2, encodeFileTerms("", [{ start: 0, end: 0 }]));
    const giant = `${"x".repeat(5_000_000)} needle`;
    index.addFile(3, encodeFileTerms(giant, [{ start: 0, end: giant.length }]));
    expect([index.fileCount, index.chunkCount]).toEqual([3, 2]);
    expect(index.search(termsOf("needle"), { limit: 5 })).toMatchObject([{ file: 3, chunk: 0 }]);
    for (const file of [1, 2, 3]) expect(index.removeFile(file)).toBe(true);
    expect(index.search(termsOf("needle"), { limit: 5 })).toEqual([]);
    expect(index.byteLength).toBe(0);
  });

  test("counts stop where they no longer matter", () => {
    const often = "needle ".repeat(70_000);
    const segment = decodeFileTerms(1, encodeFileTerms(often, [{ start: 0, end: often.length }]));
    expect(segment.chunkLengths).toEqual(Uint16Array.of(longestChunk));
    expect(postingsOf(encodeFileTerms(often, [{ start: 0, end: often.length }]), "needle")).toEqual([[0, mostTimes]]);
  });
});

describe("damaged bytes", () => {
  const bytes = encodeFileTerms(text, chunks);

  test("are refused at whatever place a bit is wrong, and leave the index as it was", () => {
    const index = new Bm25Index();
    index.addFile(1, bytes);
    const before = index.search(termsOf("user"), { limit: 5 });
    for (let place = 0; place < bytes.length; place++) {
      for (const bit of [1, 128]) {
        const damaged = bytes.slice();
        (damaged[place] as number) ^= bit;
        expect(() => index.addFile(1, damaged)).toThrow(DamagedTermsError);
      }
    }
    expect(index.search(termsOf("user"), { limit: 5 })).toEqual(before);
  });

  test("are refused when they are cut short, empty, or something else", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeFileTerms(1, bytes.subarray(0, length))).toThrow(DamagedTermsError);
    }
    const random = seededRandom(1);
    for (let round = 0; round < 300; round++) {
      const noise = Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256));
      noise.set(bytes.subarray(0, 4));
      expect(() => decodeFileTerms(1, noise)).toThrow(DamagedTermsError);
    }
  });
});
