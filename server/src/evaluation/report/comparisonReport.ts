// The report of two runs over the same samples: HTML, Markdown and JSON.

import { intervalChart } from "../../report/charts.js";
import {
  formatCount,
  formatDifference,
  formatProbability,
  formatRange,
  formatScore,
  formatShare,
} from "../../report/format.js";
import { type Html, html } from "../../report/html.js";
import { type Facts, renderHead, renderPage, renderTiles, type Tile } from "../../report/page.js";
import type { Interval } from "../../statistics/bootstrap.js";
import type { Intervals } from "../../statistics/metricMeans.js";
import type { Comparison, Flips, MetricDifference, RecordPair } from "../statistics/comparison.js";
import type { Surroundings } from "./examples.js";
import { codeBlock, escapeMarkdown, markdownTable } from "./markdown.js";
import { arrows, describeMetrics, type MetricDescription } from "./metricDescriptions.js";
import { describeSample, renderDiff, renderDiffLegend } from "./samples.js";

/** What a report of a comparison is made of. */
export interface ComparisonReport {
  readonly title: string;
  /** What A and B are, and on what they were run. */
  readonly facts: Facts;
  readonly comparison: Comparison;
  /** In the order in which they are shown; a metric without a description comes after them. */
  readonly metrics: readonly MetricDescription[];
  /** What stood around a sample's hole, where the runner still knows it. */
  readonly surroundings?: ((id: string) => Surroundings | undefined) | undefined;
}

/** Which way a difference points, and whether chance is ruled out. */
type Verdict = "better" | "worse" | "different" | "open";

function verdictOf({ low, high }: Interval, better: MetricDescription["better"]): Verdict {
  if (low <= 0 && high >= 0) {
    return "open";
  }
  return better === "neither" ? "different" : low > 0 === (better === "higher") ? "better" : "worse";
}

const verdictClasses = { better: "good", worse: "bad", different: "", open: "faint" } as const;

const groupings = [
  { key: "byLanguage", title: "By language" },
  { key: "byKind", title: "By kind of hole" },
  { key: "byCaret", title: "By what stands before the caret" },
] as const;

/** The comparison as one HTML file that opens offline. */
export function renderComparisonHtml(report: ComparisonReport): string {
  const { title, facts, comparison } = report;
  const rightBy = comparison.flips?.metric ?? "exactMatch";
  return renderPage(
    title,
    html`${renderHead(title, facts)}
${renderTiles(headlines(comparison, rightBy))}
${renderUnpaired(comparison)}
<h2>Differences</h2>
<p class="note">B less A on the same samples, with 95% intervals (paired bootstrap by file or task, ${formatCount(comparison.bootstrap.replicates)} replicates). A difference is called one only where the interval leaves out 0.</p>
${renderDifferences(report)}
${groupings.map(({ key, title: heading }) => renderGroups(heading, comparison[key], rightBy))}
${renderWorse(comparison, rightBy)}
${renderPairs("Right in A, wrong in B", comparison.examples.rightToWrong, report)}
${renderPairs("Wrong in A, right in B", comparison.examples.wrongToRight, report)}`,
  );
}

function headlines({ metrics, flips, samples }: Comparison, rightBy: string): Tile[] {
  const main = metrics[rightBy];
  return [
    ...(main === undefined
      ? []
      : [
          {
            name: `${rightBy}, B − A`,
            figure: formatDifference(main.difference.value),
            range: formatRange(main.difference, formatDifference),
          },
          { name: `${rightBy}, A → B`, figure: `${formatScore(main.a)} → ${formatScore(main.b)}` },
        ]),
    ...(flips === undefined ? [] : flipTiles(flips)),
    { name: "Samples in both", figure: formatCount(samples) },
  ];
}

function flipTiles({ rightToWrong, wrongToRight, p }: Flips): Tile[] {
  const tile = (name: string, { count, share }: Flips["rightToWrong"]): Tile => ({
    name,
    figure: formatShare(share.value),
    range: `${formatRange(share, formatShare)} · ${formatCount(count)}`,
  });
  return [
    tile("Right → wrong", rightToWrong),
    tile("Wrong → right", wrongToRight),
    { name: "Chance of such a split", figure: formatProbability(p), range: "McNemar, exact" },
  ];
}

function renderUnpaired({ onlyInA, onlyInB }: Comparison): Html | undefined {
  return onlyInA.count + onlyInB.count === 0
    ? undefined
    : html`<p>Left out: ${formatCount(onlyInA.count)} samples that only A has, ${formatCount(onlyInB.count)} that only B has.</p>`;
}

function renderDifferences(report: ComparisonReport): Html {
  const { metrics, rawMetrics } = report.comparison;
  const difference = (found: MetricDifference | undefined, better: MetricDescription["better"]) =>
    found === undefined
      ? html`<td class="number faint">–</td>`
      : html`<td class="number ${verdictClasses[verdictOf(found.difference, better)]}">${formatDifference(found.difference.value)}<span class="note">${formatRange(found.difference, formatDifference)}</span></td>`;
  return html`<div class="scroll"><table>
<thead><tr><th>Metric</th><th class="number">A</th><th class="number">B</th><th class="number">B − A</th><th class="number">Before post-processing</th></tr></thead>
<tbody>
${describeMetrics(report.metrics, [metrics, rawMetrics]).map(({ name, description, better }) => {
  const found = metrics[name];
  return html`<tr><td>${name}${arrows[better]}<span class="note">${description}</span></td><td class="number">${found && formatScore(found.a)}</td><td class="number">${found && formatScore(found.b)}</td>${difference(found, better)}${difference(rawMetrics[name], better)}</tr>
`;
})}</tbody>
</table></div>`;
}

function renderGroups(heading: string, groups: Readonly<Record<string, Intervals>>, rightBy: string): Html | undefined {
  const rows = Object.entries(groups).flatMap(([label, intervals]) => {
    const interval = intervals[rightBy];
    return interval === undefined ? [] : [{ label, intervals: [interval] }];
  });
  return rows.length === 0
    ? undefined
    : html`<h2>${heading}</h2>
<p class="note">${rightBy}, B − A.</p>
${intervalChart({ title: `${heading}: ${rightBy}, B − A`, series: ["B − A"], rows, format: formatDifference })}`;
}

function renderWorse({ worse }: Comparison, rightBy: string): Html {
  return html`<h2>Where it got worse</h2>
${
  worse.length === 0
    ? html`<p>In no language, kind or caret position is the whole interval below 0.</p>`
    : html`<p class="note">Groups whose whole interval is below 0 (${rightBy}). Of forty groups that did not change, one is here by chance.</p>
<div class="scroll"><table><thead><tr><th>Group</th><th></th><th class="number">B − A</th><th></th><th class="number">Samples</th></tr></thead>
<tbody>${worse.map(({ by, group, difference }) => html`<tr><td>${group}</td><td class="faint">${by}</td><td class="number bad">${formatDifference(difference.value)}</td><td class="range">${formatRange(difference, formatDifference)}</td><td class="number">${formatCount(difference.n)}</td></tr>`)}</tbody></table></div>`
}`;
}

function renderPairs(
  heading: string,
  pairs: readonly RecordPair[],
  { surroundings }: ComparisonReport,
): Html | undefined {
  return pairs.length === 0
    ? undefined
    : html`<h2>${heading}</h2>
<p class="note">A random choice, the same every time.</p>
${renderDiffLegend()}
${pairs.map(({ a, b }) => {
  const around = surroundings?.(a.id);
  return html`<article class="sample">
<header><b>${a.path}</b> <span>${a.id}</span></header>
<h4>A · ${describeSample(a)}</h4>
${renderDiff(a, around)}
<h4>B · ${describeSample(b)}</h4>
${renderDiff(b, around)}
</article>
`;
})}`;
}

/** The comparison as Markdown. */
export function renderComparisonMarkdown(report: ComparisonReport): string {
  const { title, facts, comparison } = report;
  const figure = (interval: Interval | undefined) =>
    interval === undefined ? "–" : `${formatDifference(interval.value)} (${formatRange(interval, formatDifference)})`;
  const sections = [
    `# ${escapeMarkdown(title)}`,
    Object.entries({ ...facts, "Samples in both": String(comparison.samples) })
      .map(([name, fact]) => `- ${escapeMarkdown(name)}: ${escapeMarkdown(fact)}`)
      .join("\n"),
  ];
  const { flips } = comparison;
  if (flips !== undefined) {
    const share = ({ count, share: interval }: Flips["rightToWrong"]) =>
      `${count} (${formatShare(interval.value)}, ${formatRange(interval, formatShare)})`;
    sections.push(
      "## Flips",
      `Right → wrong: ${share(flips.rightToWrong)}. Wrong → right: ${share(flips.wrongToRight)}. McNemar's exact p: ${formatProbability(flips.p)}. Right is where ${escapeMarkdown(flips.metric)} is 1.`,
    );
  }
  sections.push(
    "## Differences",
    `B − A, with 95% intervals (paired bootstrap by file or task, ${comparison.bootstrap.replicates} replicates).`,
    markdownTable(
      ["Metric", "A", "B", "B − A", "Before post-processing", ""],
      describeMetrics(report.metrics, [comparison.metrics, comparison.rawMetrics]).map(({ name, better }) => {
        const found = comparison.metrics[name];
        return [
          `${escapeMarkdown(name)}${arrows[better]}`,
          found === undefined ? "–" : formatScore(found.a),
          found === undefined ? "–" : formatScore(found.b),
          figure(found?.difference),
          figure(comparison.rawMetrics[name]?.difference),
          found === undefined ? "" : verdictOf(found.difference, better),
        ];
      }),
    ),
    "## Where it got worse",
    comparison.worse.length === 0
      ? "In no language, kind or caret position is the whole interval below 0."
      : markdownTable(
          ["Group", "By", "B − A", "Samples"],
          comparison.worse.map(({ by, group, difference }) => [
            escapeMarkdown(group),
            by,
            figure(difference),
            String(difference.n),
          ]),
        ),
  );
  if (comparison.examples.rightToWrong.length > 0) {
    sections.push(
      "## Right in A, wrong in B",
      ...comparison.examples.rightToWrong.flatMap(({ a, b }) => [
        `### ${escapeMarkdown(a.path)}`,
        escapeMarkdown(`${a.id}: ${describeSample(b)}`),
        "Truth, and A:",
        codeBlock(a.truth),
        "B:",
        codeBlock(b.text),
      ]),
    );
  }
  return `${sections.join("\n\n")}\n`;
}

/** The comparison as JSON. */
export function renderComparisonJson({ title, facts, comparison }: ComparisonReport): string {
  return `${JSON.stringify({ title, facts, comparison }, undefined, 2)}\n`;
}
