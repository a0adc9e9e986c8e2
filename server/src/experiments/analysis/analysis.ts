// From the stored sums to the figures of a report: who is in which arm, how the arms compare, and how sure that is.
import type { Experiment } from "../experimentFile.js";
import {
  addSums,
  type Column,
  emptySums,
  type HourSums,
  latencyEnds,
  type Metric,
  type MetricName,
  metrics,
  type Sums,
  sumOf,
} from "../metrics.js";
import { Rerandomization } from "./rerandomization.js";
import { checkSampleRatio, type SampleRatio } from "./sampleRatio.js";
import { effectInterval, testEffect } from "./sequentialTest.js";
import { armSums, ratioOf, type UnitSeries } from "./unitSeries.js";

export interface AnalysisOptions {
  /** Days since 1970: the day that is not over yet, which does not count. */
  readonly today: number;
  /** Further draws of the arms. */
  readonly draws: number;
  /** A 32-bit integer; the same one gives the same report. */
  readonly seed: number;
}

/** Draws for a report: a Bonferroni tenth of 5% is still ten of them. */
export const defaultDraws = 1999;

export type Role = "primary" | "secondary" | "guardrail";

/** What a comparison says. */
export type Verdict =
  /** The interval has left zero, at some look, in the wanted direction. */
  | "better"
  | "worse"
  /** Nothing can be told yet, or was by the end. */
  | "undecided"
  /** A guardrail that is not worse by more than its margin. */
  | "holds"
  /** Nobody has done what the metric counts. */
  | "noData";

/** One metric of one treatment against the control. */
export interface MetricComparison {
  readonly metric: MetricName;
  readonly role: Role;
  /** Error that this comparison may make, both sides, all looks. */
  readonly alpha: number;
  readonly control: ArmFigure;
  readonly treatment: ArmFigure;
  /** Treatment minus control, with an interval that may be looked at every day. An end is null where it is not known. */
  readonly difference: { readonly value: number; readonly low: number | null; readonly high: number | null } | null;
  /** The difference as a share of the control's figure. */
  readonly relative: { readonly value: number; readonly low: number | null; readonly high: number | null } | null;
  readonly verdict: Verdict;
  /** Day on which it was decided, as a date. */
  readonly decidedOn: string | null;
}

export interface ArmFigure {
  readonly value: number | null;
  /** Units with something in the denominator. */
  readonly units: number;
  readonly numerator: number;
  readonly denominator: number;
}

/** One treatment against the control. */
export interface ArmComparison {
  readonly treatment: string;
  readonly metrics: readonly MetricComparison[];
}

export interface ExperimentAnalysis {
  readonly experiment: string;
  readonly control: string;
  readonly unit: "user" | "block";
  /** First and last day that were counted, as dates; null before there is one. */
  readonly from: string | null;
  readonly to: string | null;
  /** Days that were looked at, of those that were planned. */
  readonly looks: number;
  readonly plannedLooks: number;
  readonly sampleRatio: SampleRatio;
  /** Units that had more than one arm; they are left out. */
  readonly switchedUnits: number;
  /** Share of accepted suggestions whose place was lost, by seconds: they are in no persistence rate. */
  readonly censored: Readonly<Record<string, number | null>>;
  /** By arm, milliseconds; from the bars, so within a third. */
  readonly latency: Readonly<Record<string, { readonly p50: number | null; readonly p95: number | null }>>;
  readonly comparisons: readonly ArmComparison[];
  readonly settings: { readonly draws: number; readonly seed: number; readonly alpha: number };
}

/** What one unit did, by day of arrival. */
interface Unit {
  readonly name: string;
  readonly arm: string;
  readonly byDay: Map<number, Sums>;
  hasSwitched: boolean;
}

/** Collects sums and analyses them. */
export async function analyseExperiment(
  experiment: Experiment,
  rows: AsyncIterable<HourSums> | Iterable<HourSums>,
  options: AnalysisOptions,
): Promise<ExperimentAnalysis> {
  const all = await collectUnits(experiment, rows, options.today);
  const units = all.filter(({ hasSwitched }) => !hasSwitched);
  const [first, looks] = lookDays(experiment, all, options.today);
  const [control, ...treatments] = experiment.arms.map((arm) => arm.name);
  if (control === undefined) {
    throw new RangeError("An experiment has a control.");
  }
  const totals = new Map(experiment.arms.map(({ name }) => [name, totalOf(units.filter(({ arm }) => arm === name))]));
  return {
    experiment: experiment.name,
    control,
    unit: experiment.unit,
    from: looks === 0 ? null : dateOf(first),
    to: looks === 0 ? null : dateOf(first + looks - 1),
    looks,
    plannedLooks: experiment.days,
    sampleRatio: checkSampleRatio(
      experiment.arms.map(({ name }) => units.filter(({ arm }) => arm === name).length),
      experiment.arms.map(({ weight }) => weight),
    ),
    switchedUnits: all.length - units.length,
    censored: censoredShares([...totals.values()]),
    latency: Object.fromEntries(
      [...totals].map(([arm, sums]) => [
        arm,
        { p50: latencyPercentile(sums, 0.5), p95: latencyPercentile(sums, 0.95) },
      ]),
    ),
    comparisons: treatments.map((treatment) => ({
      treatment,
      metrics: metrics.map((metric) =>
        compareArms(experiment, metric, units, control, treatment, { first, looks }, treatments.length, options),
      ),
    })),
    settings: { draws: options.draws, seed: options.seed, alpha: experiment.alpha },
  };
}

async function collectUnits(
  { name, arms, unit, blockHours, startDay, days }: Experiment,
  rows: AsyncIterable<HourSums> | Iterable<HourSums>,
  today: number,
): Promise<readonly Unit[]> {
  const units = new Map<string, Unit>();
  const known = new Set(arms.map((arm) => arm.name));
  for await (const { user, hour, receivedDay, arms: assigned, sums } of rows) {
    const arm = Object.hasOwn(assigned, name) ? assigned[name] : undefined;
    if (arm === undefined || !known.has(arm) || receivedDay >= today) continue;
    if (startDay !== undefined && (receivedDay < startDay || receivedDay >= startDay + days)) continue;
    const key = unit === "block" ? `${user} ${Math.floor(hour / blockHours)}` : user;
    let found = units.get(key);
    if (found === undefined) {
      found = { name: key, arm, byDay: new Map(), hasSwitched: false };
      units.set(key, found);
    }
    found.hasSwitched ||= found.arm !== arm;
    const total = found.byDay.get(receivedDay) ?? emptySums();
    addSums(total, sums);
    found.byDay.set(receivedDay, total);
  }
  // In one order, whatever that of the rows was.
  return [...units.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The first day, and how many days there have been, of those that were planned. */
function lookDays({ startDay, days }: Experiment, units: readonly Unit[], today: number): readonly [number, number] {
  let first = startDay ?? Number.POSITIVE_INFINITY;
  if (startDay === undefined) {
    for (const { byDay } of units) for (const day of byDay.keys()) first = Math.min(first, day);
  }
  return Number.isFinite(first) ? [first, Math.max(0, Math.min(days, today - first))] : [today, 0];
}

function compareArms(
  experiment: Experiment,
  metric: Metric,
  units: readonly Unit[],
  control: string,
  treatment: string,
  days: { readonly first: number; readonly looks: number },
  treatments: number,
  { draws, seed }: AnalysisOptions,
): MetricComparison {
  const role = roleOf(experiment, metric.name);
  const alpha = alphaOf(experiment, role) / treatments;
  const series = seriesOf(
    metric,
    units.filter(({ arm }) => arm === control || arm === treatment),
    treatment,
    days,
  );
  const last = series.looks.at(-1) ?? { numerators: new Float64Array(), denominators: new Float64Array() };
  const [sumsOfControl, sumsOfTreatment] = [armSums(last, series.inTreatment, 0), armSums(last, series.inTreatment, 1)];
  const [one, other] = [ratioOf(sumsOfControl), ratioOf(sumsOfTreatment)];
  const figure = ({ units, numerator, denominator }: typeof sumsOfControl): ArmFigure => ({
    value: denominator > 0 ? numerator / denominator : null,
    units,
    numerator,
    denominator,
  });
  const base = { metric: metric.name, role, alpha, control: figure(sumsOfControl), treatment: figure(sumsOfTreatment) };
  if (one === undefined || other === undefined) {
    return { ...base, difference: null, relative: null, verdict: "noData", decidedOn: null };
  }
  const weightOf = (arm: string) => experiment.arms.find(({ name }) => name === arm)?.weight ?? 0;
  const rerandomization = new Rerandomization(series, {
    treatmentShare: weightOf(treatment) / (weightOf(treatment) + weightOf(control)),
    draws,
    seed,
  });
  const options = { alpha, plannedLooks: experiment.days };
  const value = other.value - one.value;
  const standardError = Math.sqrt(one.variance + other.variance);
  const { low, high } =
    Number.isFinite(standardError) && standardError > 0
      ? effectInterval(rerandomization, options, value, standardError)
      : { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const { crossedAt } = testEffect(rerandomization, options);
  // The direction is that of the look at which it was decided.
  const direction = crossedAt === undefined ? 0 : Math.sign(rerandomization.statistic(crossedAt, 0));
  const gain = metric.better === "higher" ? direction : -direction;
  const worst = metric.better === "higher" ? -low : high;
  const holds = worst <= experiment.guardrailMargin * Math.abs(one.value);
  const verdict =
    gain < 0 ? "worse" : role === "guardrail" && holds ? "holds" : gain > 0 ? "better" : ("undecided" as const);
  const share = (end: number) => (Number.isFinite(end) && one.value !== 0 ? end / Math.abs(one.value) : null);
  return {
    ...base,
    difference: { value, low: finite(low), high: finite(high) },
    relative: one.value === 0 ? null : { value: value / Math.abs(one.value), low: share(low), high: share(high) },
    verdict,
    decidedOn: crossedAt === undefined ? null : dateOf(days.first + crossedAt),
  };
}

function roleOf({ primary, guardrails }: Experiment, metric: MetricName): Role {
  return metric === primary ? "primary" : guardrails.includes(metric) ? "guardrail" : "secondary";
}

/**
 * The primary metric has all of alpha. The others share it (Bonferroni), and what they say counts once the primary metric
 * is decided: then all claims together are wrong in no more than alpha of the experiments. A guardrail has all of it, too:
 * it is there to stop an experiment, and must not become blinder the more guardrails there are.
 */
function alphaOf(experiment: Experiment, role: Role): number {
  const secondaries = metrics.filter(({ name }) => roleOf(experiment, name) === "secondary").length;
  return role === "secondary" ? experiment.alpha / secondaries : experiment.alpha;
}

/** Running sums of a metric at the end of each day. */
function seriesOf(
  { numerator, denominator }: Metric,
  units: readonly Unit[],
  treatment: string,
  { first, looks }: { readonly first: number; readonly looks: number },
): UnitSeries {
  const numerators = new Float64Array(units.length);
  const denominators = new Float64Array(units.length);
  return {
    units: units.map(({ name }) => name),
    inTreatment: Uint8Array.from(units, ({ arm }) => (arm === treatment ? 1 : 0)),
    looks: Array.from({ length: looks }, (_, look) => {
      units.forEach(({ byDay }, unit) => {
        const sums = byDay.get(first + look);
        if (sums !== undefined) {
          numerators[unit] = (numerators[unit] as number) + sumOf(sums, numerator);
          denominators[unit] = (denominators[unit] as number) + sumOf(sums, denominator);
        }
      });
      return { numerators: numerators.slice(), denominators: denominators.slice() };
    }),
  };
}

function totalOf(units: readonly Unit[]): Sums {
  const total = emptySums();
  for (const { byDay } of units) for (const sums of byDay.values()) addSums(total, sums);
  return total;
}

function censoredShares(totals: readonly Sums[]): Readonly<Record<string, number | null>> {
  const all = emptySums();
  for (const sums of totals) addSums(all, sums);
  return Object.fromEntries(
    (["30", "120", "300", "600"] as const).map((seconds) => {
      const [lost, measured] = [sumOf(all, [`censored${seconds}`]), sumOf(all, [`measured${seconds}`])];
      return [seconds, lost + measured === 0 ? null : lost / (lost + measured)];
    }),
  );
}

/** The time that this share of the answers did not exceed: within its bar as if evenly spread. */
function latencyPercentile(sums: Sums, share: number): number | null {
  const bars = Array.from({ length: latencyEnds.length + 1 }, (_, bar) => sumOf(sums, [`latency${bar}` as Column]));
  const answers = sumOf(sums, ["answers"]);
  let before = 0;
  for (const [bar, count] of bars.entries()) {
    if (answers > 0 && before + count >= share * answers) {
      const [from, to] = [latencyEnds[bar - 1] ?? 0, latencyEnds[bar] ?? 10_000];
      return from + ((share * answers - before) / count) * (to - from);
    }
    before += count;
  }
  return null;
}

function finite(end: number): number | null {
  return Number.isFinite(end) ? end : null;
}

function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
