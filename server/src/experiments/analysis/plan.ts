// How many users does it take to see an effect, looking every day?
import { normalDraws, normalProbability, normalQuantile } from "../../statistics/normal.js";
import { boundaryOf } from "./sequentialTest.js";

/** What is known beforehand about a metric that is a share, such as the acceptance rate. */
export interface PlanInput {
  /** The metric without the treatment, in (0, 1). */
  readonly baseline: number;
  /** What the treatment is to change it by, in the metric's own unit; not 0. */
  readonly effect: number;
  /** Standard deviation of the metric between users. */
  readonly userDeviation: number;
  /** What counts in the denominator per user and day (shown suggestions, for the acceptance rate); above 0. */
  readonly perDay: number;
  /** Standard deviation of users' activity over its mean; 0 if all are alike, 1.5 to 3 where a few do most of the work. */
  readonly activityVariation: number;
  /** Days, one look after each; a whole number ≥ 1. */
  readonly days: number;
  readonly alpha: number;
  /** Wanted probability of seeing the effect, in (alpha, 1). */
  readonly power: number;
  /** Share of the users in the treatment, in (0, 1). */
  readonly treatmentShare: number;
}

export interface Plan {
  /** In all arms together. */
  readonly users: number;
  /** Users that one look at the end would take. */
  readonly usersWithOneLook: number;
  /** Probability of seeing the effect by each day, with that many users; it is the wanted power on the last one. */
  readonly powerByDay: readonly number[];
  /** Days until the effect is seen, on average over the experiments in which it is. */
  readonly meanDaysToDecision: number;
}

/** Draws that the boundary and the power are computed from: the power is within about 0.7%. */
const paths = 4000;

/** Samples of users over whose activities the power is averaged. */
const samples = 40;

/** Nobody has more. */
const mostUsers = 1_000_000;

/**
 * Plans an experiment with equal chances for each user on each day.
 *
 * @param random numbers in [0, 1); the same ones give the same plan
 */
export function planExperiment(input: PlanInput, random: () => number): Plan {
  const { effect, alpha, power, days } = input;
  const variances = Array.from({ length: days }, (_, day) =>
    variancePerUser(input, day + 1, 1 + input.activityVariation ** 2),
  );
  const last = variances[days - 1] as number;
  // Information grows with the days, up to what the differences between users allow.
  const shares = variances.map((variance) => last / variance);
  const nothing = brownianPaths(shares, random);
  const { limits } = boundaryOf((look) => (nothing[look] as Float64Array).map(Math.abs), days, {
    alpha,
    plannedLooks: days,
  });
  const something = brownianPaths(shares, random);
  const draw = normalDraws(random);
  const activities = Array.from({ length: samples }, () => activitiesOf(input, draw));
  const curve = (users: number) => {
    const powers = activities.map((activity) => {
      const drift = Math.abs(effect) / Math.sqrt(variancePerUser(input, days, unevenness(activity, users)) / users);
      return crossedBy(something, shares, limits, drift);
    });
    return shares.map((_, day) => mean(powers.map((power) => power[day] as number)));
  };
  const users = fewestUsers((count) => (curve(count)[days - 1] as number) >= power);
  const oneLook = normalQuantile(1 - alpha / 2);
  const usersWithOneLook = fewestUsers(
    (count) =>
      mean(
        activities.map((activity) => {
          const drift = Math.abs(effect) / Math.sqrt(variancePerUser(input, days, unevenness(activity, count)) / count);
          return normalProbability(drift - oneLook);
        }),
      ) >= power,
  );
  const powerByDay = curve(users);
  return { users, usersWithOneLook, powerByDay, meanDaysToDecision: meanDay(powerByDay) };
}

/** The fewest users that are enough, to about 1%. */
function fewestUsers(isEnough: (users: number) => boolean): number {
  let high = 4;
  while (!isEnough(high)) {
    high *= 2;
    if (high > mostUsers) return Number.POSITIVE_INFINITY;
  }
  let low = high / 2;
  while (high - low > Math.max(1, high / 100)) {
    const middle = Math.round((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Activities of users, log-normal with the given variation. How uneven a sample of them is depends on its size: the few
 * who do most of the work are seldom among few.
 */
function activitiesOf({ activityVariation }: PlanInput, draw: () => number): (user: number) => number {
  const sigma = Math.sqrt(Math.log(1 + activityVariation ** 2));
  const drawn: number[] = [];
  return (user) => {
    while (drawn.length <= user) drawn.push(Math.exp(sigma * draw()));
    return drawn[user] as number;
  };
}

/** n Σx² / (Σx)²: by how much uneven activity raises the variance; 1 if all are alike. */
function unevenness(activity: (user: number) => number, users: number): number {
  let [sum, squares] = [0, 0];
  for (let user = 0; user < users; user++) {
    const x = activity(user);
    sum += x;
    squares += x * x;
  }
  return (users * squares) / (sum * sum);
}

/**
 * Variance of the difference of the two ratios, times the number of users. Users' rates differ, and so does their
 * activity, which makes the few who do most of the work count for more; and each user's rate is known only so well.
 */
function variancePerUser(
  { baseline, userDeviation, perDay, treatmentShare }: PlanInput,
  days: number,
  unevenness: number,
): number {
  const between = userDeviation ** 2 * unevenness;
  // With the users' rates spread so far, this much is left to chance within a user.
  const within = Math.max(0, baseline * (1 - baseline) - userDeviation ** 2) / (perDay * days);
  return (between + within) / (treatmentShare * (1 - treatmentShare));
}

/** Statistics without an effect, by look and path: Brownian motion seen at these shares of the information. */
function brownianPaths(shares: readonly number[], random: () => number): readonly Float64Array[] {
  const draw = normalDraws(random);
  const motion = new Float64Array(paths);
  let before = 0;
  return shares.map((share) => {
    const deviation = Math.sqrt(Math.max(0, share - before));
    before = share;
    return motion.map((_, path) => {
      motion[path] = (motion[path] as number) + deviation * draw();
      return (motion[path] as number) / Math.sqrt(share);
    });
  });
}

/** Share of the paths that are above the limit by each look, with a drift that is `drift` at full information. */
function crossedBy(
  statistics: readonly Float64Array[],
  shares: readonly number[],
  limits: readonly number[],
  drift: number,
): readonly number[] {
  const crossed = new Uint8Array(paths);
  let count = 0;
  return statistics.map((values, look) => {
    const shift = drift * Math.sqrt(shares[look] as number);
    const limit = limits[look] as number;
    for (let path = 0; path < paths; path++) {
      if (crossed[path] === 0 && Math.abs((values[path] as number) + shift) > limit) {
        crossed[path] = 1;
        count++;
      }
    }
    return count / paths;
  });
}

function meanDay(powerByDay: readonly number[]): number {
  let sum = 0;
  powerByDay.forEach((power, day) => {
    sum += (power - (powerByDay[day - 1] ?? 0)) * (day + 1);
  });
  return sum / (powerByDay.at(-1) as number);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
