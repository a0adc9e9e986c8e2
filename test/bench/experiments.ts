// `npm run bench:experiments`: does the report keep what it promises? Simulated experiments with a known truth, looked at
// every day: how often is an effect seen where there is none, and how often where there is one?
import { parseArgs } from "node:util";
import { planExperiment } from "../../server/src/experiments/analysis/plan.js";
import { Rerandomization } from "../../server/src/experiments/analysis/rerandomization.js";
import { effectInterval, testEffect } from "../../server/src/experiments/analysis/sequentialTest.js";
import { armSums, ratioOf, type UnitSeries } from "../../server/src/experiments/analysis/unitSeries.js";
import { normalQuantile } from "../../server/src/statistics/normal.js";
import { seededRandom } from "../support/seededRandom.js";
import { simulate } from "./experimentSimulation.js";

const settings = {
  seed: 1,
  alpha: 0.05,
  days: 14,
  /** Further draws of each simulated experiment. The test is exact for any number; the report takes more. */
  draws: 199,
  /** Experiments without an effect. */
  experiments: 10_000,
  /** Users of an experiment: log-uniform between the two. */
  fewestUsers: 20,
  mostUsers: 2000,
  activitySigma: 1.5,
  perDay: 20,
  baseline: 0.3,
  rateConcentration: 6,
  /** Users turn up within these days, in each second experiment; in the others all are there from the first day. */
  enrollmentDays: 7,
  /** Experiments with the planned effect, for each of the effects. */
  powerExperiments: 1000,
  effects: [0.15, 0.1],
  wantedPower: 0.8,
  /** Experiments whose intervals are asked for the true effect. */
  intervalExperiments: 200,
};

interface Proportion {
  readonly value: number;
  /** 95% interval, Wilson. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      experiments: { type: "string", default: String(settings.experiments) },
      seed: { type: "string", default: String(settings.seed) },
      "most-users": { type: "string", default: String(settings.mostUsers) },
      "no-power": { type: "boolean", default: false },
    },
  });
  const quick = values.quick ? 20 : 1;
  const [seed, mostUsers] = [Number(values.seed), Number(values["most-users"])];
  const [experiments, powerExperiments, intervalExperiments] = [
    Math.ceil(Number(values.experiments) / quick),
    values["no-power"] ? 0 : Math.ceil(settings.powerExperiments / quick),
    values["no-power"] ? 0 : Math.ceil(settings.intervalExperiments / quick),
  ];
  const report = {
    ...falsePositives(experiments, seed, mostUsers),
    power: powerExperiments === 0 ? [] : settings.effects.map((effect) => powerOf(effect, powerExperiments)),
    coverage: intervalExperiments === 0 ? undefined : coverage(intervalExperiments),
    settings: { ...settings, seed, mostUsers, experiments, powerExperiments, intervalExperiments },
  };
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : describe(report));
}

/** Experiments in which nothing is different, by whether something was seen. */
function falsePositives(experiments: number, seed: number, mostUsers: number) {
  const groups = [
    { users: "20 to 31", upTo: 31 },
    { users: "32 to 63", upTo: 63 },
    { users: "64 to 199", upTo: 199 },
    { users: "200 to 2,000", upTo: 2000 },
  ].map((group) => ({ ...group, seen: 0, n: 0 }));
  const others = { peekingAt95Percent: 0, asymptoticConfidenceSequence: 0 };
  const random = seededRandom(seed);
  for (let index = 0; index < experiments; index++) {
    const users = Math.floor(settings.fewestUsers * (mostUsers / settings.fewestUsers) ** random());
    const series = simulate({
      ...settings,
      users,
      effect: 0,
      enrollmentDays: index % 2 === 0 ? 1 : settings.enrollmentDays,
      seed: seed * 1_000_003 + index,
    });
    const group = groups.find(({ upTo }) => users <= upTo);
    if (group !== undefined) {
      group.n++;
      if (isSeen(series, index)) group.seen++;
    }
    if (exceeds(series, () => normalQuantile(1 - settings.alpha / 2))) others.peekingAt95Percent++;
    if (exceeds(series, mixtureLimit(users))) others.asymptoticConfidenceSequence++;
  }
  const seen = groups.reduce((sum, group) => sum + group.seen, 0);
  return {
    falsePositiveRate: proportion(seen, experiments).value,
    falsePositives: proportion(seen, experiments),
    falsePositivesByUsers: Object.fromEntries(
      groups.filter(({ n }) => n > 0).map(({ users, seen, n }) => [users, proportion(seen, n)]),
    ),
    /** The same experiments and looks by what is often done, to compare. */
    falsePositivesOfOthers: {
      peekingAt95Percent: proportion(others.peekingAt95Percent, experiments),
      asymptoticConfidenceSequence: proportion(others.asymptoticConfidenceSequence, experiments),
    },
  };
}

/** What is known of the simulated users when an experiment is planned. */
function planFor(effect: number) {
  const { baseline, rateConcentration, perDay, activitySigma, days, alpha, wantedPower } = settings;
  return planExperiment(
    {
      baseline,
      effect,
      userDeviation: Math.sqrt((baseline * (1 - baseline)) / (rateConcentration + 1)),
      perDay,
      activityVariation: Math.sqrt(Math.exp(activitySigma ** 2) - 1),
      days,
      alpha,
      power: wantedPower,
      treatmentShare: 0.5,
    },
    seededRandom(settings.seed),
  );
}

/** As many users as the plan calls for: is the effect seen as often as it says? */
function powerOf(effect: number, experiments: number) {
  const plan = planFor(effect);
  let [seen, seenByConfidenceSequence] = [0, 0];
  for (let index = 0; index < experiments; index++) {
    const seed = settings.seed * 2_000_003 + index;
    const series = simulate({ ...settings, users: plan.users, effect, enrollmentDays: 1, seed });
    if (isSeen(series, index)) seen++;
    if (exceeds(series, mixtureLimit(plan.users))) seenByConfidenceSequence++;
  }
  return {
    effect,
    users: plan.users,
    usersWithOneLook: plan.usersWithOneLook,
    planned: settings.wantedPower,
    measured: proportion(seen, experiments),
    asymptoticConfidenceSequence: proportion(seenByConfidenceSequence, experiments),
  };
}

/** How often the last interval holds the true effect. */
function coverage(experiments: number): Proportion {
  const effect = 0.1;
  let held = 0;
  for (let index = 0; index < experiments; index++) {
    const series = simulate({ ...settings, users: 100, effect, seed: settings.seed * 3_000_017 + index });
    const last = series.looks.at(-1);
    if (last === undefined) continue;
    const control = ratioOf(armSums(last, series.inTreatment, 0));
    const treatment = ratioOf(armSums(last, series.inTreatment, 1));
    if (control === undefined || treatment === undefined) continue;
    const interval = effectInterval(
      rerandomize(series, index),
      { alpha: settings.alpha, plannedLooks: settings.days },
      treatment.value - control.value,
      Math.sqrt(control.variance + treatment.variance),
    );
    if (interval.low <= effect && effect <= interval.high) held++;
  }
  return proportion(held, experiments);
}

function isSeen(series: UnitSeries, index: number): boolean {
  const { alpha, days } = settings;
  return testEffect(rerandomize(series, index), { alpha, plannedLooks: days }).crossedAt !== undefined;
}

function rerandomize(series: UnitSeries, index: number): Rerandomization {
  return new Rerandomization(series, { treatmentShare: 0.5, draws: settings.draws, seed: settings.seed + index });
}

/** Whether the usual statistic exceeds a limit at any look. */
function exceeds({ looks, inTreatment }: UnitSeries, limitOf: (units: number) => number): boolean {
  return looks.some((look) => {
    const [control, treatment] = [armSums(look, inTreatment, 0), armSums(look, inTreatment, 1)];
    const [one, other] = [ratioOf(control), ratioOf(treatment)];
    if (one === undefined || other === undefined) return false;
    const statistic = Math.abs(other.value - one.value) / Math.sqrt(one.variance + other.variance);
    return statistic > limitOf(control.units + treatment.units);
  });
}

/**
 * The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476, theorem 2.2),
 * narrowest at the number of users that there will be.
 */
function mixtureLimit(users: number): (units: number) => number {
  const alpha2 = settings.alpha ** 2;
  const scale = (-Math.log(alpha2) + Math.log(1 - Math.log(alpha2)) + 1) / users;
  return (units) => {
    const time = Math.max(1e-9, units * scale);
    return Math.sqrt(((time + 1) / time) * Math.log((time + 1) / alpha2));
  };
}

function proportion(count: number, n: number): Proportion {
  const z = 1.96;
  const value = count / n;
  const middle = (value + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n));
  return { value, low: middle - half, high: middle + half, n };
}

interface Report extends ReturnType<typeof falsePositives> {
  readonly power: readonly ReturnType<typeof powerOf>[];
  readonly coverage: Proportion | undefined;
}

function describe(report: Report): string {
  const percent = ({ value, low, high, n }: Proportion) =>
    `${(100 * value).toFixed(2)}% (${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)}) of ${n}`;
  const { peekingAt95Percent, asymptoticConfidenceSequence } = report.falsePositivesOfOthers;
  return [
    `no effect, but one seen, in all: ${percent(report.falsePositives)}`,
    ...Object.entries(report.falsePositivesByUsers).map(([users, rate]) => `  ${users} users: ${percent(rate)}`),
    `  to compare, |z| > 1.96 at any look: ${percent(peekingAt95Percent)}`,
    `  to compare, asymptotic confidence sequence: ${percent(asymptoticConfidenceSequence)}`,
    ...report.power.map(
      ({ effect, users, planned, measured, asymptoticConfidenceSequence }) =>
        `effect ${effect}, ${users} users, planned for ${100 * planned}%: seen in ${percent(measured)}; ` +
        `by the asymptotic confidence sequence in ${percent(asymptoticConfidenceSequence)}`,
    ),
    ...(report.coverage === undefined ? [] : [`interval holds the true effect: ${percent(report.coverage)}`]),
    "",
  ].join("\n");
}

main();
