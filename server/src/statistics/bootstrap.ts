// Bootstrap intervals of samples that come one by one, in any order, and are forgotten at once.
//
// A Poisson bootstrap (Hanley and MacGibbon 2006; Chamandy et al., "Estimating Uncertainty for Massive Data Streams",
// Google 2012): replicate r counts a cluster w times, w ~ Poisson(1). Here w is a hash of seed, cluster and r. So all
// samples of a cluster, in whatever shard, get the same weights without anybody remembering them.

import { hashToPair, mixBits } from "../textHash.js";

/** A figure with its interval. */
export interface Interval {
  readonly value: number;
  /** 95% percentile interval. */
  readonly low: number;
  readonly high: number;
  /** Samples that the figure applies to. */
  readonly n: number;
}

/** How the intervals are made. */
export interface BootstrapOptions {
  /** A 32-bit integer. Two runs that are compared by eye should have the same one. */
  readonly seed: number;
  /** Replicates; 1,000 place the ends of a 95% interval within about 5% of its width. */
  readonly replicates: number;
}

export const defaultBootstrap: BootstrapOptions = { seed: 1, replicates: 1000 };

/** Share of the replicates within the interval. */
export const confidence = 0.95;

/** Where a sample belongs. */
export interface SamplePlace {
  readonly id: string;
  readonly cluster: string;
}

/** Sets of weights that are kept: samples of a cluster come together or nearly so. 8 kB each. */
const keptWeights = 64;

/** P(w ≤ k) of Poisson(1) for k = 0, 1, …, as 32-bit integers; the last one is as good as 1. */
const poissonLimits = (() => {
  const limits: number[] = [];
  let probability = Math.exp(-1);
  let sum = 0;
  for (let count = 0; count < 12; count++) {
    sum += probability;
    limits.push(Math.min(sum, 1) * 2 ** 32);
    probability /= count + 1;
  }
  return limits;
})();

/** The weights of clusters, shared by all figures of a run. */
export class ClusterWeights {
  readonly options: BootstrapOptions;
  readonly #kept = new Map<string, Float64Array>();

  constructor(options: BootstrapOptions = defaultBootstrap) {
    this.options = options;
  }

  /** The weights of a cluster: one per replicate, each Poisson(1), always the same for the same seed and cluster. */
  of(cluster: string): Float64Array {
    let weights = this.#kept.get(cluster);
    if (weights === undefined) {
      weights = poissonWeights(cluster, this.options);
      if (this.#kept.size >= keptWeights) {
        const [oldest] = this.#kept.keys();
        this.#kept.delete(oldest as string);
      }
      this.#kept.set(cluster, weights);
    }
    return weights;
  }
}

function poissonWeights(cluster: string, { seed, replicates }: BootstrapOptions): Float64Array {
  const [high, low] = hashToPair(cluster, seed);
  const weights = new Float64Array(replicates);
  for (let replicate = 0; replicate < replicates; replicate++) {
    const uniform = mixBits(mixBits(high ^ Math.imul(replicate + 1, 0x9e3779b1)) ^ low) >>> 0;
    let weight = 0;
    while (uniform >= (poissonLimits[weight] ?? 2 ** 32)) weight++;
    weights[replicate] = weight;
  }
  return weights;
}

/**
 * Amounts are rounded to this grid, by less than 1e-9: sums of such numbers are exact while they stay below 2^23, and
 * exact sums are the same in any order.
 */
const grid = 2 ** 30;

/** Clusters that wait to be added to the replicates together: one pass over the sums is cheaper than four. */
const block = 4;

/** What the samples of one cluster add up to, by column. */
interface Pending {
  readonly cluster: string;
  readonly amounts: number[];
}

/** The sums of one column. */
interface Column {
  total: number;
  /** By replicate. */
  readonly sums: Float64Array;
  /** By replicate, with samples in the place of clusters; while there is one cluster only. */
  bySample: Float64Array | undefined;
}

/** A figure made of sums, by column; undefined where the sums do not say, because nothing was counted. */
export type Figure = (sumOf: (column: number) => number) => number | undefined;

/** What a sample adds to a column. */
export type Amount = readonly [column: number, amount: number];

/**
 * Sums of amounts, once as they are and once per replicate. Memory: 8 bytes · columns · (replicates + 1), however many
 * samples there are.
 *
 * While all samples are of one cluster, the samples are what is resampled: an interval of no width would be a lie.
 */
export class BootstrapSums {
  readonly #weights: ClusterWeights;
  readonly #columns: Column[] = [];
  readonly #pending: Pending[] = [];
  #firstCluster: string | undefined;
  #hasClusters = false;
  #samples = 0;

  /** @param columns how many sums there are */
  constructor(weights: ClusterWeights, columns: number) {
    this.#weights = weights;
    for (let column = 0; column < columns; column++) {
      this.addColumn();
    }
  }

  /** Samples that were added. */
  get samples(): number {
    return this.#samples;
  }

  /** The sums over the samples as they are, by column. */
  get totals(): readonly number[] {
    return this.#columns.map(({ total }) => total);
  }

  /**
   * Adds a column.
   *
   * @param like column whose sums it begins with; without it with zeros
   * @returns its number
   */
  addColumn(like?: number): number {
    const { replicates } = this.#weights.options;
    const model = like === undefined ? undefined : this.#columns[like];
    for (const { amounts } of this.#pending) {
      amounts.push(like === undefined ? 0 : (amounts[like] as number));
    }
    return (
      this.#columns.push({
        total: model?.total ?? 0,
        sums: model?.sums.slice() ?? new Float64Array(replicates),
        bySample: this.#hasClusters ? undefined : (model?.bySample?.slice() ?? new Float64Array(replicates)),
      }) - 1
    );
  }

  /** Adds a sample. */
  add({ id, cluster }: SamplePlace, amounts: readonly Amount[]): void {
    this.#noteCluster(cluster);
    const pending = this.#pendingOf(cluster);
    for (const [index, exact] of amounts) {
      const amount = Math.round(exact * grid) / grid;
      const column = this.#columns[index] as Column;
      pending.amounts[index] = (pending.amounts[index] as number) + amount;
      column.total += amount;
      if (column.bySample !== undefined && amount !== 0) {
        addWeighted(column.bySample, [amount], [this.#weights.of(`sample\0${id}`)]);
      }
    }
    this.#samples++;
  }

  #noteCluster(cluster: string): void {
    this.#firstCluster ??= cluster;
    if (!this.#hasClusters && cluster !== this.#firstCluster) {
      this.#hasClusters = true;
      for (const column of this.#columns) {
        column.bySample = undefined;
      }
    }
  }

  #pendingOf(cluster: string): Pending {
    const known = this.#pending.find((pending) => pending.cluster === cluster);
    if (known !== undefined) {
      return known;
    }
    if (this.#pending.length === block) {
      this.#flush();
    }
    const pending = { cluster, amounts: this.#columns.map(() => 0) };
    this.#pending.push(pending);
    return pending;
  }

  #flush(): void {
    const weights = this.#pending.map(({ cluster }) => this.#weights.of(cluster));
    this.#columns.forEach(({ sums }, column) => {
      const amounts = this.#pending.map((pending) => pending.amounts[column] as number);
      if (amounts.some((amount) => amount !== 0)) {
        addWeighted(sums, amounts, weights);
      }
    });
    this.#pending.length = 0;
  }

  /**
   * The interval of a figure that is made of the sums.
   *
   * @param n samples that the figure applies to
   * @returns undefined where there is no figure
   */
  interval(figure: Figure, n = this.#samples): Interval | undefined {
    const value = figure((column) => this.#columns[column]?.total ?? 0);
    if (value === undefined) {
      return undefined;
    }
    this.#flush();
    const columns = this.#columns.map(({ sums, bySample }) => bySample ?? sums);
    const { replicates } = this.#weights.options;
    const figures = new Float64Array(replicates);
    let count = 0;
    for (let replicate = 0; replicate < replicates; replicate++) {
      const resampled = figure((column) => columns[column]?.[replicate] ?? 0);
      if (resampled !== undefined) {
        figures[count++] = resampled;
      }
    }
    const sorted = figures.subarray(0, count).sort();
    const tail = (1 - confidence) / 2;
    return {
      value,
      // A replicate may be biased as the sample itself is; the figure is never outside of its own interval.
      low: Math.min(value, percentile(sorted, tail) ?? value),
      high: Math.max(value, percentile(sorted, 1 - tail) ?? value),
      n,
    };
  }
}

/** Adds to each replicate the amounts of up to four clusters, weighted. */
function addWeighted(sums: Float64Array, amounts: readonly number[], weights: readonly Float64Array[]): void {
  const [one = 0, two = 0, three = 0, four = 0] = amounts;
  const [ofOne = sums] = weights;
  // An amount of 0 takes nothing from whatever weights.
  const [, ofTwo = ofOne, ofThree = ofOne, ofFour = ofOne] = weights;
  for (let replicate = 0; replicate < sums.length; replicate++) {
    sums[replicate] =
      (sums[replicate] as number) +
      one * (ofOne[replicate] as number) +
      two * (ofTwo[replicate] as number) +
      three * (ofThree[replicate] as number) +
      four * (ofFour[replicate] as number);
  }
}

/** Linear interpolation between the two nearest of sorted values. */
function percentile(sorted: Float64Array, share: number): number | undefined {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below === undefined || above === undefined ? undefined : below + (above - below) * (place - Math.floor(place));
}

/** The first column over the second. */
const ratio: Figure = (sumOf) => (sumOf(1) === 0 ? undefined : sumOf(0) / sumOf(1));

/** The mean of a score over samples, or the ratio of two sums, with its interval. */
export class BootstrapMean {
  readonly #sums: BootstrapSums;

  constructor(weights: ClusterWeights) {
    this.#sums = new BootstrapSums(weights, 2);
  }

  /** Adds a sample's score; with a weight, the mean is that of `score` weighted so. */
  add(place: SamplePlace, score: number, weight = 1): void {
    this.#sums.add(place, [
      [0, score * weight],
      [1, weight],
    ]);
  }

  /** Undefined without samples. */
  interval(): Interval | undefined {
    return this.#sums.interval(ratio);
  }
}
