// Two runs over the same samples, sample by sample: what got better, what got worse, and how sure is that?

import {
  BootstrapMean,
  type BootstrapOptions,
  ClusterWeights,
  confidence,
  defaultBootstrap,
  type Interval,
} from "../../statistics/bootstrap.js";
import { mcNemarExact } from "../../statistics/mcNemar.js";
import { GroupedMeans, type Intervals, MetricMeans } from "../../statistics/metricMeans.js";
import { hashToPair } from "../../textHash.js";
import type { SampleRecord } from "../hole.js";

/** A sample in both runs. */
export interface RecordPair {
  readonly a: SampleRecord;
  readonly b: SampleRecord;
}

/** Two runs that cannot be compared; the message says why, and what to do. */
export class ComparisonError extends Error {
  override readonly name = "ComparisonError";
}

/** Samples that only one of the runs has. */
export interface Unpaired {
  readonly count: number;
  /** A few of their ids. */
  readonly examples: readonly string[];
}

/** One metric in both runs, over the samples to which it applies in both. */
export interface MetricDifference {
  /** Mean in A and in B. */
  readonly a: number;
  readonly b: number;
  /** Mean of B − A. */
  readonly difference: Interval;
}

/** How many samples changed sides. */
export interface Flips {
  /** Metric that says what is right: a sample is right where it is 1. */
  readonly metric: string;
  readonly rightToWrong: { readonly count: number; readonly share: Interval };
  readonly wrongToRight: { readonly count: number; readonly share: Interval };
  /** McNemar's exact p, two-sided: how likely so uneven a split is by chance. */
  readonly p: number;
}

/** A group of samples, and how much better B is there. */
export interface GroupDifference {
  readonly by: "language" | "kind" | "caret";
  readonly group: string;
  /** Mean of B − A of the flips' metric. */
  readonly difference: Interval;
}

/** What two runs differ in. B − A everywhere: positive where B is higher. */
export interface Comparison {
  /** Samples in both. */
  readonly samples: number;
  readonly onlyInA: Unpaired;
  readonly onlyInB: Unpaired;
  readonly metrics: Readonly<Record<string, MetricDifference>>;
  readonly rawMetrics: Readonly<Record<string, MetricDifference>>;
  /** Absent when the metric applies to no sample. */
  readonly flips?: Flips;
  /** Differences by group and metric. */
  readonly byLanguage: Readonly<Record<string, Intervals>>;
  readonly byKind: Readonly<Record<string, Intervals>>;
  readonly byCaret: Readonly<Record<string, Intervals>>;
  /** Groups whose whole interval is below 0, the worst first. One in forty groups is here by chance. */
  readonly worse: readonly GroupDifference[];
  /** Samples that flipped, the same ones for the same samples in whatever order. */
  readonly examples: { readonly rightToWrong: readonly RecordPair[]; readonly wrongToRight: readonly RecordPair[] };
  readonly bootstrap: BootstrapOptions & { readonly confidence: number };
}

export interface CompareOptions {
  readonly bootstrap?: BootstrapOptions;
  /** Metric that says what is right. Default `exactMatch`. */
  readonly rightBy?: string;
  /** Compare what is in both, though one run has more. Default false. */
  readonly allowsUnpaired?: boolean;
  /** Most examples in either direction. Default 10. */
  readonly examples?: number;
}

/** Ids that an error or a summary names. */
const namedIds = 5;

/**
 * Compares two runs. Both are read once, side by side; runs in the same order take no memory, others hold what waits for
 * its counterpart.
 *
 * @throws {ComparisonError} when a run has an id twice, when nothing is in both, when the same id has different truths,
 * and, unless allowed, when a sample is in one run only
 */
export async function compareRuns(
  a: AsyncIterable<SampleRecord> | Iterable<SampleRecord>,
  b: AsyncIterable<SampleRecord> | Iterable<SampleRecord>,
  { bootstrap = defaultBootstrap, rightBy = "exactMatch", allowsUnpaired = false, examples = 10 }: CompareOptions = {},
): Promise<Comparison> {
  const builder = new ComparisonBuilder(bootstrap, rightBy, examples);
  const { onlyInA, onlyInB } = await join(a, b, (pair) => builder.add(pair));
  if (builder.samples === 0) {
    throw new ComparisonError(
      "The two runs have no sample in common. Compare runs of the same dataset, seed and limit.",
    );
  }
  if (!allowsUnpaired && onlyInA.count + onlyInB.count > 0) {
    throw new ComparisonError(
      `The two runs are not of the same samples: ${describe("A", onlyInA)}, ${describe("B", onlyInB)}. ` +
        "Finish both with the same dataset, seed and limit, or allow unpaired samples.",
    );
  }
  return { ...builder.build(), onlyInA, onlyInB };
}

function describe(run: string, { count, examples }: Unpaired): string {
  const named = examples.length === 0 ? "" : ` (${examples.join(", ")}${count > examples.length ? ", …" : ""})`;
  return `${count} only in ${run}${named}`;
}

/** Brings together the records with the same id. */
async function join(
  a: AsyncIterable<SampleRecord> | Iterable<SampleRecord>,
  b: AsyncIterable<SampleRecord> | Iterable<SampleRecord>,
  onPair: (pair: RecordPair) => void,
): Promise<{ readonly onlyInA: Unpaired; readonly onlyInB: Unpaired }> {
  const sides = [createSide("A", a), createSide("B", b)] as const;
  while (!sides[0].isDone || !sides[1].isDone) {
    for (const [own, other] of [sides, [sides[1], sides[0]]] as const) {
      const record = await own.next();
      if (record === undefined) continue;
      if (own.waiting.has(record.id)) {
        throw new ComparisonError(`Run ${own.name} has the id ${record.id} twice. Evaluate it again.`);
      }
      const counterpart = other.waiting.get(record.id);
      if (counterpart === undefined) {
        own.waiting.set(record.id, record);
      } else {
        other.waiting.delete(record.id);
        onPair(own === sides[0] ? { a: record, b: counterpart } : { a: counterpart, b: record });
      }
    }
  }
  return { onlyInA: unpairedOf(sides[0]), onlyInB: unpairedOf(sides[1]) };
}

function unpairedOf({ waiting }: Side): Unpaired {
  return { count: waiting.size, examples: [...waiting.keys()].slice(0, namedIds) };
}

/** One of the runs as it is being read. */
interface Side {
  readonly name: string;
  /** Records whose counterparts have not come yet. */
  readonly waiting: Map<string, SampleRecord>;
  readonly isDone: boolean;
  next(): Promise<SampleRecord | undefined>;
}

function createSide(name: string, records: AsyncIterable<SampleRecord> | Iterable<SampleRecord>): Side {
  const iterator = Symbol.asyncIterator in records ? records[Symbol.asyncIterator]() : records[Symbol.iterator]();
  let isDone = false;
  return {
    name,
    waiting: new Map(),
    get isDone() {
      return isDone;
    },
    async next() {
      const result = isDone ? undefined : await iterator.next();
      isDone = result?.done ?? true;
      return result?.done === true ? undefined : result?.value;
    },
  };
}

/** Both means of a metric and their difference. */
class Differences {
  readonly #differences: MetricMeans;
  readonly #sums = new Map<string, { a: number; b: number; n: number }>();

  constructor(weights: ClusterWeights) {
    this.#differences = new MetricMeans(weights);
  }

  /** @returns the differences of what applies in both */
  add(
    pair: RecordPair,
    a: Readonly<Record<string, number>>,
    b: Readonly<Record<string, number>>,
  ): Record<string, number> {
    const differences: Record<string, number> = {};
    for (const name in a) {
      const [inA, inB] = [a[name], b[name]];
      if (inA === undefined || inB === undefined) continue;
      differences[name] = inB - inA;
      const sums = this.#sums.get(name) ?? { a: 0, b: 0, n: 0 };
      sums.a += inA;
      sums.b += inB;
      sums.n++;
      this.#sums.set(name, sums);
    }
    this.#differences.add(pair.a, differences);
    return differences;
  }

  build(): Record<string, MetricDifference> {
    return Object.fromEntries(
      Object.entries(this.#differences.intervals()).map(([name, difference]) => {
        const { a, b, n } = this.#sums.get(name) ?? { a: 0, b: 0, n: 1 };
        return [name, { a: a / n, b: b / n, difference }];
      }),
    );
  }
}

/** Some of the pairs, chosen by a hash of their ids: those with the smallest. */
class PairSample {
  readonly #size: number;
  #kept: { readonly rank: number; readonly pair: RecordPair }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get pairs(): readonly RecordPair[] {
    return this.#kept.map(({ pair }) => pair);
  }

  add(pair: RecordPair): void {
    const [high] = hashToPair(pair.a.id, 0);
    this.#kept.push({ rank: high >>> 0, pair });
    this.#kept.sort((one, other) => one.rank - other.rank || (one.pair.a.id < other.pair.a.id ? -1 : 1));
    this.#kept = this.#kept.slice(0, this.#size);
  }
}

/** Collects pairs. */
class ComparisonBuilder {
  samples = 0;
  readonly #bootstrap: BootstrapOptions;
  readonly #rightBy: string;
  readonly #metrics: Differences;
  readonly #rawMetrics: Differences;
  readonly #byLanguage: GroupedMeans;
  readonly #byKind: GroupedMeans;
  readonly #byCaret: GroupedMeans;
  readonly #rightToWrong: BootstrapMean;
  readonly #wrongToRight: BootstrapMean;
  readonly #rightToWrongExamples: PairSample;
  readonly #wrongToRightExamples: PairSample;
  #rightToWrongCount = 0;
  #wrongToRightCount = 0;

  constructor(bootstrap: BootstrapOptions, rightBy: string, examples: number) {
    const weights = new ClusterWeights(bootstrap);
    this.#bootstrap = bootstrap;
    this.#rightBy = rightBy;
    this.#metrics = new Differences(weights);
    this.#rawMetrics = new Differences(weights);
    this.#byLanguage = new GroupedMeans(weights);
    this.#byKind = new GroupedMeans(weights);
    this.#byCaret = new GroupedMeans(weights);
    this.#rightToWrong = new BootstrapMean(weights);
    this.#wrongToRight = new BootstrapMean(weights);
    this.#rightToWrongExamples = new PairSample(examples);
    this.#wrongToRightExamples = new PairSample(examples);
  }

  add(pair: RecordPair): void {
    const { a, b } = pair;
    if (a.truth !== b.truth) {
      throw new ComparisonError(
        `${a.id} has another truth in A than in B: the dataset changed in between. Evaluate both on the same files.`,
      );
    }
    this.samples++;
    const differences = this.#metrics.add(pair, a.metrics, b.metrics);
    this.#rawMetrics.add(pair, a.rawMetrics, b.rawMetrics);
    this.#byLanguage.add(a.languageId, a, differences);
    this.#byKind.add(a.kind, a, differences);
    this.#byCaret.add(a.caret, a, differences);
    const [inA, inB] = [a.metrics[this.#rightBy], b.metrics[this.#rightBy]];
    if (inA === undefined || inB === undefined) {
      return;
    }
    const gotWorse = inA === 1 && inB !== 1;
    const gotBetter = inA !== 1 && inB === 1;
    this.#rightToWrong.add(a, Number(gotWorse));
    this.#wrongToRight.add(a, Number(gotBetter));
    if (gotWorse) {
      this.#rightToWrongCount++;
      this.#rightToWrongExamples.add(pair);
    }
    if (gotBetter) {
      this.#wrongToRightCount++;
      this.#wrongToRightExamples.add(pair);
    }
  }

  build(): Omit<Comparison, "onlyInA" | "onlyInB"> {
    const [byLanguage, byKind, byCaret] = [this.#byLanguage, this.#byKind, this.#byCaret].map((means) =>
      means.intervals(),
    ) as [Comparison["byLanguage"], Comparison["byKind"], Comparison["byCaret"]];
    const flips = this.#flips();
    return {
      samples: this.samples,
      metrics: this.#metrics.build(),
      rawMetrics: this.#rawMetrics.build(),
      ...(flips && { flips }),
      byLanguage,
      byKind,
      byCaret,
      worse: [
        ...this.#worseOf("language", byLanguage),
        ...this.#worseOf("kind", byKind),
        ...this.#worseOf("caret", byCaret),
      ].sort((one, other) => one.difference.value - other.difference.value),
      examples: { rightToWrong: this.#rightToWrongExamples.pairs, wrongToRight: this.#wrongToRightExamples.pairs },
      bootstrap: { ...this.#bootstrap, confidence },
    };
  }

  #flips(): Flips | undefined {
    const rightToWrong = this.#rightToWrong.interval();
    const wrongToRight = this.#wrongToRight.interval();
    if (rightToWrong === undefined || wrongToRight === undefined) {
      return undefined;
    }
    return {
      metric: this.#rightBy,
      rightToWrong: { count: this.#rightToWrongCount, share: rightToWrong },
      wrongToRight: { count: this.#wrongToRightCount, share: wrongToRight },
      p: mcNemarExact(this.#rightToWrongCount, this.#wrongToRightCount),
    };
  }

  *#worseOf(by: GroupDifference["by"], groups: Readonly<Record<string, Intervals>>): Generator<GroupDifference> {
    for (const [group, intervals] of Object.entries(groups)) {
      const difference = intervals[this.#rightBy];
      if (difference !== undefined && difference.high < 0) {
        yield { by, group, difference };
      }
    }
  }
}
