// BM25 by its formula, over texts: what the index is compared with.
import { termsOf } from "../../../../server/src/context/search/terms.js";

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface TextFile {
  readonly text: string;
  readonly chunks: readonly Range[];
}

export interface Hit {
  readonly file: number;
  readonly chunk: number;
  readonly score: number;
}

/** All chunks that hold a term of the query, best first. */
export function searchByFormula(files: ReadonlyMap<number, TextFile>, query: ReadonlyMap<string, number>): Hit[] {
  const k1 = 1.2;
  const b = 0.75;
  const chunks = [...files].flatMap(([file, { text, chunks: ranges }]) =>
    ranges.map(({ start, end }, chunk) => {
      const terms = termsOf(text, start, end);
      return { file, chunk, terms, length: [...terms.values()].reduce((sum, times) => sum + times, 0) };
    }),
  );
  const average = chunks.reduce((sum, { length }) => sum + length, 0) / chunks.length;
  const scores = chunks.map(() => 0);
  for (const [term, weight] of query) {
    const holders = chunks.filter(({ terms }) => terms.has(term)).length;
    const rarity = Math.log(1 + (chunks.length - holders + 0.5) / (holders + 0.5));
    for (const [index, { terms, length }] of chunks.entries()) {
      const times = terms.get(term) ?? 0;
      if (times === 0) continue;
      (scores[index] as number) +=
        (weight * rarity * times * (k1 + 1)) / (times + k1 * (1 - b + (b * length) / average));
    }
  }
  return chunks
    .map(({ file, chunk }, index) => ({ file, chunk, score: scores[index] as number }))
    .filter(({ score }) => score > 0)
    .sort((a, z) => z.score - a.score || a.file - z.file || a.chunk - z.chunk);
}

/** The same numbers for the same seed, from 0 up to 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
