// The intervals: do they cover the truth, and do they depend on nothing but the samples?
import { describe, expect, test } from "vitest";
import { BootstrapMean, ClusterWeights, type Interval } from "../../../server/src/statistics/bootstrap.js";
import { MetricMeans } from "../../../server/src/statistics/metricMeans.js";
import { seededRandom } from "../../support/seededRandom.js";

interface Score {
  readonly id: string;
  readonly cluster: string;
  readonly score: number;
}

function intervalOf(scores: readonly Score[], seed = 1, replicates = 1000): Interval | undefined {
  const mean = new BootstrapMean(new ClusterWeights({ seed, replicates }));
  for (const score of scores) {
    mean.add(score, score.score);
  }
  return mean.interval();
}

/** Clusters of one to five samples that tend to be right or wrong together, with a rate of `rate` over all. */
function simulate(random: () => number, clusters: number, rate: number): Score[] {
  const scores: Score[] = [];
  for (let cluster = 0; cluster < clusters; cluster++) {
    // Twice as likely to be right as the mean, or never.
    const own = random() < 0.5 ? 2 * rate : 0;
    const size = 1 + Math.floor(random() * 5);
    for (let index = 0; index < size; index++) {
      scores.push({ id: `${cluster}:${index}`, cluster: `file${cluster}`, score: Number(random() < own) });
    }
  }
  return scores;
}

describe("coverage", () => {
  test("a 95% interval holds the truth in 92 to 98% of 500 runs", () => {
    const random = seededRandom(7);
    const rate = 0.3;
    let covered = 0;
    for (let run = 0; run < 500; run++) {
      const interval = intervalOf(simulate(random, 100, rate), run, 400);
      if (interval !== undefined && interval.low <= rate && rate <= interval.high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(460);
    expect(covered).toBeLessThanOrEqual(490);
  });

  test("samples of one file are no independent evidence", () => {
    const scores = simulate(seededRandom(3), 60, 0.4);
    const byFile = intervalOf(scores) as Interval;
    const bySample = intervalOf(scores.map((score) => ({ ...score, cluster: score.id }))) as Interval;
    expect(byFile.value).toBe(bySample.value);
    expect(byFile.high - byFile.low).toBeGreaterThan(1.15 * (bySample.high - bySample.low));
  });
});

describe("the same samples", () => {
  const scores = simulate(seededRandom(11), 80, 0.35).map((score, index) => ({
    ...score,
    score: score.score / 3 + index / 7e3,
  }));

  test("in any order, and from shards, give the very same interval", () => {
    const whole = intervalOf(scores);
    const shards = [0, 1, 2].map((shard) => scores.filter((_, index) => index % 3 === shard));
    expect(intervalOf(shards.flat())).toEqual(whole);
    expect(intervalOf(scores.toReversed())).toEqual(whole);
    expect(whole?.n).toBe(scores.length);
  });

  test("another seed gives another interval, about the same", () => {
    const [one, other] = [intervalOf(scores, 1), intervalOf(scores, 2)] as [Interval, Interval];
    expect(other.value).toBe(one.value);
    expect(other.low).not.toBe(one.low);
    expect(Math.abs(other.low - one.low)).toBeLessThan(0.2 * (one.high - one.low));
  });

  test("an interval may be asked for in between", () => {
    const mean = new BootstrapMean(new ClusterWeights());
    for (const score of scores) {
      mean.add(score, score.score);
      if (score.id.endsWith(":0")) mean.interval();
    }
    expect(mean.interval()).toEqual(intervalOf(scores));
  });
});

describe("few samples", () => {
  test("none: no figure", () => {
    expect(intervalOf([])).toBeUndefined();
  });

  test("one: no width, there is nothing to tell it from", () => {
    expect(intervalOf([{ id: "1", cluster: "a", score: 1 }])).toEqual({ value: 1, low: 1, high: 1, n: 1 });
  });

  test("all of one file: the samples are resampled, the interval is no point", () => {
    const scores = Array.from({ length: 40 }, (_, index) => ({ id: `${index}`, cluster: "only", score: index % 2 }));
    const interval = intervalOf(scores) as Interval;
    expect(interval.value).toBe(0.5);
    expect(interval.low).toBeLessThan(0.42);
    expect(interval.high).toBeGreaterThan(0.58);
    expect(interval.low).toBeGreaterThan(0.25);
    // As soon as there is a second file, files are.
    const two = intervalOf([...scores, ...scores.map((score) => ({ ...score, cluster: "other" }))]) as Interval;
    expect([two.low, two.high]).toEqual([0.5, 0.5]);
  });
});

test("the weights are Poisson(1), and independent between clusters", () => {
  const weights = new ClusterWeights({ seed: 5, replicates: 1000 });
  const clusters = Array.from({ length: 300 }, (_, index) => weights.of(`src/file${index}.ts`));
  const all = clusters.flatMap((cluster) => [...cluster]);
  const mean = all.reduce((sum, weight) => sum + weight, 0) / all.length;
  const variance = all.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / all.length;
  expect(mean).toBeCloseTo(1, 1.9);
  expect(variance).toBeCloseTo(1, 1.9);
  for (const [weight, probability] of [0.3679, 0.3679, 0.1839, 0.0613, 0.0153].entries()) {
    const share = all.filter((other) => other === weight).length / all.length;
    expect(Math.abs(share - probability), `weight ${weight}`).toBeLessThan(0.004);
  }
  const neighbours = clusters.slice(1).map((cluster, index) => {
    const before = clusters[index] as Float64Array;
    return (
      cluster.reduce((sum, weight, replicate) => sum + (weight - 1) * ((before[replicate] as number) - 1), 0) / 1000
    );
  });
  // Each is 0 ± 0.032.
  expect(Math.max(...neighbours.map(Math.abs))).toBeLessThan(0.15);
  expect(weights.of("src/file0.ts")).toEqual(clusters[0]);
});

test("a ratio of sums", () => {
  const mean = new BootstrapMean(new ClusterWeights());
  mean.add({ id: "1", cluster: "a" }, 30 / 100, 100);
  mean.add({ id: "2", cluster: "b" }, 50 / 60, 60);
  const interval = mean.interval();
  expect(interval?.value).toBeCloseTo(0.5, 9);
  expect(interval?.low).toBeCloseTo(0.3, 9);
  expect(interval?.high).toBeCloseTo(50 / 60, 9);
});

test("a metric that begins to apply late has the same interval as one on its own", () => {
  const scores = simulate(seededRandom(8), 40, 0.4);
  const weights = new ClusterWeights();
  const means = new MetricMeans(weights);
  const alone = new BootstrapMean(weights);
  scores.forEach((place, index) => {
    const applies = index >= 30 && index % 3 !== 0;
    means.add(place, { always: 1, ...(applies && { sometimes: place.score }) });
    if (applies) alone.add(place, place.score);
  });
  expect(means.intervals().sometimes).toEqual(alone.interval());
  expect(means.intervals().always).toEqual({ value: 1, low: 1, high: 1, n: scores.length });
});
