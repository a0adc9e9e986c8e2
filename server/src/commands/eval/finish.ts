// What comes after the last sample: summary.json, report.html and report.md.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hole, Metric } from "../../evaluation/hole.js";
import { renderEvaluationHtml, renderEvaluationMarkdown } from "../../evaluation/report/evaluationReport.js";
import { ExampleSelection, surroundingsOf } from "../../evaluation/report/examples.js";
import { describeRun, readRunSettings } from "../../evaluation/runSettings.js";
import { readSamples } from "../../evaluation/sampleFiles.js";
import { type EvaluationSummary, SummaryBuilder } from "../../evaluation/statistics/summary.js";

export interface FinishOptions {
  readonly metrics: readonly Pick<Metric, "name" | "description" | "better">[];
  /** The holes in the samples' order, where they are at hand: reports then show what stood around them. */
  readonly holes: AsyncIterator<Hole> | undefined;
  readonly signal: AbortSignal;
}

/** Sums up a folder's samples, which are read one at a time. */
export async function finishRun(folder: string, { metrics, holes, signal }: FinishOptions): Promise<EvaluationSummary> {
  const builder = new SummaryBuilder();
  const selection = new ExampleSelection();
  for await (const { record, timings } of readSamples(folder)) {
    signal.throwIfAborted();
    builder.addSample(record);
    if (record.error === undefined) {
      builder.addTimings(timings);
    }
    const next = await holes?.next();
    const hole = next?.done === false ? next.value : undefined;
    selection.add(record, hole?.id === record.id ? () => surroundingsOf(hole, { snippets: [] }) : undefined);
  }
  const summary = builder.build();
  const { title, facts } = describeRun(await readRunSettings(folder));
  const report = { title, facts, summary, metrics, examples: selection.examples };
  await writeFile(join(folder, "summary.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
  await writeFile(join(folder, "report.html"), renderEvaluationHtml(report));
  await writeFile(join(folder, "report.md"), renderEvaluationMarkdown(report));
  return summary;
}
