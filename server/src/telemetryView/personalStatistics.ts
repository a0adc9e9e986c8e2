// What a user's own events say, by language and by week, with intervals. The same metrics as an experiment is judged by.
import {
  type Column,
  countEvent,
  emptySums,
  type Metric,
  metrics,
  requestTime,
  type Sums,
  sumOf,
} from "../experiments/metrics.js";
import { BootstrapSums, ClusterWeights, type Interval } from "../statistics/bootstrap.js";
import { LatencyHistogram, type LatencySummary } from "../statistics/latency.js";
import { quantileInterval, wilsonInterval } from "../statistics/wilson.js";
import type { TelemetryEvent } from "../telemetry/event.js";

/** The figures of a group of events. */
export interface GroupStatistics {
  /** By the metric's name; undefined where there is nothing to say. */
  readonly figures: Readonly<Record<string, Interval | undefined>>;
  /** Milliseconds from request to answer. */
  readonly median: Interval | undefined;
  readonly percentile95: Interval | undefined;
}

/** All that is shown. */
export interface PersonalStatistics {
  readonly events: number;
  readonly all: GroupStatistics;
  readonly byLanguage: ReadonlyMap<string, GroupStatistics>;
  /** By the Monday that the week begins with, in UTC; oldest first. */
  readonly byWeek: ReadonlyMap<string, GroupStatistics>;
  readonly latency: LatencySummary | undefined;
}

const millisecondsPerHour = 3_600_000;
const millisecondsPerDay = 24 * millisecondsPerHour;

/** 1970-01-01 was a Thursday. */
const firstMonday = 4 * millisecondsPerDay;

/** A group while it is counted. */
class Group {
  /** By hour of a session: what one does within an hour goes together, so hours are what is resampled. */
  readonly #hours = new Map<string, Sums>();
  readonly #total = emptySums();
  readonly latencies: number[] = [];

  add(event: TelemetryEvent): void {
    const hour = `${event.session} ${Math.floor(requestTime(event) / millisecondsPerHour)}`;
    const sums = this.#hours.get(hour) ?? emptySums();
    this.#hours.set(hour, sums);
    countEvent(sums, event);
    countEvent(this.#total, event);
    const latency = answerTime(event);
    if (latency !== undefined) {
      this.latencies.push(latency);
    }
  }

  statistics(weights: ClusterWeights): GroupStatistics {
    const sorted = Float64Array.from(this.latencies).sort();
    return {
      figures: Object.fromEntries(metrics.map((metric) => [metric.name, this.#figure(metric, weights)])),
      median: quantileInterval(sorted, 0.5),
      percentile95: quantileInterval(sorted, 0.95),
    };
  }

  #figure({ numerator, denominator, unit }: Metric, weights: ClusterWeights): Interval | undefined {
    const n = sumOf(this.#total, denominator);
    if (n === 0) {
      return undefined;
    }
    const resampled = this.#hours.size < 2 ? undefined : this.#bootstrap(numerator, denominator, weights);
    // Shares of things that were counted one by one: few of them, or none or all, is what the bootstrap cannot see.
    const isCounted = unit === "share" && denominator.every((column) => !column.endsWith("Characters"));
    const counted = isCounted ? wilsonInterval(sumOf(this.#total, numerator), n) : undefined;
    return widest(resampled, counted, n);
  }

  #bootstrap(numerator: readonly Column[], denominator: readonly Column[], weights: ClusterWeights) {
    const sums = new BootstrapSums(weights, 2);
    for (const [hour, counts] of this.#hours) {
      sums.add({ id: hour, cluster: hour }, [
        [0, sumOf(counts, numerator)],
        [1, sumOf(counts, denominator)],
      ]);
    }
    return sums.interval((of) => (of(1) === 0 ? undefined : of(0) / of(1)));
  }
}

/** Computes them. */
export async function computeStatistics(
  events: AsyncIterable<TelemetryEvent> | Iterable<TelemetryEvent>,
): Promise<PersonalStatistics> {
  const all = new Group();
  const languages = new Map<string, Group>();
  const weeks = new Map<string, Group>();
  const histogram = new LatencyHistogram();
  let count = 0;
  for await (const event of events) {
    count++;
    const week = weekOf(requestTime(event));
    for (const group of [all, groupOf(weeks, week), groupOf(languages, event.language ?? "other")]) {
      group.add(event);
    }
    const latency = answerTime(event);
    if (latency !== undefined) {
      histogram.add(latency);
    }
  }
  const weights = new ClusterWeights();
  const statisticsOf = (groups: ReadonlyMap<string, Group>, order: (a: string, b: string) => number) =>
    new Map([...groups].sort(([a], [b]) => order(a, b)).map(([name, group]) => [name, group.statistics(weights)]));
  return {
    events: count,
    all: all.statistics(weights),
    byLanguage: statisticsOf(languages, (a, b) => sizeOf(languages, b) - sizeOf(languages, a)),
    byWeek: statisticsOf(weeks, (a, b) => (a < b ? -1 : 1)),
    latency: histogram.summary(),
  };
}

function groupOf(groups: Map<string, Group>, name: string): Group {
  const group = groups.get(name) ?? new Group();
  groups.set(name, group);
  return group;
}

function sizeOf(groups: ReadonlyMap<string, Group>, name: string): number {
  return groups.get(name)?.latencies.length ?? 0;
}

function weekOf(time: number): string {
  const week = 7 * millisecondsPerDay;
  const monday = Math.floor((time - firstMonday) / week) * week + firstMonday;
  return new Date(monday).toISOString().slice(0, 10);
}

/** Undefined for what was not answered. */
function answerTime(event: TelemetryEvent): number | undefined {
  if (event.kind !== "completion") {
    return undefined;
  }
  const { outcome, latency } = event;
  const wasAnswered = outcome.type !== "expired" || outcome.reason === "empty" || outcome.reason === "late";
  return wasAnswered ? latency?.roundTrip : undefined;
}

function widest(one: Interval | undefined, other: Interval | undefined, n: number): Interval | undefined {
  const known = [one, other].filter((interval) => interval !== undefined);
  const [first] = known;
  return first === undefined
    ? undefined
    : {
        value: first.value,
        low: Math.min(...known.map(({ low }) => low)),
        high: Math.max(...known.map(({ high }) => high)),
        n,
      };
}
