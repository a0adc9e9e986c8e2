// The statistics view: one HTML page that opens offline, in the editor or in a browser.
import { metrics } from "../experiments/metrics.js";
import { type IntervalRow, intervalChart, latencyChart, latencyDomain } from "../report/charts.js";
import { formatCount, formatMilliseconds, formatRange, formatShare } from "../report/format.js";
import { type Html, html } from "../report/html.js";
import { renderHead, renderPage, renderTiles, type Tile } from "../report/page.js";
import type { Interval } from "../statistics/bootstrap.js";
import type { GroupStatistics, PersonalStatistics } from "./personalStatistics.js";

const title = "Horizon's statistics";

/** Weeks that are shown. */
const mostWeeks = 12;

/** Renders the page. */
export function renderStatistics(statistics: PersonalStatistics, facts: Readonly<Record<string, string>>): string {
  if (statistics.events === 0) {
    return renderPage(
      title,
      html`${renderHead(title, facts)}<p>Nothing has been recorded yet. Write some code with Horizon's suggestions, and open this page again.</p>`,
    );
  }
  const { all } = statistics;
  const seconds = [30, 120, 300, 600] as const;
  return renderPage(
    title,
    html`${renderHead(title, facts)}
${renderTiles([
  tile("Accepted of what was read", all.figures.acceptance),
  tile("Still there after 5 minutes", all.figures.persistence300),
  tile("Share of the code that Horizon wrote", all.figures.completedCode),
  { name: "Time to an answer, median", ...milliseconds(all.median) },
])}
<p class="note">All of this is computed from what lies on this machine. Whiskers are 95% intervals: for shares Wilson's, or, where that is wider, a bootstrap over hours of work; for
characters the bootstrap; for times order statistics. Where a figure has no interval there is too little to compute one, and it is left out.</p>
${byGroup("Accepted", "Suggestions that were accepted, in full or in part, of those that were on the screen for 750 ms or accepted sooner.", "acceptance", statistics)}
<h2>Still there</h2>
<p>Accepted suggestions of whose tokens 67% or more are still in the code, of those whose place is known.</p>
${intervalChart({
  title: "Persistence by time after the acceptance",
  series: ["share"],
  rows: seconds.map((time) => ({ label: `after ${time} s`, intervals: [all.figures[`persistence${time}`]] })),
  domain: [0, 1],
  format: formatShare,
})}
${byGroup("Still there after five minutes", "", "persistence300", statistics)}
${byGroup("Completed code", "Characters that came by accepting, of those and what was typed.", "completedCode", statistics)}
<h2>Time to an answer</h2>
<p>From the editor's request to its answer, in the editor's process; cancelled requests are left out.</p>
${statistics.latency === undefined ? undefined : latencyChart("Time to an answer", statistics.latency, latencyDomain([statistics.latency]))}
${latencyByGroup("by language", statistics.byLanguage)}
${latencyByGroup("by week", recent(statistics.byWeek))}
<h2>All figures</h2>
<div class="scroll"><table><thead><tr><th>figure</th><th class="number">value</th><th>95% interval</th><th class="number">of</th></tr></thead><tbody>
${metrics.map(({ name, title: label, unit }) => {
  const interval = all.figures[name];
  const format = unit === "share" ? formatShare : unit === "milliseconds" ? formatMilliseconds : rounded;
  return interval === undefined
    ? html``
    : html`<tr><td>${label}</td><td class="number">${format(interval.value)}</td><td class="range">${formatRange(interval, format)}</td><td class="number">${rounded(interval.n)}</td></tr>
`;
})}</tbody></table></div>`,
  );
}

function byGroup(heading: string, note: string, metric: string, { byLanguage, byWeek }: PersonalStatistics): Html {
  const chart = (name: string, groups: ReadonlyMap<string, GroupStatistics>) => {
    const rows: IntervalRow[] = [...groups].flatMap(([label, { figures }]) =>
      figures[metric] === undefined ? [] : [{ label, intervals: [figures[metric]] }],
    );
    return rows.length === 0
      ? html``
      : html`<h3>${name}</h3>
${intervalChart({ title: `${heading}, ${name}`, series: ["share"], rows, domain: [0, 1], format: formatShare })}`;
  };
  return html`<h2>${heading}</h2>
${note === "" ? undefined : html`<p>${note}</p>`}
${chart("by language", byLanguage)}
${chart("by week", recent(byWeek))}`;
}

function latencyByGroup(name: string, groups: ReadonlyMap<string, GroupStatistics>): Html {
  const rows = [...groups].flatMap(([label, { median, percentile95 }]) =>
    median === undefined ? [] : [{ label, intervals: [median, percentile95] }],
  );
  return rows.length === 0
    ? html``
    : html`<h3>${name}</h3>
${intervalChart({ title: `Time to an answer, ${name}`, series: ["median", "95th percentile"], rows, format: formatMilliseconds })}`;
}

function recent(weeks: ReadonlyMap<string, GroupStatistics>): ReadonlyMap<string, GroupStatistics> {
  return new Map([...weeks].slice(-mostWeeks).map(([monday, group]) => [`week of ${monday}`, group]));
}

function tile(name: string, interval: Interval | undefined): Tile {
  return interval === undefined
    ? { name, figure: "–", range: "too little to say" }
    : {
        name,
        figure: formatShare(interval.value),
        range: `${formatRange(interval, formatShare)}, of ${rounded(interval.n)}`,
      };
}

function milliseconds(interval: Interval | undefined): Pick<Tile, "figure" | "range"> {
  return interval === undefined
    ? { figure: "–", range: "too little to say" }
    : { figure: formatMilliseconds(interval.value), range: formatRange(interval, formatMilliseconds) };
}

function rounded(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : formatCount(Math.round(value));
}
