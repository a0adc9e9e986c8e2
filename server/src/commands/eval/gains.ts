// `horizon eval gains BASE WITHOUT…`: what each feature brings, from runs that did without it, put into BASE's report.
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { type Ablation, nameAblations } from "../../evaluation/ablation.js";
import type { SampleRecord } from "../../evaluation/hole.js";
import type { Metrics } from "../../evaluation/metrics/index.js";
import { replayMetrics } from "../../evaluation/replay/replayMetrics.js";
import type { Surroundings } from "../../evaluation/report/examples.js";
import { type ContextGain, renderGainsTable } from "../../evaluation/report/gains.js";
import { readSurroundings } from "../../evaluation/report/samples.js";
import { type RunSettings, readRunSettings } from "../../evaluation/runSettings.js";
import { readRecords } from "../../evaluation/sampleFiles.js";
import { ComparisonError, compareRuns } from "../../evaluation/statistics/comparison.js";
import { isMissing } from "../../workspace/fileError.js";
import { InputError } from "../../workspace/inputError.js";
import { installationAround, loadInstalledLanguages } from "../../workspace/installation.js";
import { interruption } from "../interruption.js";
import { reportFile, sumUpRun, writeReports } from "./finish.js";
import { loadMetrics } from "./grammars.js";

/** The subcommand. */
export function gainsCommand(): Command {
  return new Command("gains")
    .description("Say what each feature brings, and show it in the report of the run that has them all.")
    .argument("<BASE>", "folder of a run with everything on; its report is written anew")
    .argument("<WITHOUT...>", "folders of the same run with one --disable more each")
    .action(gains);
}

/** A gain as gains.json has it. */
interface StoredGain extends ContextGain {
  /** Folder of the run without it. */
  readonly without: string;
  /** Samples in both. */
  readonly samples: number;
}

async function gains(base: string, without: readonly string[]): Promise<void> {
  const signal = interruption();
  const settings = await readRunSettings(resolve(base));
  const runs: { readonly folder: string; readonly settings: RunSettings }[] = [];
  for (const folder of without) {
    runs.push({ folder, settings: await readRunSettings(resolve(folder)) });
  }
  const found: StoredGain[] = [];
  for (const ablation of nameAblations({ folder: base, settings }, runs)) {
    found.push(await measure(base, ablation, signal));
  }
  await rewriteReports(resolve(base), settings, found, signal);
  await writeFile(join(resolve(base), "gains.json"), `${JSON.stringify({ gains: found }, undefined, 2)}\n`);
  process.stdout.write(`${renderGainsTable(found)}\n`);
  process.stderr.write(`Report: ${join(base, reportFile)}\n`);
}

async function measure(base: string, { folder, source }: Ablation, signal: AbortSignal): Promise<StoredGain> {
  try {
    // Differences are those of the second run less the first: positive where the feature adds.
    const { samples, metrics } = await compareRuns(
      readRecords(resolve(folder), signal),
      readRecords(resolve(base), signal),
      { examples: 0 },
    );
    const differences = Object.fromEntries(Object.entries(metrics).map(([name, { difference }]) => [name, difference]));
    return { source, without: folder, samples, differences };
  } catch (error) {
    throw error instanceof ComparisonError
      ? new InputError(`${folder} (A) cannot be held against ${base} (B): ${error.message}`)
      : error;
  }
}

/** The reports as the run wrote them, and the gains. */
async function rewriteReports(
  folder: string,
  settings: RunSettings,
  found: readonly ContextGain[],
  signal: AbortSignal,
): Promise<void> {
  const known = await readKnownSurroundings(folder);
  const findSurroundings = async ({ id }: SampleRecord): Promise<(() => Surroundings) | undefined> => {
    const surroundings = known.get(id);
    return surroundings && (() => surroundings);
  };
  const { summary, examples } = await sumUpRun(folder, findSurroundings, signal);
  const installation = installationAround(import.meta.dirname);
  const languages = await loadInstalledLanguages(installation, () => {});
  let metrics: Metrics | undefined;
  try {
    metrics = await loadMetrics(installation, languages);
    const isReplay = settings.source.cadence !== undefined;
    const described = isReplay ? [...replayMetrics, ...metrics.all] : metrics.all;
    await writeReports(folder, { summary, metrics: described, examples, gains: found });
  } finally {
    await metrics?.dispose();
    await languages.dispose();
  }
}

/** What stood around the examples: the holes are not at hand any more, but the report that is there has it. */
async function readKnownSurroundings(folder: string): Promise<ReadonlyMap<string, Surroundings>> {
  const path = join(folder, reportFile);
  try {
    return readSurroundings(await readFile(path, "utf8"));
  } catch (error) {
    if (isMissing(error)) {
      throw new InputError(`${path} is missing: the run is not finished. Run its command again, then this one.`);
    }
    throw error;
  }
}
