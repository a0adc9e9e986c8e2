// `horizon eval run`: asks the editor's engine about holes whose truth is known, and writes down how it did.
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { engineFeatures } from "../../completion/features.js";
import { datasets, findDataset, readHoles } from "../../evaluation/datasets/index.js";
import { scorePasses } from "../../evaluation/execution/passScores.js";
import { openSandbox, type Sandbox } from "../../evaluation/execution/sandbox.js";
import { hashFile } from "../../evaluation/hashFile.js";
import { createHoleAsker } from "../../evaluation/holeAsker.js";
import { HoleContext } from "../../evaluation/holeContext.js";
import { openCommits } from "../../evaluation/masking/commitHoles.js";
import { NodeFinder } from "../../evaluation/masking/nodeSpans.js";
import { checkFolder } from "../../evaluation/masking/repositoryFiles.js";
import { openRepository } from "../../evaluation/masking/repositoryHoles.js";
import type { Metrics } from "../../evaluation/metrics/index.js";
import { ProgressLine } from "../../evaluation/progress.js";
import { findMissed } from "../../evaluation/requirement.js";
import { type RunOutcome, runSamples } from "../../evaluation/runner.js";
import { claimFolder } from "../../evaluation/runSettings.js";
import { SampleFiles } from "../../evaluation/sampleFiles.js";
import { scoreAnswer, scoreFailure } from "../../evaluation/scoring.js";
import { type HoleSource, type Selection, selectHoles } from "../../evaluation/selection.js";
import type { EvaluationSummary } from "../../evaluation/statistics/summary.js";
import type { LanguageModel } from "../../inference/generation.js";
import type { Languages } from "../../syntax/languages.js";
import {
  type Installation,
  installationAround,
  loadInstalledLanguages,
  wasmFilesOf,
} from "../../workspace/installation.js";
import { interruption } from "../interruption.js";
import { describeSettings } from "./describeSettings.js";
import { finishRun } from "./finish.js";
import { loadMetrics } from "./grammars.js";
import { loadEvaluatedModel } from "./model.js";
import { type RunFlags, type RunOptions, readRunOptions, type SourceOptions } from "./options.js";
import { runReplay } from "./replay.js";

/** The subcommand. */
export function runCommand(): Command {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return new Command("run")
    .description("Complete holes whose truth is known, score the answers, and write a report.")
    .option("--dataset <NAME>", `a public dataset: ${datasets.map(({ name }) => name).join(", ")}`)
    .option("--data <FILE>", "its file, as its authors publish it: .jsonl, .jsonl.gz or .parquet")
    .option("--repo <DIR>", "your own code: holes as a developer leaves them")
    .option("--git [N]", "with --repo: what the last N commits added, at their parents (default: 50)")
    .option("--replay <FILE...>", "type these files at a human cadence: quality and latency together")
    .option("--out <DIR>", "where the results go; a run that was ended goes on there")
    .option("--model <DIR>", "folder of another model (default: the one that comes with Horizon)")
    .option("--backend <URL>", "an OpenAI-compatible server that computes in the model's place")
    .option("--backend-model <NAME>", "the model's name on that server (default: its first)")
    .option("--limit <N>", "most samples, a seeded choice")
    .option("--seed <N>", "seed of whatever is chosen at random (default: 0)")
    .option("--shard <I/N>", "every N-th sample from the I-th on, to be put together by horizon eval merge")
    .option("--config <FILE>", "these options, and the editor's settings, as JSON")
    .option("--require <BAR>", "exit with 1 when missed, e.g. 'exactMatch>=0.3'; may be repeated", collect)
    .option("--disable <NAME>", "do without a feature of the engine; may be repeated", collect)
    .option("--execute", "run the datasets' tests in a sandbox, for pass@k")
    .option("--samples-per-task <K>", "samples for pass@k (default: 1)")
    .option("--temperature <T>", "of the samples (default: 0 for one sample, else 0.2)")
    .option("--unsafe-execution", "run the tests without a sandbox where the system has none")
    .addHelpText(
      "after",
      `
Features that can be disabled:
${engineFeatures.map(({ name, without }) => `  ${name.padEnd(20)} without it ${without}`).join("\n")}

Examples:
  horizon eval run --dataset humaneval-infilling:single-line --data HumanEval-SingleLineInfilling.jsonl.gz --out results
  horizon eval run --repo . --limit 500 --out results --require 'exactMatch>=0.3'`,
    )
    .action(run);
}

async function run(flags: RunFlags): Promise<void> {
  const options = await readRunOptions(flags);
  const signal = interruption();
  const installation = installationAround(import.meta.dirname);
  const languages = await loadInstalledLanguages(installation, (problem) =>
    process.stderr.write(`horizon: ${problem}\n`),
  );
  let metrics: Metrics | undefined;
  try {
    metrics = await loadMetrics(installation, languages);
    const summary = await runHoles(options, { installation, languages, metrics, signal });
    const missed = findMissed(options.requirements, summary);
    if (missed.length > 0) {
      throw new Error(missed.join("\nhorizon: "));
    }
  } catch (error) {
    signal.throwIfAborted(); // whatever broke then broke because of that
    throw error;
  } finally {
    await metrics?.dispose();
    await languages.dispose();
  }
}

interface Parts {
  readonly installation: Installation;
  readonly languages: Languages;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** What holes of a repository have around them; datasets bring no repositories. Nothing is read before the first hole. */
function openHoleContext(
  { source, settings, disabled }: RunOptions,
  installation: Installation,
  languages: Languages,
  signal: AbortSignal,
): HoleContext | undefined {
  if (source.kind !== "repository") {
    return undefined;
  }
  const directory = resolve(source.directory);
  const onProblem = (problem: string): boolean => process.stderr.write(`horizon: ${problem}\n`);
  return new HoleContext({ installation, languages, directory, settings, disabled, signal, onProblem });
}

interface SourceParts extends Parts {
  /** Knows the repository around the holes; undefined where they have none. */
  readonly context: HoleContext | undefined;
}

interface RunPlaces {
  readonly folder: string;
  /** Where tests are run; undefined when they are not. */
  readonly sandbox: Sandbox | undefined;
}

async function runHoles(
  options: RunOptions,
  { installation, languages, metrics, signal }: Parts,
): Promise<EvaluationSummary> {
  if (options.source.kind === "replay") {
    return runReplay(options, options.source.files, { installation, languages, metrics, signal });
  }
  const { source, dispose } = await openSource(options.source, options.seed, installation, languages, signal);
  const context = openHoleContext(options, installation, languages, signal);
  try {
    return await runSource(source, options, { installation, languages, metrics, context, signal });
  } finally {
    await context?.dispose();
    await dispose();
  }
}

async function runSource(
  source: HoleSource,
  options: RunOptions,
  { installation, languages, metrics, context, signal }: SourceParts,
): Promise<EvaluationSummary> {
  const folder = resolve(options.out);
  const isUnsafe = options.execution === "unsafe";
  // Before anything else: whether there is a sandbox is told in a moment.
  const sandbox = options.execution === "none" ? undefined : await openSandbox({ isUnsafe, signal });
  try {
    return await askAll(source, options, { folder, installation, languages, metrics, context, sandbox, signal });
  } finally {
    await sandbox?.dispose();
  }
}

async function askAll(
  source: HoleSource,
  options: RunOptions,
  parts: SourceParts & RunPlaces,
): Promise<EvaluationSummary> {
  const { folder, installation, metrics, signal } = parts;
  const selection = await selectHoles(source, options, signal);
  await mkdir(folder, { recursive: true });
  const { model, countTokens } = await loadEvaluatedModel(options, installation, signal);
  try {
    await claimFolder(folder, describeSettings(options, source.identity, model, selection.count));
    const outcome = await askModel(model, countTokens, selection, options, parts);
    const summary = await finishRun(folder, { metrics: metrics.all, holes: selection.read(0), signal });
    process.stderr.write(`${outcome} Report: ${join(options.out, "report.html")}\n`);
    return summary;
  } finally {
    await model.dispose();
  }
}

/** Asks about what is not there yet; says in words how that went. */
async function askModel(
  model: LanguageModel,
  countTokens: ((text: string) => number) | undefined,
  selection: Selection,
  options: RunOptions,
  { folder, languages, metrics, context, sandbox, signal }: SourceParts & RunPlaces,
): Promise<string> {
  const files = await SampleFiles.open(folder);
  const progress = new ProgressLine({
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    now: () => performance.now(),
  });
  if (files.done > 0) {
    process.stderr.write(`${files.done} of ${selection.count} samples are there already.\n`);
  }
  const disabled = new Set(options.disabled);
  const ask = createHoleAsker({ model, settings: options.settings, languages, disabled, context });
  const scoring = { metrics: metrics.all, countTokens };
  const samples = options.samplesPerTask;
  let testing = 0;
  try {
    const outcome = await runSamples({
      selection,
      files,
      signal,
      ask,
      now: () => performance.now(),
      onProgress: (now) => progress.show(now),
      score: async (hole, answer) => {
        const started = performance.now();
        const further =
          sandbox && (await scorePasses(hole, answer.suggestion, { ...options, sandbox, ask, samples }, signal));
        testing += performance.now() - started;
        return scoreAnswer(hole, answer, scoring, further);
      },
      scoreFailure: (hole, error) => scoreFailure(hole, error, scoring),
    });
    return describeOutcome(outcome, testing);
  } finally {
    progress.end();
    await files.close();
  }
}

interface OpenSource {
  readonly source: HoleSource;
  readonly dispose: () => Promise<void>;
}

async function openSource(
  source: Exclude<SourceOptions, { readonly kind: "replay" }>,
  seed: number,
  installation: Installation,
  languages: Languages,
  signal: AbortSignal,
): Promise<OpenSource> {
  switch (source.kind) {
    case "dataset": {
      const dataset = findDataset(source.name);
      const file = resolve(source.file);
      const identity = { dataset: dataset.name, file: basename(file), sha256: await hashFile(file) };
      return { source: { identity, read: () => readHoles(dataset, file) }, dispose: async () => {} };
    }
    case "repository": {
      const directory = resolve(source.directory);
      await checkFolder(directory);
      if (source.commits !== undefined) {
        const { commits } = source;
        return { source: await openCommits({ directory, languages, commits, signal }), dispose: async () => {} };
      }
      const nodes = await NodeFinder.load(installation.syntaxesDirectory, {
        wasm: wasmFilesOf(installation),
      });
      return {
        source: await openRepository({ directory, languages, nodes, seed, signal }),
        dispose: () => nodes.dispose(),
      };
    }
  }
}

function describeOutcome({ asked, failures, total, engine }: RunOutcome, testing: number): string {
  const overhead = engine === 0 ? 0 : ((total - engine - testing) / engine) * 100;
  const failed = failures === 0 ? "" : `, the model failed on ${failures}`;
  return `${asked} samples asked${failed}; the runner took ${overhead.toFixed(1)}% on top of the engine's time.`;
}
