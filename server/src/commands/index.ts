// `horizon index DIR`: what of a folder is indexed, how long that takes, how large it is, and what was left out and why.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { createIndexer, currentGitUser } from "../context/index/createIndexer.js";
import { defaultMemoryLimit, type Indexer } from "../context/index/indexer.js";
import type { IndexStatus } from "../context/index/indexStatus.js";
import type { LeftOutReason } from "../context/index/walk.js";
import { InputError } from "../workspace/inputError.js";
import { installationAround, wasmFilesOf } from "../workspace/installation.js";
import { interruption } from "./interruption.js";

interface IndexFlags {
  readonly json?: true;
  readonly storage?: string;
  readonly memory: string;
  readonly parser: string;
}

const megabyte = 1024 * 1024;

/** Milliseconds between two lines of progress. */
const progressInterval = 200;

/** The subcommand. */
export function indexCommand(): Command {
  return new Command("index")
    .description("Index a folder as the editor would, and say what is in the index.")
    .argument("<DIR>", "the folder")
    .option("--json", "write JSON: counts, milliseconds, bytes, what was left out by reason")
    .option("--storage <DIR>", "keep the index there, and use what is kept there (default: nothing is kept)")
    .option("--memory <MB>", "most megabytes that the index may take in memory", String(defaultMemoryLimit / megabyte))
    .option(
      "--parser <NAME>",
      "wasm, or native: tree-sitter's native packages, where they are installed and load",
      "wasm",
    )
    .addHelpText("after", "\nExample:\n  horizon index . --storage ~/.cache/horizon")
    .action(index);
}

async function index(directory: string, { json, storage, memory, parser }: IndexFlags): Promise<void> {
  const folder = resolve(directory);
  const entry = await stat(folder).catch(() => undefined);
  if (entry?.isDirectory() !== true) {
    throw new InputError(`${folder} is no folder; name a folder with code.`);
  }
  const megabytes = Number(memory);
  if (!Number.isInteger(megabytes) || megabytes < 1) {
    throw new InputError(`--memory: "${memory}" must be a whole number of megabytes, 1 or more.`);
  }
  if (parser !== "wasm" && parser !== "native") {
    throw new InputError(`--parser: "${parser}" must be wasm or native.`);
  }
  const signal = interruption();
  const installation = installationAround(import.meta.dirname);
  const problems: string[] = [];
  const setup = {
    syntaxesDirectory: installation.syntaxesDirectory,
    wasm: wasmFilesOf(installation),
    native: parser === "native",
    storageDirectory: storage === undefined ? undefined : resolve(storage),
    memoryLimit: megabytes * megabyte,
    gitUser: currentGitUser(process.env),
  };
  const indexer = await createIndexer(setup, { onProblem: (problem) => problems.push(problem) });
  try {
    // Loading Horizon itself is not counted.
    const started = performance.now();
    indexer.setFolders([{ uri: pathToFileURL(folder).href, directory: folder }]);
    await indexer.run({ signal, pause: createPause(indexer, json !== true && process.stderr.isTTY) });
    signal.throwIfAborted();
    const milliseconds = performance.now() - started;
    indexer.save();
    const report = createReport(folder, indexer, milliseconds, problems);
    process.stdout.write(json === true ? `${JSON.stringify(report, undefined, 2)}\n` : describe(report));
    if (json !== true) {
      for (const problem of problems) process.stderr.write(`horizon: ${problem}\n`);
    }
  } finally {
    await indexer.dispose();
  }
}

/** Lets Ctrl-C through, and shows how far it is. */
function createPause(indexer: Indexer, showsProgress: boolean): () => Promise<void> {
  let last = performance.now();
  return async () => {
    await new Promise((resume) => setImmediate(resume));
    if (!showsProgress || performance.now() - last < progressInterval) return;
    last = performance.now();
    const { files, waiting, state } = indexer.status;
    const line = state === "scanning" ? `${waiting} files found` : `${files} files, ${waiting} to go`;
    // Back to the start of the line, and clear it.
    process.stderr.write(`\r\u001b[K${line}`);
    if (state === "ready") process.stderr.write("\r\u001b[K");
  };
}

interface IndexReport extends Omit<IndexStatus, "state" | "waiting"> {
  readonly folder: string;
  readonly milliseconds: number;
  /** Files by language; those without a grammar under "other". */
  readonly languages: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

function createReport(
  folder: string,
  indexer: Indexer,
  milliseconds: number,
  problems: readonly string[],
): IndexReport {
  const languages = new Map<string, number>();
  for (const { language = "other" } of indexer.index.files())
    languages.set(language, (languages.get(language) ?? 0) + 1);
  const sorted = [...languages].sort(([a, times], [z, others]) => others - times || (a < z ? -1 : 1));
  const { state: _, waiting: __, ...status } = indexer.status;
  return { folder, milliseconds, ...status, languages: Object.fromEntries(sorted), problems };
}

/** The reasons in the words of a user. */
const reasons: Readonly<Record<LeftOutReason, string>> = {
  gitignore: "ignored by git",
  horizonignore: "ignored by .horizonignore",
  generated: "generated or not the project's own",
  secret: "may hold secrets",
  binary: "binary",
  data: "data",
  minified: "minified",
  tooLarge: "larger than 512 KB",
  tooDeep: "nested too deeply",
  link: "symbolic links",
  special: "no regular files",
  unreadable: "cannot be read",
  memory: "do not fit into memory",
};

function describe(report: IndexReport): string {
  const { folder, milliseconds, files, sourceBytes, chunks, names, extracted, reused } = report;
  const { memoryBytes, memoryLimit, storedBytes, isCapped, languages } = report;
  const seconds = milliseconds / 1000;
  const lines = [
    `${folder}: ${files} files with ${inMegabytes(sourceBytes)}, ${chunks} chunks, ${names} names`,
    `in ${seconds.toFixed(2)} s: ${extracted} parsed, ${reused} taken from the saved index ` +
      `(${inMegabytes(sourceBytes / seconds)} per second)`,
    `in memory ${inMegabytes(memoryBytes)} of at most ${inMegabytes(memoryLimit)}; ` +
      (storedBytes === 0 ? "nothing saved" : `saved ${inMegabytes(storedBytes)}`),
    `languages: ${listOf(Object.entries(languages))}`,
  ];
  if (isCapped) lines.push("not all files fit into memory: those nearest to the open ones, or to the top, are in");
  const leftOut = Object.entries(report.leftOut)
    .map(([reason, times]) => [reasons[reason as LeftOutReason], times] as const)
    .sort(([, a], [, z]) => z - a);
  if (leftOut.length > 0) lines.push(`left out, files and folders: ${listOf(leftOut)}`);
  return `${lines.join("\n")}\n`;
}

function listOf(counts: readonly (readonly [string, number])[]): string {
  return counts.length === 0 ? "none" : counts.map(([name, times]) => `${times} ${name}`).join(", ");
}

function inMegabytes(bytes: number): string {
  return `${(bytes / megabyte).toFixed(1)} MB`;
}
