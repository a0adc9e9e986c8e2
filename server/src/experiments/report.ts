// The report of an experiment: one page that opens offline.

import { intervalChart } from "../report/charts.js";
import { formatCount, formatMilliseconds, formatProbability, formatShare } from "../report/format.js";
import { type Html, html } from "../report/html.js";
import { renderHead, renderPage } from "../report/page.js";
import type { ArmComparison, ExperimentAnalysis, MetricComparison, Verdict } from "./analysis/analysis.js";
import { type Metric, metrics } from "./metrics.js";

/** The page of one or more experiments. */
export function renderExperiments(analyses: readonly ExperimentAnalysis[]): string {
  const title = analyses.length === 1 ? `Experiment ${analyses[0]?.experiment}` : "Experiments";
  return renderPage(title, html`${analyses.map(renderExperiment)}${renderMethod()}`);
}

function renderExperiment(analysis: ExperimentAnalysis): Html {
  const { sampleRatio, looks, plannedLooks, from, to, control, switchedUnits } = analysis;
  const arms = [control, ...analysis.comparisons.map(({ treatment }) => treatment)];
  const unit = analysis.unit === "user" ? "users" : "blocks of time";
  const facts = {
    arms: arms.map((arm, index) => `${arm}: ${formatCount(sampleRatio.observed[index] ?? 0)} ${unit}`).join(", "),
    days: looks === 0 ? "none is over yet" : `${from} to ${to}, ${looks} of ${plannedLooks}`,
    "left out": `${switchedUnits} ${unit} with more than one arm`,
    latency: Object.entries(analysis.latency)
      .map(([arm, { p50, p95 }]) => `${arm} p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}`)
      .join("; "),
    "lost from sight": Object.entries(analysis.censored)
      .map(([seconds, share]) => `${seconds} s: ${share === null ? "–" : formatShare(share)}`)
      .join(", "),
  };
  const warning = sampleRatio.isAsPlanned
    ? undefined
    : html`<p class="bad"><b>Do not read on.</b> The arms have other shares of the ${unit} than was planned
(${sampleRatio.expected.map((expected) => formatCount(Math.round(expected))).join(" : ")}, p ${formatProbability(sampleRatio.p)}): something else differs between them.</p>`;
  return html`${renderHead(`Experiment ${analysis.experiment}`, facts)}
${warning}
${analysis.comparisons.map((comparison) => renderComparison(comparison, control, unit))}`;
}

function renderComparison({ treatment, metrics: compared }: ArmComparison, control: string, unit: string): Html {
  const primary = compared.find(({ role }) => role === "primary");
  const isDecided = primary?.verdict === "better" || primary?.verdict === "worse";
  const rows = compared.map((comparison) => ({ comparison, metric: metricOf(comparison) }));
  return html`<h2>${treatment} against ${control}</h2>
<p>${summaryOf(primary, treatment)}</p>
${intervalChart({
  title: `Difference of ${treatment} to ${control}, as a share of ${control}'s figure`,
  series: [treatment],
  rows: rows.map(({ comparison: { relative, treatment: figure }, metric }) => ({
    label: metric.title,
    intervals: [
      relative === null || relative.low === null || relative.high === null
        ? undefined
        : { value: relative.value, low: relative.low, high: relative.high, n: figure.units },
    ],
  })),
  format: formatRelative,
})}
<div class="scroll"><table>
<tr><th>metric</th><th class="number">${control}</th><th class="number">${treatment}</th><th class="number">difference</th><th>interval</th><th>says</th></tr>
${rows.map(({ comparison, metric }) => {
  const { difference, verdict, role, decidedOn } = comparison;
  const tone = verdict === "better" || verdict === "holds" ? "good" : verdict === "worse" ? "bad" : "";
  const isTentative = role === "secondary" && decidedOn !== null && !isDecided;
  return html`<tr><td>${metric.title}<span class="note">${role}, ${formatShare(1 - comparison.alpha)} interval</span></td>
<td class="number">${formatFigure(metric, comparison.control.value)}<span class="note">${formatCount(comparison.control.units)} ${unit}</span></td>
<td class="number">${formatFigure(metric, comparison.treatment.value)}<span class="note">${formatCount(comparison.treatment.units)} ${unit}</span></td>
<td class="number">${formatDifference(metric, difference?.value ?? null)}</td>
<td class="range">${difference === null ? "" : `${formatDifference(metric, difference.low)} to ${formatDifference(metric, difference.high)}`}</td>
<td class="${tone}">${verdictWords[verdict]}${decidedOn === null ? "" : ` since ${decidedOn}`}${isTentative ? html`<span class="note">counts once the primary metric is decided</span>` : undefined}</td></tr>
`;
})}
</table></div>`;
}

function summaryOf(primary: MetricComparison | undefined, treatment: string): string {
  if (primary === undefined) return "";
  const { title } = metricOf(primary);
  switch (primary.verdict) {
    case "better":
      return `${treatment} is better by the primary metric (${title}).`;
    case "worse":
      return `${treatment} is worse by the primary metric (${title}).`;
    case "noData":
      return `Nothing has been counted for the primary metric (${title}) yet.`;
    case "holds":
    case "undecided":
      return `By the primary metric (${title}) the arms cannot be told apart yet.`;
  }
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  better: "better",
  worse: "worse",
  undecided: "undecided",
  holds: "not worse by more than the margin",
  noData: "no data",
};

function renderMethod(): Html {
  return html`<h2>How to read this</h2>
<p>Every figure is a ratio of two sums over users; docs/experiments.md says what is in each. The intervals may be looked at every day: all looks of an
experiment together miss the true difference in no more than the stated share of experiments. They come from drawing the arms again (Fisher's
randomization test with a studentized statistic, group-sequential by Lan and DeMets' spending of the error, repeated confidence intervals by Jennison
and Turnbull) and ask for no normal distribution, however few the users are. Only days that are over count, and each event on the day it arrived.</p>`;
}

function metricOf({ metric }: MetricComparison): Metric {
  return metrics.find(({ name }) => name === metric) as Metric;
}

function formatFigure({ unit }: Metric, value: number | null): string {
  if (value === null) return "–";
  return unit === "share" ? formatShare(value) : unit === "milliseconds" ? formatMilliseconds(value) : value.toFixed(0);
}

function formatDifference(metric: Metric, value: number | null): string {
  if (value === null) return "not known";
  const sign = value < 0 ? "−" : "+";
  const text =
    metric.unit === "share" ? `${(100 * Math.abs(value)).toFixed(2)} points` : formatFigure(metric, Math.abs(value));
  return `${sign}${text}`;
}

function formatRelative(value: number): string {
  return `${value < 0 ? "−" : "+"}${(100 * Math.abs(value)).toFixed(1)}%`;
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : formatMilliseconds(value);
}
