// The plots of a report: inline SVG whose colours come from the page, so that they follow light and dark.
import type { Interval } from "../statistics/bootstrap.js";
import type { CalibrationBin } from "../statistics/calibration.js";
import type { LatencySummary } from "../statistics/latency.js";
import { formatCount, formatMilliseconds, formatRange, formatScore } from "./format.js";
import { type Html, html } from "./html.js";

/** Units of the drawing; it is scaled to the page's width. */
const width = 880;

/** A row of an interval chart. */
export interface IntervalRow {
  readonly label: string;
  /** One per series; undefined where a series has no figure. */
  readonly intervals: readonly (Interval | undefined)[];
}

export interface IntervalChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly title: string;
  /** Names of the series; the legend is left out for one series. */
  readonly series: readonly string[];
  readonly rows: readonly IntervalRow[];
  /** Ends of the axis; by default what the intervals need, with 0 on it. */
  readonly domain?: readonly [number, number];
  readonly format?: (value: number) => string;
}

const labelWidth = 205;
const valueWidth = 250;
const seriesHeight = 18;
const rowGap = 8;
const axisHeight = 22;

/** Figures with their intervals, one row per group: a point with a whisker per series. */
export function intervalChart({ title, series, rows, domain, format = formatScore }: IntervalChartOptions): Html {
  const all = rows.flatMap(({ intervals }) => intervals.filter((interval) => interval !== undefined));
  const ticks = niceTicks(
    domain?.[0] ?? Math.min(0, ...all.map(({ low }) => low)),
    domain?.[1] ?? Math.max(0, ...all.map(({ high }) => high)),
  );
  const [from, to] = [ticks[0] as number, ticks.at(-1) as number];
  const x = (value: number) =>
    round(
      labelWidth + ((Math.min(to, Math.max(from, value)) - from) / (to - from)) * (width - labelWidth - valueWidth),
    );
  const legendHeight = series.length > 1 ? 24 : 4;
  const rowHeight = Math.max(1, series.length) * seriesHeight + rowGap;
  const bottom = legendHeight + rows.length * rowHeight;
  return html`<svg class="chart" viewBox="0 0 ${width} ${bottom + axisHeight}" role="img" aria-label="${title}">
<title>${title}</title>
${series.length > 1 ? legend(series) : undefined}
${ticks.map(
  (
    tick,
  ) => html`<line class="${tick === 0 ? "zero" : "grid"}" x1="${x(tick)}" x2="${x(tick)}" y1="${legendHeight}" y2="${bottom}"/>
<text class="tick" x="${x(tick)}" y="${bottom + 15}" text-anchor="middle">${trimZeros(format(tick))}</text>
`,
)}
${rows.map((row, index) => {
  const top = legendHeight + index * rowHeight + rowGap / 2;
  return html`<text class="label" x="${labelWidth - 10}" y="${round(top + (series.length * seriesHeight) / 2 + 4)}" text-anchor="end">${shorten(row.label, 28)}</text>
${row.intervals.map((interval, number) => {
  if (interval === undefined) return html``;
  const y = top + (number + 0.5) * seriesHeight;
  return html`<g class="series${number}"><line class="whisker" x1="${x(interval.low)}" x2="${x(interval.high)}" y1="${y}" y2="${y}"/><circle cx="${x(interval.value)}" cy="${y}" r="4"/></g>
<text class="value" x="${width - valueWidth + 12}" y="${y + 4}">${format(interval.value)} <tspan class="faint">${formatRange(interval, format)} · ${formatCount(interval.n)}</tspan></text>
`;
})}`;
})}
</svg>`;
}

function legend(series: readonly string[]): Html {
  return html`${series.map(
    (name, number) =>
      html`<g class="series${number}"><circle cx="${labelWidth + 6 + number * 150}" cy="10" r="4"/></g><text class="tick" x="${labelWidth + 16 + number * 150}" y="14">${name}</text>`,
  )}`;
}

/** A figure with its interval as a small picture within a table, over [0, 1]. */
export function intervalMark({ value, low, high }: Interval): Html {
  const x = (share: number) => round(2 + 96 * Math.min(1, Math.max(0, share)));
  return html`<svg class="mark" viewBox="0 0 100 12" aria-hidden="true"><line class="grid" x1="2" x2="98" y1="6" y2="6"/><g class="series0"><line class="whisker" x1="${x(low)}" x2="${x(high)}" y1="6" y2="6"/><circle cx="${x(value)}" cy="6" r="2.6"/></g></svg>`;
}

const plotHeight = 150;
const margin = 46;

/** How times are distributed, on a logarithmic axis, with median and 95th percentile. */
export function latencyChart(title: string, latency: LatencySummary, [from, to]: readonly [number, number]): Html {
  const x = (time: number) => round(margin + (Math.log(time / from) / Math.log(to / from)) * (width - 2 * margin));
  const most = Math.max(1, ...latency.bars.map(({ count }) => count));
  const y = (count: number) => round(24 + (1 - count / most) * plotHeight);
  const base = y(0);
  const ticks = [1, 2, 5].flatMap((digit) => [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((power) => digit * 10 ** power));
  return html`<svg class="chart" viewBox="0 0 ${width} ${base + axisHeight}" role="img" aria-label="${title}">
<title>${title}</title>
${ticks
  .filter((tick) => tick >= from * 0.999 && tick <= to * 1.001)
  .map(
    (tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="24" y2="${base}"/>
<text class="tick" x="${x(tick)}" y="${base + 15}" text-anchor="middle">${tick >= 1000 ? `${tick / 1000} s` : `${trimZeros(String(Number(tick.toPrecision(3))))} ms`}</text>
`,
  )}
<g class="series0">${latency.bars
    .filter(({ count }) => count > 0)
    .map(
      (bar) =>
        html`<rect x="${x(bar.from)}" y="${y(bar.count)}" width="${round(Math.max(1, x(bar.to) - x(bar.from) - 1))}" height="${round(base - y(bar.count))}"><title>${formatMilliseconds(bar.from)} to ${formatMilliseconds(bar.to)}: ${formatCount(bar.count)}</title></rect>`,
    )}</g>
${(["p50", "p95"] as const).map(
  (name) => html`<line class="reference over" x1="${x(latency[name])}" x2="${x(latency[name])}" y1="18" y2="${base}"/>
<text class="tick strong" x="${x(latency[name])}" y="13" text-anchor="${name === "p50" ? "end" : "start"}">${name} ${formatMilliseconds(latency[name])}</text>
`,
)}
<line class="axis" x1="${margin}" x2="${width - margin}" y1="${base}" y2="${base}"/>
</svg>`;
}

/** Ends of an axis on which all of these times have room. */
export function latencyDomain(latencies: readonly LatencySummary[]): readonly [number, number] {
  const bars = latencies.flatMap((latency) => latency.bars);
  return [Math.min(...bars.map(({ from }) => from)), Math.max(...bars.map(({ to }) => to))];
}

const square = 300;

/** How often the model is right, by how sure it is; on the diagonal it knows itself. */
export function reliabilityChart(title: string, bins: readonly CalibrationBin[]): Html {
  const x = (share: number) => round(margin + share * square);
  const y = (share: number) => round(12 + (1 - share) * square);
  const most = Math.max(1, ...bins.map(({ n }) => n));
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return html`<svg class="chart square" viewBox="0 0 ${square + 2 * margin} ${square + 56}" role="img" aria-label="${title}">
<title>${title}</title>
${ticks.map(
  (
    tick,
  ) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${y(1)}" y2="${y(0)}"/><line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(tick)}" y2="${y(tick)}"/>
<text class="tick" x="${x(tick)}" y="${y(0) + 16}" text-anchor="middle">${tick}</text><text class="tick" x="${x(0) - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>
`,
)}
<g class="shadow">${bins.map(
    (bin) =>
      html`<rect x="${x(bin.from) + 1}" width="${round(square / 10) - 2}" y="${y((0.2 * bin.n) / most)}" height="${round(y(0) - y((0.2 * bin.n) / most))}"/>`,
  )}</g>
<line class="reference" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
<g class="series0">${bins.map(
    (bin) =>
      html`<line class="whisker" x1="${x(bin.confidence)}" x2="${x(bin.confidence)}" y1="${y(bin.accuracy.low)}" y2="${y(bin.accuracy.high)}"/><circle cx="${x(bin.confidence)}" cy="${y(bin.accuracy.value)}" r="4"><title>confidence ${formatScore(bin.confidence)}, right ${formatScore(bin.accuracy.value)} (${formatRange(bin.accuracy)}), ${formatCount(bin.n)} samples</title></circle>`,
  )}</g>
<text class="tick" x="${x(0.5)}" y="${y(0) + 36}" text-anchor="middle">confidence of the model</text>
<text class="tick" transform="translate(12 ${y(0.5)}) rotate(-90)" text-anchor="middle">share that is right</text>
</svg>`;
}

/** A bar per label. */
export interface CountRow {
  readonly label: string;
  readonly count: number;
  readonly share: number;
}

/** How often each of several things happened. */
export function countChart(title: string, rows: readonly CountRow[], formatOfShare: (share: number) => string): Html {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const room = width - labelWidth - valueWidth;
  return html`<svg class="chart" viewBox="0 0 ${width} ${rows.length * 24 + 4}" role="img" aria-label="${title}">
<title>${title}</title>
<g class="series0">${rows.map(
    ({ count }, index) =>
      html`<rect x="${labelWidth}" y="${index * 24 + 5}" height="14" width="${round(Math.max(1, (count / most) * room))}"/>`,
  )}</g>
${rows.map(
  ({ label, count, share }, index) =>
    html`<text class="label" x="${labelWidth - 10}" y="${index * 24 + 16}" text-anchor="end">${shorten(label, 28)}</text><text class="value" x="${round(labelWidth + (count / most) * room + 8)}" y="${index * 24 + 16}">${formatCount(count)} <tspan class="faint">${formatOfShare(share)}</tspan></text>
`,
)}
</svg>`;
}

/** Round numbers that enclose a range: about five steps of 1, 2, 2.5 or 5 times a power of ten. */
export function niceTicks(from: number, to: number): readonly number[] {
  const span = to > from ? to - from : 1;
  const power = 10 ** Math.floor(Math.log10(span / 5));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power * 5.5 >= span) ?? 10);
  const first = Math.floor(from / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((from + span) / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
