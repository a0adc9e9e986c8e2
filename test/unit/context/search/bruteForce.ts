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

interface ChunkTerms {
  readonly terms: ReadonlyMap<string, number>;
  readonly length: number;
}

const known = new WeakMap<TextFile, readonly ChunkTerms[]>();

function chunkTerms(file: TextFile): readonly ChunkTerms[] {
  let found = known.get(file);
  if (found === undefined) {
    found = file.chunks.map(({ start, end }) => {
      const terms = termsOf(file.text, start, end);
      return { terms, length: [...terms.values()].reduce((sum, times) => sum + times, 0) };
    });
    known.set(file, found);
  }
  return found;
}

/** All chunks that hold a term of the query, best first. */
export function searchByFormula(files: ReadonlyMap<number, TextFile>, query: ReadonlyMap<string, number>): Hit[] {
  const k1 = 1.2;
  const b = 0.75;
  const chunks = [...files].flatMap(([file, content]) =>
    chunkTerms(content).map((terms, chunk) => ({ file, chunk, ...terms })),
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
