// The means of many metrics over the same samples.
import { type Amount, BootstrapSums, type ClusterWeights, type Interval, type SamplePlace } from "./bootstrap.js";

/** Figures by metric. */
export type Intervals = Readonly<Record<string, Interval>>;

/** Where a metric's sums are. */
interface MetricColumns {
  /** Sum of the scores. */
  readonly score: number;
  /** Samples to which the metric does not apply: fewer, for most metrics, than those to which it does. */
  readonly absent: number;
}

/** Column of all samples. */
const samplesColumn = 0;

/** Collects scores by metric. */
export class MetricMeans {
  readonly #sums: BootstrapSums;
  readonly #columns = new Map<string, MetricColumns>();

  constructor(weights: ClusterWeights) {
    this.#sums = new BootstrapSums(weights, 1);
  }

  /** Adds a sample's scores; a metric that does not apply to it is absent. */
  add(place: SamplePlace, scores: Readonly<Record<string, number>>): void {
    for (const name in scores) {
      if (!this.#columns.has(name)) {
        // It did not apply to any sample so far.
        const absent = this.#sums.addColumn(samplesColumn);
        this.#columns.set(name, { score: this.#sums.addColumn(), absent });
      }
    }
    const amounts: Amount[] = [[samplesColumn, 1]];
    for (const [name, { score, absent }] of this.#columns) {
      const value = scores[name];
      amounts.push(value === undefined ? [absent, 1] : [score, value]);
    }
    this.#sums.add(place, amounts);
  }

  /** In the order of their names: the same whatever the order of the samples. */
  intervals(): Intervals {
    const { totals, samples } = this.#sums;
    const intervals: Record<string, Interval> = {};
    for (const [name, { score, absent }] of sortedEntries(this.#columns)) {
      const interval = this.#sums.interval(
        (sumOf) => {
          const count = sumOf(samplesColumn) - sumOf(absent);
          return count === 0 ? undefined : sumOf(score) / count;
        },
        samples - (totals[absent] as number),
      );
      if (interval !== undefined) {
        intervals[name] = interval;
      }
    }
    return intervals;
  }
}

/** The same by group, such as language. */
export class GroupedMeans {
  readonly #weights: ClusterWeights;
  readonly #groups = new Map<string, MetricMeans>();

  constructor(weights: ClusterWeights) {
    this.#weights = weights;
  }

  add(group: string, place: SamplePlace, scores: Readonly<Record<string, number>>): void {
    let means = this.#groups.get(group);
    if (means === undefined) {
      means = new MetricMeans(this.#weights);
      this.#groups.set(group, means);
    }
    means.add(place, scores);
  }

  /** In the order of the groups' names. */
  intervals(): Readonly<Record<string, Intervals>> {
    return Object.fromEntries(sortedEntries(this.#groups).map(([group, means]) => [group, means.intervals()]));
  }
}

/** A map's entries by key, in the order of UTF-16 units: the same on every machine. */
export function sortedEntries<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}
