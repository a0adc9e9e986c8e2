// What an experiment is judged by. Each metric is a ratio of two sums over the events of a unit; this file says what is
// counted, and docs/experiments.md says it in words (a test holds the two together).
import type { CompletionEvent, PersistenceEvent, TelemetryEvent } from "../telemetry/event.js";

/** Ends of the bars that latencies are counted in, in milliseconds; the last bar has what is longer. */
export const latencyEnds = [10, 15, 22, 33, 50, 75, 110, 165, 250, 375, 560, 850, 1300, 2000, 3000, 5000] as const;

/** Nobody waits longer: a laptop that slept must not outweigh a thousand answers. */
const longestLatency = 10_000;

/** Of the accepted text's tokens this share is still there: "mostly unchanged" of Ziegler et al. (2022), 33% off at most. */
const keptSimilarity = 0.67;

const latencyColumns = Array.from({ length: latencyEnds.length + 1 }, (_, bar) => `latency${bar}` as const);

/** What is counted. The order is that of the stored sums: another order or another meaning needs another `sumsVersion`. */
export const columns = [
  "seen",
  "accepted",
  "undone",
  ...(["30", "120", "300", "600"] as const).flatMap(
    (seconds) => [`measured${seconds}`, `kept${seconds}`, `censored${seconds}`] as const,
  ),
  "keptCharacters",
  "typedCharacters",
  "completedCharacters",
  "activeHours",
  "answers",
  "latency",
  ...latencyColumns,
] as const;
export type Column = (typeof columns)[number];

/** A collector that finds sums of another version counts its events again. */
export const sumsVersion = 1;

const places: ReadonlyMap<Column, number> = new Map(columns.map((column, place) => [column, place]));

/** Sums by column, in the order of {@link columns}. */
export type Sums = Float64Array;

/** Sums over the events of one user in one hour that had the same arms and arrived on the same day. */
export interface HourSums {
  readonly user: string;
  /** Hours since 1970 of the request, by the user's clock. */
  readonly hour: number;
  /** Days since 1970 of the arrival, by the collector's clock. What has been reported for a day does not change later. */
  readonly receivedDay: number;
  /** Arm by experiment. */
  readonly arms: Readonly<Record<string, string>>;
  /** In the order of {@link columns}. */
  readonly sums: ArrayLike<number>;
}

/** Sums of nothing. */
export function emptySums(): Sums {
  return new Float64Array(columns.length);
}

/** Adds sums to others. */
export function addSums(target: Sums, more: ArrayLike<number>): void {
  for (let place = 0; place < target.length; place++) {
    target[place] = (target[place] as number) + (more[place] ?? 0);
  }
}

/** Adds what an event counts for. */
export function countEvent(sums: Sums, event: TelemetryEvent): void {
  const add = (column: Column, amount = 1) => {
    const place = places.get(column) as number;
    sums[place] = (sums[place] as number) + amount;
  };
  switch (event.kind) {
    case "completion":
      countCompletion(event, add);
      break;
    case "undone":
      add("undone");
      break;
    case "persistence":
      countPersistence(event, add);
      break;
    case "writing":
      add("typedCharacters", event.typedCharacters);
      add("completedCharacters", event.completedCharacters);
      add("activeHours", event.activeSeconds / 3600);
      break;
  }
}

type Add = (column: Column, amount?: number) => void;

function countCompletion({ outcome, visibility, latency }: CompletionEvent, add: Add): void {
  const isAccepted = outcome.type === "accepted";
  if (isAccepted) add("accepted");
  // What goes on under another request is counted there; what was accepted was seen, however short.
  if (isAccepted || (visibility?.read === true && outcome.type !== "continued" && outcome.type !== "expired")) {
    add("seen");
  }
  const wasAnswered = outcome.type !== "expired" || outcome.reason === "empty" || outcome.reason === "late";
  if (latency?.roundTrip !== undefined && wasAnswered) {
    const milliseconds = Math.min(latency.roundTrip, longestLatency);
    add("answers");
    add("latency", milliseconds);
    const bar = latencyEnds.findIndex((end) => milliseconds <= end);
    add(`latency${bar === -1 ? latencyEnds.length : bar}`);
  }
}

function countPersistence({ checkpoint, result }: PersistenceEvent, add: Add): void {
  if (result.type === "censored") {
    add(`censored${checkpoint}`);
    return;
  }
  add(`measured${checkpoint}`);
  if (result.tokenSimilarity >= keptSimilarity) add(`kept${checkpoint}`);
  if (checkpoint === 300) add("keptCharacters", result.keptCharacters);
}

/** When the request was made that an event belongs to: milliseconds since 1970, by the user's clock. */
export function requestTime(event: TelemetryEvent): number {
  const time = Date.parse(event.time);
  return event.kind === "persistence" || event.kind === "undone" ? time - 1000 * event.secondsAfter : time;
}

/** A ratio of two sums. */
export interface Metric {
  readonly name: MetricName;
  /** As the report calls it. */
  readonly title: string;
  readonly numerator: readonly Column[];
  readonly denominator: readonly Column[];
  /** What a unit of it is. */
  readonly unit: "share" | "characters per hour" | "milliseconds";
  readonly better: "higher" | "lower";
}

/** Every metric's name. */
export const metricNames = [
  "acceptance",
  "persistence30",
  "persistence120",
  "persistence300",
  "persistence600",
  "completedCode",
  "keptPerHour",
  "undone",
  "latency",
  "slow",
] as const;
export type MetricName = (typeof metricNames)[number];

/** From here on an answer is slow: the bar that ends nearest to 250 ms, when typing has gone on. */
const slowBars = latencyColumns.filter((_, bar) => bar > latencyEnds.indexOf(250));

const persistence = (seconds: "30" | "120" | "300" | "600"): Metric => ({
  name: `persistence${seconds}`,
  title: `Persistence after ${seconds} s`,
  numerator: [`kept${seconds}`],
  denominator: [`measured${seconds}`],
  unit: "share",
  better: "higher",
});

/** Every metric, in the order of the report. */
export const metrics: readonly Metric[] = [
  {
    name: "acceptance",
    title: "Completion acceptance rate",
    numerator: ["accepted"],
    denominator: ["seen"],
    unit: "share",
    better: "higher",
  },
  persistence("30"),
  persistence("120"),
  persistence("300"),
  persistence("600"),
  {
    name: "completedCode",
    title: "Completed-code ratio",
    numerator: ["completedCharacters"],
    denominator: ["completedCharacters", "typedCharacters"],
    unit: "share",
    better: "higher",
  },
  {
    name: "keptPerHour",
    title: "Characters kept per hour",
    numerator: ["keptCharacters"],
    denominator: ["activeHours"],
    unit: "characters per hour",
    better: "higher",
  },
  {
    name: "undone",
    title: "Undone share",
    numerator: ["undone"],
    denominator: ["accepted"],
    unit: "share",
    better: "lower",
  },
  {
    name: "latency",
    title: "Latency",
    numerator: ["latency"],
    denominator: ["answers"],
    unit: "milliseconds",
    better: "lower",
  },
  {
    name: "slow",
    title: "Slow answers",
    numerator: slowBars,
    denominator: ["answers"],
    unit: "share",
    better: "lower",
  },
];

/** The sum of some columns. */
export function sumOf(sums: ArrayLike<number>, chosen: readonly Column[]): number {
  return chosen.reduce((sum, column) => sum + (sums[places.get(column) as number] ?? 0), 0);
}
