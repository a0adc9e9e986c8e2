// npm run bench:context: what the index, its search, its symbols and the personal memory cost, on repositories made of
// real files. Each stage runs in a process of its own, so that memory is that of the process. As a table, and as JSON.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { readSources, writeCorpus } from "./contextCorpus.js";
import {
  type IndexingReport,
  measureIndexing,
  measureSecondStart,
  type Quantiles,
  type SecondStartReport,
  type StageOptions,
} from "./contextIndexing.js";
import { type MemoryReport, measureMemory } from "./contextMemory.js";
import { measureSearch, type SearchReport } from "./contextSearch.js";
import { measureSymbols, type SymbolsReport } from "./contextSymbols.js";
import { describeMachine, type Machine, thisMachine } from "./machine.js";
import { round } from "./statistics.js";

const checkout = path.join(import.meta.dirname, "..");
const never = new AbortController().signal;

const usage = `Usage: npm run bench:context -- [options]
  --files N[,N]   sizes of the repositories (default: 1000,10000,100000; the last takes an hour and 2 GB of disk)
  --chunks N      chunks at most that search is compared on (default: 100000)
  --memory MB     most that the index may take (default: 256, as in the editor)
  --json          print JSON to standard output instead of the table
  --output FILE   write the JSON to a file as well`;

interface SizeReport {
  readonly files: number;
  readonly megabytes: number;
  readonly index: IndexingReport;
  readonly secondStart: SecondStartReport;
}

interface Report {
  readonly machine: Machine;
  readonly sizes: readonly SizeReport[];
  readonly search: SearchReport;
  readonly symbols: SymbolsReport;
  readonly memory: MemoryReport;
}

/** What a child process is to do: one stage. */
type Stage =
  | { readonly name: "index"; readonly options: StageOptions; readonly pathsFile: string }
  | { readonly name: "secondStart"; readonly options: StageOptions }
  | { readonly name: "search"; readonly options: StageOptions; readonly mostChunks: number }
  | { readonly name: "symbols"; readonly options: StageOptions }
  | { readonly name: "memory"; readonly pathsFile: string };

async function runStage(stage: Stage): Promise<unknown> {
  const readPaths = async (file: string): Promise<readonly string[]> =>
    JSON.parse(await readFile(file, "utf8")) as string[];
  switch (stage.name) {
    case "index":
      return measureIndexing(stage.options, await readPaths(stage.pathsFile));
    case "secondStart":
      return measureSecondStart(stage.options);
    case "search":
      return measureSearch(stage.options, stage.mostChunks);
    case "symbols":
      return measureSymbols(stage.options);
    case "memory":
      return measureMemory(await readPaths(stage.pathsFile));
  }
}

/** Runs a stage in a new process. */
function inProcess<Result>(stage: Stage): Result {
  process.stderr.write(`${stage.name} …\n`);
  const child = spawnSync(
    process.execPath,
    ["--expose-gc", "--max-old-space-size=16384", import.meta.filename, "--stage", JSON.stringify(stage)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 26 },
  );
  if (child.status !== 0)
    throw new Error(`the stage "${stage.name}" failed: it ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout) as Result;
}

interface Options {
  readonly sizes: readonly number[];
  readonly mostChunks: number;
  readonly memoryLimit: number;
}

async function measure({ sizes, mostChunks, memoryLimit }: Options): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), "horizon-bench-"));
  try {
    const sources = await readSources(checkout);
    const sourcePaths = path.join(folder, "sources.json");
    await writeFile(sourcePaths, JSON.stringify(sources.map((source) => path.join(checkout, source.path))));
    const reports: SizeReport[] = [];
    let largest: StageOptions | undefined;
    for (const files of sizes) {
      const options = {
        directory: path.join(folder, `files${files}`),
        storage: path.join(folder, `index${files}`),
        memoryLimit,
      };
      await mkdir(options.storage);
      const corpus = await writeCorpus(options.directory, sources, files, never);
      const pathsFile = path.join(folder, `paths${files}.json`);
      await writeFile(pathsFile, JSON.stringify(corpus.paths));
      const index = inProcess<IndexingReport>({ name: "index", options, pathsFile });
      const secondStart = inProcess<SecondStartReport>({ name: "secondStart", options });
      reports.push({ files, megabytes: round(corpus.bytes / 1e6), index, secondStart });
      largest = options;
    }
    if (largest === undefined) throw new Error("--files names no size");
    return {
      machine: thisMachine(),
      sizes: reports,
      search: inProcess<SearchReport>({ name: "search", options: largest, mostChunks }),
      symbols: inProcess<SymbolsReport>({ name: "symbols", options: largest }),
      memory: inProcess<MemoryReport>({ name: "memory", pathsFile: sourcePaths }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function table({ machine, sizes, search, symbols, memory }: Report): string {
  const spread = ({ p50, p95, most }: Quantiles): string => `${p50} / ${p95} / ${most}`;
  const bySize = (name: string, value: (size: SizeReport) => string | number): string =>
    [name.padEnd(44), ...sizes.map((size) => String(value(size)).padStart(22))].join("");
  const line = (name: string, ...values: (string | number)[]): string =>
    [name.padEnd(44), ...values.map((value) => String(value).padStart(22))].join("");
  const sourceNames = Object.keys(sizes[0]?.index.sourceMilliseconds ?? {});
  return [
    describeMachine(machine),
    "",
    bySize("files written", ({ files }) => files),
    bySize("files in the index", ({ index }) => `${index.files}${index.isCapped ? " (cap)" : ""}`),
    bySize("source, MB", ({ index }) => index.sourceMegabytes),
    bySize("chunks", ({ index }) => index.chunks),
    bySize("first index, s", ({ index }) => index.firstIndex.seconds),
    bySize("first index, files/s", ({ index }) => index.firstIndex.filesPerSecond),
    bySize("first index, MB/s", ({ index }) => index.firstIndex.megabytesPerSecond),
    bySize("parsing and one query alone, MB/s", ({ index }) => index.parsingAlone.megabytesPerSecond),
    bySize("first index ÷ parsing alone", ({ index }) => index.shareOfParsing),
    bySize("second start, s", ({ secondStart }) => secondStart.seconds),
    bySize(
      "  files taken from disk, parsed again",
      ({ secondStart }) => `${secondStart.reusedFiles}, ${secondStart.parsedFiles}`,
    ),
    bySize("one file again, ms, p50 / p95 / most", ({ index }) => spread(index.reindexMilliseconds)),
    bySize("context, ms, p50 / p95 / most", ({ index }) => spread(index.questionMilliseconds)),
    ...sourceNames.map((name) => bySize(`  ${name}, p95`, ({ index }) => index.sourceMilliseconds[name] ?? "")),
    bySize(
      "memory, MB: counted, of the process",
      ({ index }) => `${index.memoryMegabytes.counted}, ${index.memoryMegabytes.process}`,
    ),
    bySize("on disk, MB", ({ index }) => index.storedMegabytes),
    "",
    line(`search: ${search.chunks} chunks, ${search.termsInQuery} terms`, "Horizon", "MiniSearch"),
    line(
      "query, ms, p50 / p95 / most",
      spread(search.horizon.queryMilliseconds),
      spread(search.miniSearch.queryMilliseconds),
    ),
    line("overlap with exact BM25's ten best", search.horizon.overlap, search.miniSearch.overlap),
    line("building, s", search.horizon.buildSeconds, search.miniSearch.buildSeconds),
    line("memory, MB", search.horizon.megabytes, search.miniSearch.megabytes),
    line("times faster", search.timesFaster),
    line("one file again, ms, p50 / p95 / most", spread(search.updateMilliseconds)),
    "",
    ...(symbols.tool === undefined
      ? [`symbols: not compared, ${symbols.reason}`]
      : [
          line(`symbols: ${symbols.tool}, ${symbols.files} files`, "Horizon", "ctags"),
          line("definitions", symbols.definitions.horizon, symbols.definitions.ctags),
          line("of ctags' definitions found", symbols.found),
          line("MB/s", "", symbols.ctagsMegabytesPerSecond),
        ]),
    "",
    line(`personal memory: ${memory.files} files, ${memory.tokens} tokens`),
    line("bytes for a token", memory.bytesPerToken),
    line("update of a file, ms, p50 / p95 / most", spread(memory.updateMilliseconds)),
    line("proposal of 8, ms, p50 / p95 / most", spread(memory.proposeMilliseconds)),
    line("distribution, ms, p50 / p95 / most", spread(memory.distributionMilliseconds)),
    line("right tokens of a proposal of 8", memory.acceptedTokens),
    line(
      "bits for a token: memory, single tokens",
      `${memory.bitsPerToken.memory}, ${memory.bitsPerToken.singleTokens}`,
    ),
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: "string", default: "1000,10000,100000" },
      chunks: { type: "string", default: "100000" },
      memory: { type: "string", default: "256" },
      json: { type: "boolean", default: false },
      output: { type: "string" },
      stage: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (values.stage !== undefined) {
    process.stdout.write(JSON.stringify(await runStage(JSON.parse(values.stage) as Stage)));
    return;
  }
  const wholeNumber = (name: string, text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} is "${text}", but must be a whole number from 1`);
    return value;
  };
  const report = await measure({
    sizes: values.files.split(",").map((size) => wholeNumber("files", size)),
    mostChunks: wholeNumber("chunks", values.chunks),
    memoryLimit: wholeNumber("memory", values.memory) * 1024 * 1024,
  });
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (values.output !== undefined) await writeFile(values.output, json);
  process.stdout.write(values.json ? json : table(report));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`);
  process.exitCode = 1;
});
