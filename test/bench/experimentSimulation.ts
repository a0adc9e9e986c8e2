// Users of an experiment whose truth is known: a few do most of the work, each has a rate of their own, some come later.

import type { UnitSeries } from "../../server/src/experiments/analysis/unitSeries.js";
import { normalDraws } from "../../server/src/statistics/normal.js";
import { seededRandom } from "../support/seededRandom.js";

export interface SimulationSettings {
  readonly users: number;
  readonly days: number;
  /** Standard deviation of the logarithm of a user's activity: 1.5 lets the top 10% do about 60% of the work. */
  readonly activitySigma: number;
  /** Mean of shown suggestions per user and day. */
  readonly perDay: number;
  readonly baseline: number;
  /** Beta distribution's a + b of users' acceptance rates: 6 spreads them by about 0.17. */
  readonly rateConcentration: number;
  /** Users' first days are spread evenly over this many days. */
  readonly enrollmentDays: number;
  /** What the treatment adds to every user's rate. */
  readonly effect: number;
  readonly seed: number;
}

/** Accepted over shown, running sums at the end of each day. */
export function simulate(settings: SimulationSettings): UnitSeries {
  const { users, days, activitySigma, perDay, baseline, rateConcentration, enrollmentDays, effect, seed } = settings;
  const random = seededRandom(seed);
  const normal = normalDraws(random);
  const units = Array.from({ length: users }, (_, user) => `${seed}-${user}`);
  const inTreatment = Uint8Array.from(units, () => (random() < 0.5 ? 1 : 0));
  const activity = Float64Array.from(units, () => perDay * Math.exp(activitySigma * (normal() - activitySigma / 2)));
  const rates = Float64Array.from(units, (_, user) => {
    const own = beta(baseline * rateConcentration, (1 - baseline) * rateConcentration, random, normal);
    return Math.min(1, Math.max(0, own + (inTreatment[user] === 1 ? effect : 0)));
  });
  const firstDays = Int32Array.from(units, () => Math.floor(random() * enrollmentDays));
  const numerators = new Float64Array(users);
  const denominators = new Float64Array(users);
  const looks = Array.from({ length: days }, (_, day) => {
    for (let user = 0; user < users; user++) {
      if ((firstDays[user] as number) <= day) {
        const shown = poisson(activity[user] as number, random, normal);
        denominators[user] = (denominators[user] as number) + shown;
        numerators[user] = (numerators[user] as number) + binomial(shown, rates[user] as number, random, normal);
      }
    }
    return { numerators: numerators.slice(), denominators: denominators.slice() };
  });
  return { units, inTreatment, looks };
}

/** Above so many, counts are drawn from the normal distribution. */
const manyEvents = 40;

function poisson(mean: number, random: () => number, normal: () => number): number {
  if (mean > manyEvents) {
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  }
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

function binomial(trials: number, probability: number, random: () => number, normal: () => number): number {
  if (trials > manyEvents) {
    const drawn = trials * probability + Math.sqrt(trials * probability * (1 - probability)) * normal();
    return Math.min(trials, Math.max(0, Math.round(drawn)));
  }
  let count = 0;
  for (let trial = 0; trial < trials; trial++) {
    if (random() < probability) count++;
  }
  return count;
}

function beta(a: number, b: number, random: () => number, normal: () => number): number {
  const [one, other] = [gamma(a, random, normal), gamma(b, random, normal)];
  return one / (one + other);
}

/** Marsaglia and Tsang 2000. */
function gamma(shape: number, random: () => number, normal: () => number): number {
  if (shape < 1) {
    return gamma(shape + 1, random, normal) * random() ** (1 / shape);
  }
  const d = shape - 1 / 3;
  for (;;) {
    const z = normal();
    const v = (1 + z / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * z * z + d - d * v + d * Math.log(v)) {
      return d * v;
    }
  }
}
