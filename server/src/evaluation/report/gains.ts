// What each source of context and feature of the engine brings: the part of a run's report that ablation runs fill.

import { intervalChart } from "../../report/charts.js";
import { formatDifference, formatRange } from "../../report/format.js";
import { type Html, html } from "../../report/html.js";
import type { Interval } from "../../statistics/bootstrap.js";
import type { Intervals } from "../../statistics/metricMeans.js";
import { escapeMarkdown, markdownTable } from "./markdown.js";

/** How much a source of context, or another feature, brings: the run with it against the run without it. */
export interface ContextGain {
  readonly source: string;
  /** Mean of (with − without) over the same samples, by metric. */
  readonly differences: Intervals;
}

/** Metrics whose gains are shown; those that are plotted share an axis. */
const shown = [
  { name: "exactMatch", title: "Exact match", isPlotted: true },
  { name: "editSimilarity", title: "Edit similarity", isPlotted: true },
  { name: "abstained", title: "Nothing shown", isPlotted: false },
] as const;

/** Heading of the gains in every report. */
export const gainsHeading = "Gains by source of context and feature";

/** What the figures are, in a sentence. */
export const gainsNote =
  "With it less without it on the same samples, with 95% intervals (paired bootstrap by file or task).";

function shownIn(gains: readonly ContextGain[]): readonly (typeof shown)[number][] {
  return shown.filter(({ name }) => gains.some(({ differences }) => differences[name] !== undefined));
}

/** Plot and table of the gains; nothing where there are none. */
export function renderGains(gains: readonly ContextGain[]): Html | undefined {
  if (gains.length === 0) {
    return undefined;
  }
  const metrics = shownIn(gains);
  const plotted = metrics.filter(({ isPlotted }) => isPlotted);
  const cell = (interval: Interval | undefined) =>
    interval === undefined
      ? html`<td class="number faint">–</td>`
      : html`<td class="number">${formatDifference(interval.value)}<span class="note">${formatRange(interval, formatDifference)}</span></td>`;
  return html`<h2>${gainsHeading}</h2>
<p class="note">${gainsNote}</p>
${intervalChart({
  title: gainsHeading,
  series: plotted.map(({ title }) => title),
  rows: gains.map(({ source, differences }) => ({
    label: source,
    intervals: plotted.map(({ name }) => differences[name]),
  })),
  format: formatDifference,
})}
<div class="scroll"><table>
<thead><tr><th>Source</th>${metrics.map(({ title }) => html`<th class="number">${title}</th>`)}</tr></thead>
<tbody>${gains.map(({ source, differences }) => html`<tr><td>${source}</td>${metrics.map(({ name }) => cell(differences[name]))}</tr>`)}</tbody>
</table></div>`;
}

/** The table of the gains as Markdown. */
export function renderGainsTable(gains: readonly ContextGain[]): string {
  const metrics = shownIn(gains);
  const cell = (interval: Interval | undefined) =>
    interval === undefined ? "–" : `${formatDifference(interval.value)} (${formatRange(interval, formatDifference)})`;
  return markdownTable(
    ["Source", ...metrics.map(({ title }) => title)],
    gains.map(({ source, differences }) => [
      escapeMarkdown(source),
      ...metrics.map(({ name }) => cell(differences[name])),
    ]),
  );
}
