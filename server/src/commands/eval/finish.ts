// What comes after the last sample: summary.json, report.html and report.md.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hole, Metric, SampleRecord } from "../../evaluation/hole.js";
import {
  type EvaluationReport,
  renderEvaluationHtml,
  renderEvaluationMarkdown,
} from "../../evaluation/report/evaluationReport.js";
import {
  ExampleSelection,
  type Examples,
  type Surroundings,
  surroundingsOf,
} from "../../evaluation/report/examples.js";
import { describeRun, readRunSettings } from "../../evaluation/runSettings.js";
import { readSamples } from "../../evaluation/sampleFiles.js";
import { type EvaluationSummary, SummaryBuilder } from "../../evaluation/statistics/summary.js";

export interface FinishOptions {
  readonly metrics: readonly Pick<Metric, "name" | "description" | "better">[];
  /** The holes in the samples' order, where they are at hand: reports then show what stood around them. */
  readonly holes: AsyncIterator<Hole> | undefined;
  readonly signal: AbortSignal;
}

/** The report for people to open. */
export const reportFile = "report.html";

/** Sums up a folder's samples, which are read one at a time. */
export async function finishRun(folder: string, { metrics, holes, signal }: FinishOptions): Promise<EvaluationSummary> {
  const findSurroundings = async ({ id }: SampleRecord): Promise<(() => Surroundings) | undefined> => {
    const next = await holes?.next();
    const hole = next?.done === false ? next.value : undefined;
    return hole?.id === id ? () => surroundingsOf(hole, { snippets: [] }) : undefined;
  };
  const { summary, examples } = await sumUpRun(folder, findSurroundings, signal);
  await writeFile(join(folder, "summary.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
  await writeReports(folder, { summary, metrics, examples });
  return summary;
}

/**
 * The figures and examples of a folder's samples.
 *
 * @param findSurroundings where they are known; asked about every sample, in their order
 */
export async function sumUpRun(
  folder: string,
  findSurroundings: (record: SampleRecord) => Promise<(() => Surroundings) | undefined>,
  signal: AbortSignal,
): Promise<{ readonly summary: EvaluationSummary; readonly examples: Examples }> {
  const builder = new SummaryBuilder();
  const selection = new ExampleSelection();
  for await (const { record, timings } of readSamples(folder)) {
    signal.throwIfAborted();
    builder.addSample(record);
    if (record.error === undefined) {
      builder.addTimings(timings);
    }
    selection.add(record, await findSurroundings(record));
  }
  return { summary: builder.build(), examples: selection.examples };
}

/** Writes report.html and report.md; what was run on what is told by the folder. */
export async function writeReports(folder: string, report: Omit<EvaluationReport, "title" | "facts">): Promise<void> {
  const whole = { ...describeRun(await readRunSettings(folder)), ...report };
  await writeFile(join(folder, reportFile), renderEvaluationHtml(whole));
  await writeFile(join(folder, "report.md"), renderEvaluationMarkdown(whole));
}
