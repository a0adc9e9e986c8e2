// What the index costs: the first one against parsing alone, the second start, one file again, questions, memory.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import type { ContextQuery } from "../../server/src/context/contextSource.js";
import { findContext } from "../../server/src/context/findContext.js";
import { createIndexer } from "../../server/src/context/index/createIndexer.js";
import type { Indexer } from "../../server/src/context/index/indexer.js";
import type { IndexedFile } from "../../server/src/context/repositoryIndex.js";
import { loadLanguages } from "../../server/src/syntax/languages.js";
import { indexerSetup, installationAround, wasmFilesOf } from "../../server/src/workspace/installation.js";
import { quantile, round } from "./statistics.js";

const root = path.join(import.meta.dirname, "..");
const installation = installationAround(path.join(root, "dist"));
const never = new AbortController().signal;

/** Files that are parsed alone; as many before as after the index is built, as machines grow slower and faster. */
const parsedAlone = 600;

const questions = 300;
const reindexedFiles = 60;

/** As for a prompt of 1,024 tokens. */
const windowBefore = 2000;
const windowAfter = 800;
const contextOptions = { disabled: [], snippetLength: 1200, limit: 16 };

export interface StageOptions {
  /** The repository. */
  readonly directory: string;
  /** Where the index is kept. */
  readonly storage: string;
  /** Bytes that it may take. */
  readonly memoryLimit: number;
}

export interface IndexingReport {
  readonly files: number;
  readonly chunks: number;
  readonly sourceMegabytes: number;
  readonly isCapped: boolean;
  readonly firstIndex: {
    readonly seconds: number;
    readonly filesPerSecond: number;
    readonly megabytesPerSecond: number;
  };
  readonly parsingAlone: { readonly files: number; readonly megabytesPerSecond: number };
  /** Speed of the first index ÷ speed of parsing and running one query alone; to be at least 0.5. */
  readonly shareOfParsing: number;
  readonly storedMegabytes: number;
  /** Of the index by its own count, and of the process that holds it, over what it had before. */
  readonly memoryMegabytes: { readonly counted: number; readonly process: number };
  /** A file edited in the editor until the index has it; to be at most 20. */
  readonly reindexMilliseconds: Quantiles;
  /** From the question to the snippets, all sources; to be at most 15 at 10,000 files and 40 at 100,000. */
  readonly questionMilliseconds: Quantiles;
  /** The same caret's question again, as after a key stroke within a line: what it needs of files is at hand. */
  readonly nextQuestionMilliseconds: Quantiles;
  /** By source, p95. */
  readonly sourceMilliseconds: Readonly<Record<string, number>>;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

export function quantilesOf(values: readonly number[]): Quantiles {
  return {
    p50: round(quantile(values, 0.5), 2),
    p95: round(quantile(values, 0.95), 2),
    most: round(Math.max(...values), 2),
  };
}

/** Opens the index of a repository and builds it, or takes it from disk. */
export async function openIndex({ directory, storage, memoryLimit }: StageOptions): Promise<{
  readonly indexer: Indexer;
  readonly milliseconds: number;
}> {
  const setup = indexerSetup(installation, { memoryLimit, storageDirectory: storage });
  const indexer = await createIndexer(setup, { onProblem: (problem) => process.stderr.write(`${problem}\n`) });
  const started = performance.now();
  indexer.setFolders([{ uri: pathToFileURL(directory).href, directory }]);
  await indexer.run({ signal: never });
  return { indexer, milliseconds: performance.now() - started };
}

export async function measureIndexing(options: StageOptions, paths: readonly string[]): Promise<IndexingReport> {
  const languages = await loadLanguages({
    directory: installation.syntaxesDirectory,
    wasm: wasmFilesOf(installation),
    queries: ["tags"],
  });
  const step = Math.max(1, Math.floor(paths.length / parsedAlone));
  const sample = paths.filter((_, index) => index % step === 0);
  const parse = async (files: readonly string[]): Promise<{ bytes: number; milliseconds: number }> => {
    let bytes = 0;
    let milliseconds = 0;
    for (const file of files) {
      const language = languages.ofPath(file);
      if (language === undefined) continue;
      const parser = await languages.parser(language);
      const started = performance.now();
      const content = await readFile(file);
      const document = parser?.open(content.toString());
      document?.captures("tags");
      document?.dispose();
      milliseconds += performance.now() - started;
      bytes += content.length;
    }
    return { bytes, milliseconds };
  };
  // Grammars are loaded, and the engine has seen the code once.
  await parse(sample.slice(0, 30));
  const before = await parse(sample.filter((_, index) => index % 2 === 0));
  const emptyMemory = residentBytes();
  const { indexer, milliseconds } = await openIndex(options);
  indexer.save();
  const status = indexer.status;
  const memory = residentBytes() - emptyMemory;
  const after = await parse(sample.filter((_, index) => index % 2 === 1));
  await languages.dispose();

  const aloneSpeed = (before.bytes + after.bytes) / 1e3 / (before.milliseconds + after.milliseconds);
  const speed = status.sourceBytes / 1e3 / milliseconds;
  const asked = await ask(indexer);
  const reindexMilliseconds = await reindex(indexer);
  await indexer.dispose();
  return {
    files: status.files,
    chunks: status.chunks,
    sourceMegabytes: round(status.sourceBytes / 1e6),
    isCapped: status.isCapped,
    firstIndex: {
      seconds: round(milliseconds / 1000, 2),
      filesPerSecond: round((status.files / milliseconds) * 1000, 0),
      megabytesPerSecond: round(speed, 2),
    },
    parsingAlone: { files: sample.length, megabytesPerSecond: round(aloneSpeed, 2) },
    shareOfParsing: round(speed / aloneSpeed, 2),
    storedMegabytes: round(status.storedBytes / 1e6),
    memoryMegabytes: { counted: round(status.memoryBytes / 1e6), process: round(memory / 1e6) },
    reindexMilliseconds,
    ...asked,
  };
}

export interface SecondStartReport {
  /** To be at most 2 for 10,000 files. */
  readonly seconds: number;
  readonly reusedFiles: number;
  readonly parsedFiles: number;
}

export async function measureSecondStart(options: StageOptions): Promise<SecondStartReport> {
  const { indexer, milliseconds } = await openIndex(options);
  const { reused, extracted } = indexer.status;
  await indexer.dispose();
  return { seconds: round(milliseconds / 1000, 2), reusedFiles: reused, parsedFiles: extracted };
}

/** Files spread over the index. */
function spread(indexer: Indexer, count: number): readonly IndexedFile[] {
  const files = [...indexer.index.files()].filter(({ language }) => language !== undefined);
  const step = Math.max(1, Math.floor(files.length / count));
  return files.filter((_, index) => index % step === 0).slice(0, count);
}

async function ask(
  indexer: Indexer,
): Promise<Pick<IndexingReport, "questionMilliseconds" | "nextQuestionMilliseconds" | "sourceMilliseconds">> {
  const times: number[] = [];
  const next: number[] = [];
  const bySource = new Map<string, number[]>();
  for (const [number, file] of spread(indexer, questions).entries()) {
    const query = queryIn(file);
    if (query === undefined) continue;
    const started = performance.now();
    const { sources } = findContext(query, indexer.index, contextOptions, () => performance.now());
    const taken = performance.now() - started;
    const startedNext = performance.now();
    findContext({ ...query }, indexer.index, contextOptions);
    // The first ones show the engine the code.
    if (number < 20) continue;
    times.push(taken);
    next.push(performance.now() - startedNext);
    for (const { name, milliseconds } of sources) {
      const own = bySource.get(name) ?? [];
      own.push(milliseconds);
      bySource.set(name, own);
    }
  }
  const p95 = (values: readonly number[]): number => round(quantile(values, 0.95), 2);
  return {
    questionMilliseconds: quantilesOf(times),
    nextQuestionMilliseconds: quantilesOf(next),
    sourceMilliseconds: Object.fromEntries([...bySource].map(([name, values]) => [name, p95(values)])),
  };
}

/** A caret behind 60% of the file, at the end of a line's indentation. */
function queryIn(file: IndexedFile): ContextQuery | undefined {
  const text = file.text();
  if (text === undefined) return undefined;
  const lineStart = text.indexOf("\n", Math.floor(text.length * 0.6)) + 1;
  const offset = lineStart + (/^[ \t]*/.exec(text.slice(lineStart, lineStart + 200))?.[0].length ?? 0);
  return {
    folder: file.folder,
    path: file.path,
    language: file.language,
    text,
    offset,
    window: { start: Math.max(0, offset - windowBefore), end: Math.min(text.length, offset + windowAfter) },
    edits: [{ folder: file.folder, path: file.path, start: offset, end: offset }],
    views: [],
    branch: "feature/faster-start",
    coChanged: [],
  };
}

/** Edits in open documents. */
async function reindex(indexer: Indexer): Promise<Quantiles> {
  const times: number[] = [];
  for (const [number, file] of spread(indexer, reindexedFiles).entries()) {
    const text = file.text();
    if (text === undefined) continue;
    const { folder, path: place } = file;
    const uri = `${folder}/${place}`;
    indexer.setDocument(uri, text);
    await indexer.run({ signal: never });
    const middle = text.indexOf("\n", text.length >> 1) + 1;
    const started = performance.now();
    await indexer.refresh({ folder, path: place, text: `${text.slice(0, middle)}edited = 1\n${text.slice(middle)}` });
    if (number >= 10) times.push(performance.now() - started);
    indexer.closeDocument(uri);
  }
  return quantilesOf(times);
}

/** Memory of this process after the garbage is gone. */
function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}
