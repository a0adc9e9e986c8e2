// npm run bench:context: what the index, its search, its symbols and the personal memory cost, on repositories made of
// real files. Each stage runs in a process of its own, so that memory is that of the process. As a table, and as JSON.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { readSources, type SourceText, writeCorpus } from "./contextCorpus.js";
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
  --keep FOLDER   keep the repositories and their indexes there, and use those that are there: for measuring in parts
  --stages N[,N]  only these: write, index, secondStart, search, symbols, memory (default: all)
  --json          print JSON to standard output instead of the table
  --output FILE   write the JSON to a file as well`;

/** What was measured: of a stage that was left out there is nothing. */
interface SizeReport {
  readonly files: number;
  readonly megabytes: number;
  readonly index: IndexingReport | undefined;
  readonly secondStart: SecondStartReport | undefined;
}

interface Report {
  readonly machine: Machine;
  readonly sizes: readonly SizeReport[];
  readonly search: SearchReport | undefined;
  readonly symbols: SymbolsReport | undefined;
  readonly memory: MemoryReport | undefined;
}

const stageNames = ["write", "index", "secondStart", "search", "symbols", "memory"] as const;
type StageName = (typeof stageNames)[number];

/** What a child process is to do: one stage. */
type Stage =
  | { readonly name: "index"; readonly options: StageOptions; readonly pathsFile: string }
  | { readonly name: "secondStart"; readonly options: StageOptions }
  | { readonly name: "search"; readonly options: StageOptions; readonly mostChunks: number }
  | { readonly name: "symbols"; readonly options: StageOptions }
  | { readonly name: "memory"; readonly pathsFile: string };

async function runStage(stage: Stage): Promise<unknown> {
  const readJson = async <Content>(file: string): Promise<Content> =>
    JSON.parse(await readFile(file, "utf8")) as Content;
  switch (stage.name) {
    case "index":
      return measureIndexing(stage.options, (await readJson<KeptRepository>(stage.pathsFile)).paths);
    case "secondStart":
      return measureSecondStart(stage.options);
    case "search":
      return measureSearch(stage.options, stage.mostChunks);
    case "symbols":
      return measureSymbols(stage.options);
    case "memory":
      return measureMemory(await readJson<string[]>(stage.pathsFile));
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
  readonly keep: string | undefined;
  readonly stages: ReadonlySet<StageName>;
}

async function measure(options: Options): Promise<Report> {
  const { keep, sizes } = options;
  const folder = keep ?? (await mkdtemp(path.join(tmpdir(), "horizon-bench-")));
  await mkdir(folder, { recursive: true });
  try {
    const sources = await readSources(checkout);
    const sourcePaths = path.join(folder, "sources.json");
    await writeFile(sourcePaths, JSON.stringify(sources.map((source) => path.join(checkout, source.path))));
    const reports: SizeReport[] = [];
    let largest: StageOptions | undefined;
    const run = <Result>(stage: Stage): Result | undefined =>
      options.stages.has(stage.name) ? inProcess<Result>(stage) : undefined;
    for (const files of sizes) {
      const stageOptions = {
        directory: path.join(folder, `files${files}`),
        storage: path.join(folder, `index${files}`),
        memoryLimit: options.memoryLimit,
      };
      await mkdir(stageOptions.storage, { recursive: true });
      const pathsFile = path.join(folder, `paths${files}.json`);
      const megabytes = await writeRepository(stageOptions.directory, pathsFile, sources, files);
      // The first index finds nothing of an earlier one.
      if (options.stages.has("index")) await rm(stageOptions.storage, { recursive: true, force: true });
      await mkdir(stageOptions.storage, { recursive: true });
      const index = run<IndexingReport>({ name: "index", options: stageOptions, pathsFile });
      const secondStart = run<SecondStartReport>({ name: "secondStart", options: stageOptions });
      reports.push({ files, megabytes, index, secondStart });
      largest = stageOptions;
    }
    if (largest === undefined) throw new Error("--files names no size");
    return {
      machine: thisMachine(),
      sizes: reports,
      search: run<SearchReport>({ name: "search", options: largest, mostChunks: options.mostChunks }),
      symbols: run<SymbolsReport>({ name: "symbols", options: largest }),
      memory: run<MemoryReport>({ name: "memory", pathsFile: sourcePaths }),
    };
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a repository, unless it was kept. @returns Its megabytes. */
async function writeRepository(
  directory: string,
  pathsFile: string,
  sources: readonly SourceText[],
  files: number,
): Promise<number> {
  const known = await readFile(pathsFile, "utf8").catch(() => undefined);
  if (known !== undefined) return (JSON.parse(known) as KeptRepository).megabytes;
  const { paths, bytes } = await writeCorpus(directory, sources, files, never);
  const megabytes = round(bytes / 1e6);
  await writeFile(pathsFile, JSON.stringify({ paths, megabytes } satisfies KeptRepository));
  return megabytes;
}

/** What is noted of a repository beside it. */
interface KeptRepository {
  readonly paths: readonly string[];
  readonly megabytes: number;
}

function table({ machine, sizes, search, symbols, memory }: Report): string {
  const spread = ({ p50, p95, most }: Quantiles): string => `${p50} / ${p95} / ${most}`;
  const line = (name: string, ...values: (string | number)[]): string =>
    [name.padEnd(44), ...values.map((value) => String(value).padStart(22))].join("");
  const bySize = (name: string, value: (size: SizeReport) => string | number): string =>
    line(name, ...sizes.map(value));
  const ofIndex = (name: string, value: (index: IndexingReport) => string | number): string =>
    bySize(name, ({ index }) => (index === undefined ? "" : value(index)));
  const ofStart = (name: string, value: (start: SecondStartReport) => string | number): string =>
    bySize(name, ({ secondStart }) => (secondStart === undefined ? "" : value(secondStart)));
  const sourceNames = Object.keys(sizes[0]?.index?.sourceMilliseconds ?? {});
  const lines = [
    describeMachine(machine),
    "",
    bySize("files written", ({ files }) => files),
    ofIndex("files in the index", (index) => `${index.files}${index.isCapped ? " (cap)" : ""}`),
    ofIndex("source, MB", (index) => index.sourceMegabytes),
    ofIndex("chunks", (index) => index.chunks),
    ofIndex("first index, s", (index) => index.firstIndex.seconds),
    ofIndex("first index, files/s", (index) => index.firstIndex.filesPerSecond),
    ofIndex("first index, MB/s", (index) => index.firstIndex.megabytesPerSecond),
    ofIndex("parsing and one query alone, MB/s", (index) => index.parsingAlone.megabytesPerSecond),
    ofIndex("first index ÷ parsing alone", (index) => index.shareOfParsing),
    ofStart("second start, s", (start) => start.seconds),
    ofStart("  files taken from disk, parsed again", (start) => `${start.reusedFiles}, ${start.parsedFiles}`),
    ofIndex("one file again, ms, p50 / p95 / most", (index) => spread(index.reindexMilliseconds)),
    ofIndex("context, ms, p50 / p95 / most", (index) => spread(index.questionMilliseconds)),
    ofIndex("  of the next key stroke", (index) => spread(index.nextQuestionMilliseconds)),
    ...sourceNames.map((name) => ofIndex(`  ${name}, p95`, (index) => index.sourceMilliseconds[name] ?? "")),
    ofIndex(
      "memory, MB: counted, of the process",
      (index) => `${index.memoryMegabytes.counted}, ${index.memoryMegabytes.process}`,
    ),
    ofIndex("on disk, MB", (index) => index.storedMegabytes),
    "",
  ];
  if (search !== undefined) {
    lines.push(
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
    );
  }
  if (symbols !== undefined) {
    const compared =
      symbols.tool === undefined
        ? [`symbols: not compared, ${symbols.reason}`]
        : [
            line(`symbols: ${symbols.tool}, ${symbols.files} files`, "Horizon", "ctags"),
            line("definitions", symbols.definitions.horizon, symbols.definitions.ctags),
            line("of ctags' definitions found", symbols.found),
            line("MB/s", "", symbols.ctagsMegabytesPerSecond),
          ];
    lines.push(...compared, "");
  }
  if (memory !== undefined) {
    lines.push(
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
    );
  }
  return lines.join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: "string", default: "1000,10000,100000" },
      chunks: { type: "string", default: "100000" },
      memory: { type: "string", default: "256" },
      json: { type: "boolean", default: false },
      output: { type: "string" },
      keep: { type: "string" },
      stages: { type: "string", default: stageNames.join(",") },
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
  const isStage = (name: string): name is StageName => (stageNames as readonly string[]).includes(name);
  const stages = values.stages.split(",").map((name) => {
    if (!isStage(name)) throw new Error(`--stages names "${name}", but there are ${stageNames.join(", ")}`);
    return name;
  });
  const report = await measure({
    keep: values.keep,
    stages: new Set(stages),
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
