// BM25 over the index's chunks against MiniSearch over the same ones, both against BM25's formula.
import { performance } from "node:perf_hooks";
import MiniSearch from "minisearch";
import { Bm25Index } from "../../server/src/context/search/bm25Index.js";
import { encodeFileTerms } from "../../server/src/context/search/fileTerms.js";
import { termsOf } from "../../server/src/context/search/terms.js";
import { openIndex, type Quantiles, quantilesOf, type StageOptions } from "./contextIndexing.js";
import { round } from "./statistics.js";

const limit = 10;
const queryCount = 100;

/** MiniSearch takes long over each. */
const miniSearchQueries = 40;

/** Characters of code before a caret that make a query: about 80 terms. */
const queryLength = 1500;

const k1 = 1.2;
const b = 0.75;

export interface SearchReport {
  readonly chunks: number;
  readonly termsInQuery: number;
  readonly horizon: EngineReport;
  readonly miniSearch: EngineReport;
  /** MiniSearch's p50 ÷ Horizon's; to be at least 5 at 100,000 chunks. */
  readonly timesFaster: number;
  /** A file of the index again, in milliseconds. */
  readonly updateMilliseconds: Quantiles;
}

interface EngineReport {
  readonly buildSeconds: number;
  readonly queryMilliseconds: Quantiles;
  /** Share of the ten best by the formula that are among its ten best; to be at least 0.95. */
  readonly overlap: number;
  readonly megabytes: number;
}

interface TextFile {
  readonly text: string;
  readonly chunks: readonly { readonly start: number; readonly end: number }[];
}

export async function measureSearch(options: StageOptions, mostChunks: number): Promise<SearchReport> {
  const { indexer } = await openIndex(options);
  const files: TextFile[] = [];
  let chunks = 0;
  for (const file of indexer.index.files()) {
    const text = file.text();
    if (text === undefined || chunks >= mostChunks) continue;
    files.push({ text, chunks: file.symbols.chunks });
    chunks += file.symbols.chunks.length;
  }
  await indexer.dispose();
  const step = Math.max(1, Math.floor(files.length / queryCount));
  const queries = files
    .filter((_, index) => index % step === 0)
    .slice(0, queryCount)
    .map(({ text }) => {
      const caret = Math.floor(text.length * 0.6);
      return termsOf(text, Math.max(0, caret - queryLength), caret);
    });
  const exact = searchByFormula(files, queries);
  const horizon = measureHorizon(files, queries, exact);
  const miniSearch = measureMiniSearch(files, queries.slice(0, miniSearchQueries), exact);
  return {
    chunks,
    termsInQuery: round(queries.reduce((sum, { size }) => sum + size, 0) / queries.length, 0),
    ...horizon,
    miniSearch,
    timesFaster: round(miniSearch.queryMilliseconds.p50 / horizon.horizon.queryMilliseconds.p50),
  };
}

type Answers = readonly (readonly string[])[];

function measureHorizon(
  files: readonly TextFile[],
  queries: readonly ReadonlyMap<string, number>[],
  exact: Answers,
): Pick<SearchReport, "horizon" | "updateMilliseconds"> {
  const started = performance.now();
  const index = new Bm25Index();
  for (const [file, { text, chunks }] of files.entries()) index.addFile(file, encodeFileTerms(text, chunks));
  for (const _ of index.merge());
  const buildSeconds = (performance.now() - started) / 1000;
  const search = (query: ReadonlyMap<string, number>): readonly string[] =>
    index.search(query, { limit }).map(({ file, chunk }) => `${file}:${chunk}`);
  for (const query of queries) search(query);
  const { times, answers } = timeEach(queries, search);
  const updates = timeEach(files.slice(0, 200), ({ text, chunks }, file) =>
    index.addFile(file, encodeFileTerms(text, chunks)),
  );
  return {
    horizon: {
      buildSeconds: round(buildSeconds, 2),
      queryMilliseconds: quantilesOf(times),
      overlap: overlapOf(answers, exact),
      megabytes: round(index.byteLength / 1e6),
    },
    updateMilliseconds: quantilesOf(updates.times),
  };
}

function measureMiniSearch(
  files: readonly TextFile[],
  queries: readonly ReadonlyMap<string, number>[],
  exact: Answers,
): EngineReport {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  // The same terms, the same formula; its weight of a term in the query is a boost.
  const tokenize = (terms: string): string[] => terms.split(" ");
  const engine = new MiniSearch({ fields: ["terms"], tokenize, processTerm: (term) => term });
  for (const [file, { text, chunks }] of files.entries()) {
    for (const [chunk, { start, end }] of chunks.entries()) {
      const terms = [...termsOf(text, start, end)].flatMap(([term, times]) => new Array<string>(times).fill(term));
      engine.add({ id: `${file}:${chunk}`, terms: terms.join(" ") });
    }
  }
  const buildSeconds = (performance.now() - started) / 1000;
  globalThis.gc?.();
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  const search = (query: ReadonlyMap<string, number>): readonly string[] =>
    engine
      .search([...query.keys()].join(" "), {
        tokenize,
        bm25: { k: k1, b, d: 0 },
        boostTerm: (term) => query.get(term) ?? 1,
      })
      .slice(0, limit)
      .map(({ id }) => id as string);
  for (const query of queries.slice(0, 5)) search(query);
  const { times, answers } = timeEach(queries, search);
  return {
    buildSeconds: round(buildSeconds, 2),
    queryMilliseconds: quantilesOf(times),
    overlap: overlapOf(answers, exact),
    megabytes: round(megabytes),
  };
}

function timeEach<Input, Answer>(inputs: readonly Input[], task: (input: Input, index: number) => Answer) {
  const times: number[] = [];
  const answers = inputs.map((input, index) => {
    const started = performance.now();
    const answer = task(input, index);
    times.push(performance.now() - started);
    return answer;
  });
  return { times, answers };
}

/** The mean share of the exact answers that were found. */
function overlapOf(answers: Answers, exact: Answers): number {
  const shares = answers.map((answer, index) => {
    const expected = exact[index] ?? [];
    return expected.length === 0 ? 1 : answer.filter((chunk) => expected.includes(chunk)).length / expected.length;
  });
  return round(shares.reduce((sum, share) => sum + share, 0) / shares.length, 4);
}

/** The best chunks of each query by BM25's formula, over all chunks, term by term. */
function searchByFormula(files: readonly TextFile[], queries: readonly ReadonlyMap<string, number>[]): Answers {
  const asked = new Map<string, number>();
  for (const query of queries) for (const term of query.keys()) asked.set(term, 0);
  const chunks: { readonly name: string; readonly terms: ReadonlyMap<string, number>; readonly length: number }[] = [];
  for (const [file, { text, chunks: ranges }] of files.entries()) {
    for (const [chunk, { start, end }] of ranges.entries()) {
      const all = termsOf(text, start, end);
      const terms = new Map([...all].filter(([term]) => asked.has(term)));
      for (const term of terms.keys()) asked.set(term, (asked.get(term) ?? 0) + 1);
      chunks.push({
        name: `${file}:${chunk}`,
        terms,
        length: [...all.values()].reduce((sum, times) => sum + times, 0),
      });
    }
  }
  const average = chunks.reduce((sum, { length }) => sum + length, 0) / chunks.length;
  return queries.map((query) => {
    const scored: { readonly name: string; readonly score: number; readonly place: number }[] = [];
    for (const [place, { name, terms, length }] of chunks.entries()) {
      let score = 0;
      for (const [term, times] of terms) {
        const weight = query.get(term);
        if (weight === undefined) continue;
        const holders = asked.get(term) ?? 0;
        const rarity = Math.log(1 + (chunks.length - holders + 0.5) / (holders + 0.5));
        score += (weight * rarity * times * (k1 + 1)) / (times + k1 * (1 - b + (b * length) / average));
      }
      if (score > 0) scored.push({ name, score, place });
    }
    return scored
      .sort((a, z) => z.score - a.score || a.place - z.place)
      .slice(0, limit)
      .map(({ name }) => name);
  });
}
