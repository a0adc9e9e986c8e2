// Whether one build is slower than another: percentiles of each stage, with what chance alone could have made of them.
import { seededRandom } from "../support/seededRandom.js";
import { quantile } from "./statistics.js";

/** Milliseconds of each stage of one request, by the stage's name. */
export type StageTimes = Readonly<Record<string, number>>;

/** The same request to both builds, one right after the other. */
export interface TimedPair {
  /** Requests of the same place depend on each other: they are drawn together. */
  readonly place: number;
  readonly baseline: StageTimes;
  readonly current: StageTimes;
}

/** One percentile of one stage. */
export interface StageComparison {
  readonly stage: string;
  readonly percentile: number;
  /** Milliseconds. */
  readonly baseline: number;
  readonly current: number;
  /** Current ÷ baseline, with its interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Slower by more than is tolerated, and by more than chance makes. */
  readonly isSlower: boolean;
}

export const comparedPercentiles = [0.5, 0.95] as const;

/** How much slower a stage may be: below it two runs of the same build on a shared machine differ too often. */
export const toleratedRatio = 1.1;

/** Milliseconds that nobody feels, whatever their ratio. */
export const toleratedMilliseconds = 0.5;

const draws = 400;

/** Each of eight stages at two percentiles may fail by chance: an interval of 99% keeps the gate quiet. */
const tail = 0.005;

/** Compares every stage that both builds have. */
export function compareStages(pairs: readonly TimedPair[], seed = 1): readonly StageComparison[] {
  const [first] = pairs;
  if (first === undefined) {
    return [];
  }
  const places = new Map<number, TimedPair[]>();
  for (const pair of pairs) {
    places.set(pair.place, [...(places.get(pair.place) ?? []), pair]);
  }
  const stages = Object.keys(first.current).filter((stage) => stage in first.baseline);
  return stages.flatMap((stage) =>
    comparedPercentiles.map((percentile): StageComparison => {
      const measure = (drawn: readonly TimedPair[]): { readonly baseline: number; readonly current: number } => ({
        baseline: quantile(
          drawn.map((pair) => pair.baseline[stage] ?? 0),
          percentile,
        ),
        current: quantile(
          drawn.map((pair) => pair.current[stage] ?? 0),
          percentile,
        ),
      });
      const random = seededRandom(seed);
      const groups = [...places.values()];
      const ratios = Array.from({ length: draws }, () => {
        const drawn = groups.flatMap(() => groups[Math.floor(random() * groups.length)] as TimedPair[]);
        return ratioOf(measure(drawn));
      });
      const { baseline, current } = measure(pairs);
      const low = quantile(ratios, tail);
      const isSlower = low > toleratedRatio && current - baseline > toleratedMilliseconds;
      return {
        stage,
        percentile,
        baseline,
        current,
        ratio: ratioOf({ baseline, current }),
        low,
        high: quantile(ratios, 1 - tail),
        isSlower,
      };
    }),
  );
}

/** Stages that took no time in either build are as quick as each other. */
function ratioOf({ baseline, current }: { readonly baseline: number; readonly current: number }): number {
  const least = 0.01;
  return Math.max(least, current) / Math.max(least, baseline);
}
