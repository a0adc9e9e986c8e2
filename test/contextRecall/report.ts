// Recall by source and fused, with intervals, as JSON and as a table.
import {
  BootstrapMean,
  type BootstrapOptions,
  ClusterWeights,
  defaultBootstrap,
  type Interval,
} from "../../server/src/statistics/bootstrap.js";
import type { HoleGroup } from "./holes.js";
import { type Miss, type MissReason, missReasons } from "./misses.js";

/** Snippets that are looked at. */
export const depth = 5;

/** What became of one hole. Ranks are those of the first snippet with the target's name and head. */
export interface HoleResult {
  readonly id: string;
  /** The file. */
  readonly cluster: string;
  readonly package: string;
  readonly group: HoleGroup;
  readonly kind: string;
  readonly fused: number | undefined;
  readonly bySource: Readonly<Record<string, number | undefined>>;
  /** Does the prompt have room for a snippet with it? */
  readonly inPrompt: boolean;
  /** Is one at least of all definitions that the middle uses among the first five? */
  readonly hasAny: boolean;
  /** Set when the target is not among the first five. */
  readonly miss: Miss | undefined;
}

/** A share of holes with its 95% interval, holes of one file resampled together. */
export interface RecallReport {
  readonly language: string;
  readonly packages: readonly string[];
  readonly holes: number;
  readonly files: number;
  readonly seed: number;
  readonly room: Readonly<Record<string, number>>;
  /** Recall at 5 of the target. */
  readonly fused: Interval | undefined;
  readonly bySource: Readonly<Record<string, Interval | undefined>>;
  /** The fusion's recall less the source's, hole by hole. */
  readonly gainOver: Readonly<Record<string, Interval | undefined>>;
  /** The fusion's recall at other depths. */
  readonly atDepth: Readonly<Record<string, number>>;
  /** Share of holes whose target is in the prompt, within its budget. */
  readonly inPrompt: Interval | undefined;
  /** Share of holes that have one at least of all definitions that they use. */
  readonly any: Interval | undefined;
  readonly byGroup: Readonly<Record<string, Interval | undefined>>;
  readonly byKind: Readonly<Record<string, Interval | undefined>>;
  readonly byPackage: Readonly<Record<string, Interval | undefined>>;
  readonly misses: Readonly<Partial<Record<MissReason, number>>>;
  readonly missed: readonly Miss[];
}

/** The figures of all holes. */
export function summarize(
  results: readonly HoleResult[],
  about: Pick<RecallReport, "language" | "packages" | "seed" | "room" | "missed">,
  bootstrap: BootstrapOptions = defaultBootstrap,
): RecallReport {
  const weights = new ClusterWeights(bootstrap);
  const mean = (some: readonly HoleResult[], score: (result: HoleResult) => number): Interval | undefined => {
    const figure = new BootstrapMean(weights);
    for (const result of some) {
      figure.add({ id: result.id, cluster: result.cluster }, score(result));
    }
    return figure.interval();
  };
  const isHit = (rank: number | undefined): number => Number(rank !== undefined && rank <= depth);
  const sources = Object.keys(results[0]?.bySource ?? {});
  const bySource = (score: (result: HoleResult, source: string) => number) =>
    Object.fromEntries(sources.map((source) => [source, mean(results, (result) => score(result, source))]));
  const by = (keyOf: (result: HoleResult) => string) =>
    Object.fromEntries(
      [...new Set(results.map(keyOf))].sort().map((key) => [
        key,
        mean(
          results.filter((result) => keyOf(result) === key),
          ({ fused }) => isHit(fused),
        ),
      ]),
    );
  const misses: Partial<Record<MissReason, number>> = {};
  for (const { miss } of results) {
    if (miss !== undefined) {
      misses[miss.reason] = (misses[miss.reason] ?? 0) + 1;
    }
  }
  return {
    ...about,
    holes: results.length,
    files: new Set(results.map(({ cluster }) => cluster)).size,
    fused: mean(results, ({ fused }) => isHit(fused)),
    bySource: bySource((result, source) => isHit(result.bySource[source])),
    gainOver: bySource((result, source) => isHit(result.fused) - isHit(result.bySource[source])),
    atDepth: Object.fromEntries(
      [1, 3, 5, 10, 24].map((most) => [
        most,
        results.filter(({ fused }) => fused !== undefined && fused <= most).length / Math.max(1, results.length),
      ]),
    ),
    inPrompt: mean(results, (result) => Number(result.inPrompt)),
    any: mean(results, ({ hasAny }) => Number(hasAny)),
    byGroup: by(({ group }) => group),
    byKind: by(({ kind }) => kind),
    byPackage: by((result) => result.package),
    misses,
  };
}

/** The report for a terminal. */
export function renderReport(report: RecallReport): string {
  const { language, packages, holes, files, seed, bySource, gainOver } = report;
  const rows = Object.entries(bySource)
    .toSorted(([, a], [, b]) => (b?.value ?? 0) - (a?.value ?? 0))
    .map(([name, interval]) => `  ${name.padEnd(16)}${show(interval)}   ${showGain(gainOver[name])}`);
  const section = (title: string, figures: Readonly<Record<string, Interval | undefined>>): string[] => [
    `${title}:`,
    ...Object.entries(figures).map(([name, interval]) => `  ${name.padEnd(16)}${show(interval)}   of ${interval?.n}`),
  ];
  return [
    `${language}: ${holes} holes in ${files} files of ${packages.join(", ")}; seed ${seed}`,
    `recall at ${depth}, with 95% intervals by file:`,
    `  ${"fused".padEnd(16)}${show(report.fused)}`,
    ...rows,
    `  in the prompt, within its budget: ${show(report.inPrompt)}`,
    `  one of all definitions that a middle uses: ${show(report.any)}`,
    `  fused at other depths: ${Object.entries(report.atDepth)
      .map(([most, share]) => `${most}: ${share.toFixed(3)}`)
      .join(", ")}`,
    ...section("by what is taken away", report.byGroup),
    ...section("by what is defined", report.byKind),
    ...section("by package", report.byPackage),
    "misses:",
    ...Object.entries(report.misses)
      .toSorted(([, a], [, b]) => b - a)
      .map(([reason, count]) => `  ${String(count).padStart(4)}  ${missReasons[reason as MissReason]}`),
  ].join("\n");
}

function show(interval: Interval | undefined): string {
  return interval === undefined
    ? "none"
    : `${interval.value.toFixed(3)} (${interval.low.toFixed(3)} to ${interval.high.toFixed(3)})`;
}

function showGain(interval: Interval | undefined): string {
  return interval === undefined ? "" : `fusion ${interval.value >= 0 ? "+" : ""}${show(interval)}`;
}
