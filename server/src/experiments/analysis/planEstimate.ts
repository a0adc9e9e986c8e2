// What a plan needs to know, from events that are there already.
import { type HourSums, type Metric, sumOf } from "../metrics.js";
import type { PlanInput } from "./plan.js";

/**
 * Estimates a share's level, how it differs between users (method of moments), and how active they are.
 *
 * @param metric one whose unit is a share
 * @returns undefined with fewer than two users
 */
export async function estimatePlanInput(
  { numerator, denominator }: Metric,
  rows: AsyncIterable<HourSums> | Iterable<HourSums>,
): Promise<Pick<PlanInput, "baseline" | "userDeviation" | "perDay" | "activityVariation"> | undefined> {
  const users = new Map<string, { y: number; x: number }>();
  const days = new Set<number>();
  for await (const { user, receivedDay, sums } of rows) {
    const total = users.get(user) ?? { y: 0, x: 0 };
    total.y += sumOf(sums, numerator);
    total.x += sumOf(sums, denominator);
    users.set(user, total);
    days.add(receivedDay);
  }
  const active = [...users.values()].filter(({ x }) => x > 0);
  const [ys, xs] = [sum(active.map(({ y }) => y)), sum(active.map(({ x }) => x))];
  if (active.length < 2) {
    return undefined;
  }
  const baseline = ys / xs;
  const squares = sum(active.map(({ x }) => x * x));
  // Of each user's squared distance to the mean, this much is chance within the user.
  const within = baseline * (1 - baseline) * xs;
  const spread = sum(active.map(({ x, y }) => (y - baseline * x) ** 2));
  const mean = xs / active.length;
  return {
    baseline,
    userDeviation: Math.sqrt(Math.max(0, spread - within) / squares),
    perDay: mean / days.size,
    activityVariation: Math.sqrt(Math.max(0, squares / active.length - mean * mean)) / mean,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
