// The report of one run: HTML, Markdown and JSON, from its summary and some of its samples.

import {
  countChart,
  intervalChart,
  intervalMark,
  latencyChart,
  latencyDomain,
  reliabilityChart,
} from "../../report/charts.js";
import { formatCount, formatMilliseconds, formatRange, formatScore, formatShare } from "../../report/format.js";
import { type Html, html } from "../../report/html.js";
import { type Facts, renderHead, renderPage, renderTiles, type Tile } from "../../report/page.js";
import type { Interval } from "../../statistics/bootstrap.js";
import type { Intervals } from "../../statistics/metricMeans.js";
import { type EvaluationSummary, latencyStages } from "../statistics/summary.js";
import type { Examples } from "./examples.js";
import { type ContextGain, gainsHeading, gainsNote, renderGains, renderGainsTable } from "./gains.js";
import { codeBlock, escapeMarkdown, markdownTable } from "./markdown.js";
import { arrows, describeMetrics, type MetricDescription } from "./metricDescriptions.js";
import { describeSample, renderDiffLegend, renderExample } from "./samples.js";

/** What a report is made of. */
export interface EvaluationReport {
  readonly title: string;
  /** What was run on what: dataset, model, seed, … */
  readonly facts: Facts;
  readonly summary: EvaluationSummary;
  /** In the order in which they are shown; a metric without a description comes after them. */
  readonly metrics: readonly MetricDescription[];
  readonly examples: Examples;
  /** Where sources of context and features were switched off one by one. */
  readonly gains?: readonly ContextGain[] | undefined;
}

const stageNames: Readonly<Record<(typeof latencyStages)[number], string>> = {
  firstLine: "First line",
  prompt: "Prompt",
  prefill: "Prefill",
  decode: "Decode",
  total: "In all",
};

const groupings = [
  { key: "byLanguage", title: "By language" },
  { key: "byKind", title: "By kind of hole" },
  { key: "byCaret", title: "By what stands before the caret" },
] as const;

/** Metrics that the plots by group show. */
const plotted = ["exactMatch", "editSimilarity"];

/** The report as one HTML file that opens offline. */
export function renderEvaluationHtml(report: EvaluationReport): string {
  const { title, facts, summary, examples } = report;
  return renderPage(
    title,
    html`${renderHead(title, facts)}
${renderTiles(headlines(summary))}
${summary.errors > 0 ? html`<p>The model failed on ${formatCount(summary.errors)} of the samples; they count as wrong, empty answers.</p>` : undefined}
<h2>Figures</h2>
<p class="note">With 95% intervals (bootstrap by file or task, ${formatCount(summary.bootstrap.replicates)} replicates). ↑ higher is better, ↓ lower is better.</p>
${renderMetrics(report)}
${groupings.map(({ key, title: heading }) => renderGroups(heading, summary[key]))}
${renderGains(report.gains ?? [])}
${renderLatency(summary)}
${renderCalibration(summary)}
${renderFailures(summary)}
${renderExamples("Furthest off", "Shown, sure of itself, and far from the truth; the worst first.", examples.worst)}
${renderExamples("Right", "What stood there, to the character; the longest first.", examples.best)}`,
  );
}

function headlines({ metrics, latency, samples, tokensReused }: EvaluationSummary): Tile[] {
  const score = (name: string, key: string): Tile[] => {
    const interval = metrics[key];
    return interval === undefined ? [] : [{ name, figure: formatScore(interval.value), range: formatRange(interval) }];
  };
  const { firstLine, total } = latency;
  return [
    ...score("Exact match", "exactMatch"),
    ...score("First line exact", "firstLineExactMatch"),
    ...score("Edit similarity", "editSimilarity"),
    ...score("pass@1", "pass@1"),
    ...score("Nothing shown", "abstained"),
    ...(firstLine === undefined
      ? []
      : [
          {
            name: "First line, median",
            figure: formatMilliseconds(firstLine.p50),
            range: `p95 ${formatMilliseconds(firstLine.p95)}`,
          },
        ]),
    ...(total === undefined
      ? []
      : [
          {
            name: "In all, median",
            figure: formatMilliseconds(total.p50),
            range: `p95 ${formatMilliseconds(total.p95)}`,
          },
        ]),
    ...(tokensReused === undefined
      ? []
      : [
          {
            name: "Prompt tokens reused",
            figure: formatShare(tokensReused.value),
            range: formatRange(tokensReused, formatShare),
          },
        ]),
    { name: "Samples", figure: formatCount(samples) },
  ];
}

function renderMetrics(report: EvaluationReport): Html {
  const { metrics, rawMetrics } = report.summary;
  const cell = (interval: Interval | undefined) =>
    interval === undefined
      ? html`<td class="number faint">–</td>`
      : html`<td class="number">${formatScore(interval.value)}<span class="note">${formatRange(interval)}</span></td>`;
  return html`<div class="scroll"><table>
<thead><tr><th>Metric</th><th></th><th class="number">Shown</th><th class="number">Before post-processing</th><th class="number">Samples</th></tr></thead>
<tbody>
${describeMetrics(report.metrics, [metrics, rawMetrics]).map(({ name, description, better }) => {
  const interval = metrics[name];
  return html`<tr><td>${name}${arrows[better]}<span class="note">${description}</span></td><td>${isShare(interval, rawMetrics[name]) && interval !== undefined ? intervalMark(interval) : undefined}</td>${cell(interval)}${cell(rawMetrics[name])}<td class="number">${formatCount((interval ?? rawMetrics[name])?.n ?? 0)}</td></tr>
`;
})}</tbody>
</table></div>`;
}

/** Do these figures look like shares, in [0, 1]? Lengths and errors in tokens do not. */
function isShare(...intervals: readonly (Interval | undefined)[]): boolean {
  return intervals.every((interval) => interval === undefined || (interval.low >= 0 && interval.high <= 1));
}

function renderGroups(heading: string, groups: Readonly<Record<string, Intervals>>): Html | undefined {
  const rows = Object.entries(groups).map(([label, intervals]) => ({
    label,
    intervals: plotted.map((name) => intervals[name]),
  }));
  return rows.length === 0
    ? undefined
    : html`<h2>${heading}</h2>
${intervalChart({ title: heading, series: ["Exact match", "Edit similarity"], rows, domain: [0, 1] })}`;
}

function renderLatency({ latency }: EvaluationSummary): Html | undefined {
  const stages = latencyStages.filter((stage) => latency[stage] !== undefined);
  if (stages.length === 0) {
    return undefined;
  }
  const charted = (["firstLine", "total"] as const).flatMap((stage) => {
    const summary = latency[stage];
    return summary === undefined ? [] : [{ stage, summary }];
  });
  const domain = latencyDomain(charted.map(({ summary }) => summary));
  return html`<h2>Latency</h2>
${charted.map(
  ({ stage, summary }) => html`<h3>${stageNames[stage]}</h3>
${latencyChart(`Distribution of times: ${stageNames[stage]}`, summary, domain)}
`,
)}
<div class="scroll"><table>
<thead><tr><th>Stage</th>${["mean", "p50", "p90", "p95", "p99", "longest"].map((name) => html`<th class="number">${name}</th>`)}</tr></thead>
<tbody>${stages.map((stage) => {
    const times = latency[stage];
    return times === undefined
      ? html``
      : html`<tr><td>${stageNames[stage]}</td>${[times.mean, times.p50, times.p90, times.p95, times.p99, times.greatest].map((time) => html`<td class="number">${formatMilliseconds(time)}</td>`)}</tr>`;
  })}</tbody>
</table></div>`;
}

function renderCalibration({ calibration }: EvaluationSummary): Html | undefined {
  if (calibration === undefined) {
    return undefined;
  }
  const { brier, expectedCalibrationError: error, bins } = calibration;
  return html`<h2>Calibration</h2>
<p>Brier score ${formatScore(brier.value)} <span class="faint">(${formatRange(brier)})</span>, expected calibration error ${formatScore(error.value)} <span class="faint">(${formatRange(error)})</span>. On the dashed line the model is right as often as it is sure; the grey bars say how many samples stand behind a point.</p>
${reliabilityChart("Reliability diagram", bins)}`;
}

function renderFailures({ failures }: EvaluationSummary): Html | undefined {
  const rows = Object.entries(failures).map(([label, { count, share }]) => ({ label, count, share }));
  return rows.length === 0
    ? undefined
    : html`<h2>Failures</h2>
<p class="note">Sorted into Code4Me's kinds where a rule can tell; shares are of all samples.</p>
${countChart("Failures by kind", rows, formatShare)}`;
}

function renderExamples(heading: string, note: string, examples: Examples["worst"]): Html | undefined {
  return examples.length === 0
    ? undefined
    : html`<h2>${heading}</h2>
<p class="note">${note}</p>
${renderDiffLegend()}
${examples.map(renderExample)}`;
}

/** The report as Markdown. */
export function renderEvaluationMarkdown(report: EvaluationReport): string {
  const { title, facts, summary, examples } = report;
  const figure = (interval: Interval | undefined) =>
    interval === undefined ? "–" : `${formatScore(interval.value)} (${formatRange(interval)})`;
  const sections = [
    `# ${escapeMarkdown(title)}`,
    Object.entries({ ...facts, Samples: String(summary.samples), Errors: String(summary.errors) })
      .map(([name, fact]) => `- ${escapeMarkdown(name)}: ${escapeMarkdown(fact)}`)
      .join("\n"),
    "## Figures",
    `With 95% intervals (bootstrap by file or task, ${summary.bootstrap.replicates} replicates).`,
    markdownTable(
      ["Metric", "Shown", "Before post-processing", "Samples"],
      describeMetrics(report.metrics, [summary.metrics, summary.rawMetrics]).map(({ name, better }) => [
        `${escapeMarkdown(name)}${arrows[better]}`,
        figure(summary.metrics[name]),
        figure(summary.rawMetrics[name]),
        String((summary.metrics[name] ?? summary.rawMetrics[name])?.n ?? 0),
      ]),
    ),
  ];
  for (const { key, title: heading } of groupings) {
    sections.push(
      `## ${heading}`,
      markdownTable(
        ["", "Exact match", "Edit similarity", "Samples"],
        Object.entries(summary[key]).map(([group, intervals]) => [
          escapeMarkdown(group),
          ...plotted.map((name) => figure(intervals[name])),
          String(intervals.exactMatch?.n ?? 0),
        ]),
      ),
    );
  }
  if (report.gains !== undefined && report.gains.length > 0) {
    sections.push(`## ${gainsHeading}`, gainsNote, renderGainsTable(report.gains));
  }
  const stages = latencyStages.flatMap((stage) => {
    const times = summary.latency[stage];
    return times === undefined
      ? []
      : [[stageNames[stage], ...[times.p50, times.p90, times.p95, times.p99].map(formatMilliseconds)]];
  });
  if (stages.length > 0) {
    sections.push("## Latency", markdownTable(["Stage", "p50", "p90", "p95", "p99"], stages));
  }
  if (summary.calibration !== undefined) {
    const { brier, expectedCalibrationError } = summary.calibration;
    sections.push(
      "## Calibration",
      `Brier score ${figure(brier)}, expected calibration error ${figure(expectedCalibrationError)}.`,
    );
  }
  const failures = Object.entries(summary.failures);
  if (failures.length > 0) {
    sections.push(
      "## Failures",
      markdownTable(
        ["Kind", "Samples", "Share"],
        failures.map(([kind, { count, share }]) => [escapeMarkdown(kind), String(count), formatShare(share)]),
      ),
    );
  }
  if (examples.worst.length > 0) {
    sections.push(
      "## Furthest off",
      ...examples.worst.flatMap(({ record }) => [
        `### ${escapeMarkdown(record.path)}`,
        escapeMarkdown(`${record.id}: ${describeSample(record)}`),
        "Truth:",
        codeBlock(record.truth),
        "Suggestion:",
        codeBlock(record.text),
      ]),
    );
  }
  return `${sections.join("\n\n")}\n`;
}

/** The report as JSON. */
export function renderEvaluationJson({ title, facts, summary, examples, gains }: EvaluationReport): string {
  return `${JSON.stringify({ title, facts, summary, ...(gains && { gains }), examples }, undefined, 2)}\n`;
}
