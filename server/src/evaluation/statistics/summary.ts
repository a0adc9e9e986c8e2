// The contents of summary.json, from samples and timings that come one by one.

import {
  BootstrapMean,
  type BootstrapOptions,
  ClusterWeights,
  confidence,
  defaultBootstrap,
  type Interval,
} from "../../statistics/bootstrap.js";
import { Calibration, type CalibrationSummary } from "../../statistics/calibration.js";
import { LatencyHistogram, type LatencySummary } from "../../statistics/latency.js";
import { GroupedMeans, type Intervals, MetricMeans, sortedEntries } from "../../statistics/metricMeans.js";
import type { SampleRecord, SampleTimings } from "../hole.js";
import { confidenceOf } from "../metrics/brier.js";

/** The stages of which times are collected. */
export const latencyStages = ["firstLine", "prompt", "prefill", "decode", "total"] as const;
export type LatencyStage = (typeof latencyStages)[number];

/** Samples that failed in one way. */
export interface FailureCount {
  readonly count: number;
  /** Of all samples, in [0, 1]. */
  readonly share: number;
}

/** What a run comes to. Everything but `latency` is the same for the same samples, in whatever order they came. */
export interface EvaluationSummary {
  readonly samples: number;
  /** Samples on which the model failed; they count as wrong, empty answers. */
  readonly errors: number;
  /** What is shown, by metric. `expectedCalibrationError` is one of them. */
  readonly metrics: Intervals;
  /** What the model wrote, before any filter. */
  readonly rawMetrics: Intervals;
  readonly byLanguage: Readonly<Record<string, Intervals>>;
  readonly byKind: Readonly<Record<string, Intervals>>;
  readonly byCaret: Readonly<Record<string, Intervals>>;
  /** Absent when no sample has a probability. */
  readonly calibration?: CalibrationSummary;
  /** Absent for a model without horizons. */
  readonly horizon?: { readonly fractionError?: Interval; readonly tokensError?: Interval };
  /** By stage, milliseconds; a stage without times is absent. */
  readonly latency: Readonly<Partial<Record<LatencyStage, LatencySummary>>>;
  /** Share of the prompts' tokens that were in the cache already; absent without prompts. */
  readonly tokensReused?: Interval;
  /** By Code4Me's kinds, the most frequent first. */
  readonly failures: Readonly<Record<string, FailureCount>>;
  /** How the intervals were made. */
  readonly bootstrap: BootstrapOptions & { readonly confidence: number };
}

/** Collects a run. Its memory grows with the number of metrics and groups, not with that of samples. */
export class SummaryBuilder {
  readonly #weights: ClusterWeights;
  readonly #metrics: MetricMeans;
  readonly #rawMetrics: MetricMeans;
  readonly #byLanguage: GroupedMeans;
  readonly #byKind: GroupedMeans;
  readonly #byCaret: GroupedMeans;
  readonly #calibration: Calibration;
  readonly #reused: BootstrapMean;
  readonly #latency = new Map(latencyStages.map((stage) => [stage, new LatencyHistogram()]));
  readonly #failures = new Map<string, number>();
  #samples = 0;
  #errors = 0;

  constructor(options: BootstrapOptions = defaultBootstrap) {
    this.#weights = new ClusterWeights(options);
    this.#metrics = new MetricMeans(this.#weights);
    this.#rawMetrics = new MetricMeans(this.#weights);
    this.#byLanguage = new GroupedMeans(this.#weights);
    this.#byKind = new GroupedMeans(this.#weights);
    this.#byCaret = new GroupedMeans(this.#weights);
    this.#calibration = new Calibration(this.#weights);
    this.#reused = new BootstrapMean(this.#weights);
  }

  /** Adds a line of samples.jsonl. */
  addSample(record: SampleRecord): void {
    const { metrics } = record;
    this.#samples++;
    if (record.error !== undefined) this.#errors++;
    this.#metrics.add(record, metrics);
    this.#rawMetrics.add(record, record.rawMetrics);
    this.#byLanguage.add(record.languageId, record, metrics);
    this.#byKind.add(record.kind, record, metrics);
    this.#byCaret.add(record.caret, record, metrics);
    if (record.meanLogProbability !== undefined && metrics.exactMatch !== undefined) {
      this.#calibration.add(record, confidenceOf(record.meanLogProbability), metrics.exactMatch === 1);
    }
    if (record.promptTokens > 0) {
      this.#reused.add(record, record.reusedTokens / record.promptTokens, record.promptTokens);
    }
    if (record.failure !== undefined) {
      this.#failures.set(record.failure, (this.#failures.get(record.failure) ?? 0) + 1);
    }
  }

  /** Adds a line of timings.jsonl. */
  addTimings(timings: SampleTimings): void {
    for (const [stage, histogram] of this.#latency) {
      histogram.add(timings[stage]);
    }
  }

  /** The summary of what was added; more may be added afterwards. */
  build(): EvaluationSummary {
    const metrics = this.#metrics.intervals();
    const calibration = this.#calibration.summary();
    const tokensReused = this.#reused.interval();
    const { horizonFractionError: fractionError, horizonTokensError: tokensError } = metrics;
    return {
      samples: this.#samples,
      errors: this.#errors,
      metrics: {
        ...metrics,
        ...(calibration && { expectedCalibrationError: calibration.expectedCalibrationError }),
      },
      rawMetrics: this.#rawMetrics.intervals(),
      byLanguage: this.#byLanguage.intervals(),
      byKind: this.#byKind.intervals(),
      byCaret: this.#byCaret.intervals(),
      ...(calibration && { calibration }),
      ...((fractionError ?? tokensError) && {
        horizon: { ...(fractionError && { fractionError }), ...(tokensError && { tokensError }) },
      }),
      latency: this.#latencies(),
      ...(tokensReused && { tokensReused }),
      failures: this.#failureCounts(),
      bootstrap: { ...this.#weights.options, confidence },
    };
  }

  #latencies(): EvaluationSummary["latency"] {
    const latency: Partial<Record<LatencyStage, LatencySummary>> = {};
    for (const [stage, histogram] of this.#latency) {
      const summary = histogram.summary();
      if (summary !== undefined) {
        latency[stage] = summary;
      }
    }
    return latency;
  }

  #failureCounts(): EvaluationSummary["failures"] {
    return Object.fromEntries(
      sortedEntries(this.#failures)
        .sort(([, one], [, other]) => other - one)
        .map(([kind, count]) => [kind, { count, share: count / this.#samples }]),
    );
  }
}
