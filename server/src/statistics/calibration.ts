// Does the model's confidence say how often it is right? Brier's score, expected calibration error, and what a
// reliability diagram shows.
import {
  BootstrapMean,
  BootstrapSums,
  type ClusterWeights,
  type Figure,
  type Interval,
  type SamplePlace,
} from "./bootstrap.js";

/** Bins of equal width over [0, 1], as in Guo et al. (arXiv 1706.04599) with 10 in place of their 15: runs are small. */
export const calibrationBins = 10;

/** One bin: samples with a confidence in [from, to), the last one with 1 too. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean confidence in the bin. */
  readonly confidence: number;
  /** Share of right answers in the bin, with its interval. */
  readonly accuracy: Interval;
}

export interface CalibrationSummary {
  /** Mean of (confidence − right)², in [0, 1]; 0.25 is what a constant 0.5 gets. */
  readonly brier: Interval;
  /**
   * Mean over samples of |accuracy − confidence| of their bin, in [0, 1]. Chance alone makes it positive, the more so the
   * fewer samples there are; its interval leans upwards for the same reason.
   */
  readonly expectedCalibrationError: Interval;
  /** Bins that have samples. */
  readonly bins: readonly CalibrationBin[];
}

/** Columns per bin: samples, sum of confidences, right answers. */
const columns = 3;

/** Collects confidences and whether they were right. */
export class Calibration {
  readonly #bins: BootstrapSums;
  readonly #brier: BootstrapMean;

  constructor(weights: ClusterWeights) {
    this.#bins = new BootstrapSums(weights, columns * calibrationBins);
    this.#brier = new BootstrapMean(weights);
  }

  /** @param confidence in [0, 1] */
  add(place: SamplePlace, confidence: number, isRight: boolean): void {
    const right = Number(isRight);
    const bin = Math.min(calibrationBins - 1, Math.floor(confidence * calibrationBins));
    this.#bins.add(place, [
      [bin * columns, 1],
      [bin * columns + 1, confidence],
      [bin * columns + 2, right],
    ]);
    this.#brier.add(place, (confidence - right) ** 2);
  }

  /** Undefined without samples. */
  summary(): CalibrationSummary | undefined {
    const brier = this.#brier.interval();
    const expectedCalibrationError = this.#bins.interval(calibrationError);
    if (brier === undefined || expectedCalibrationError === undefined) {
      return undefined;
    }
    const { totals } = this.#bins;
    const bins: CalibrationBin[] = [];
    for (let bin = 0; bin < calibrationBins; bin++) {
      const [count, confidences, right] = [bin * columns, bin * columns + 1, bin * columns + 2];
      const n = totals[count] ?? 0;
      const accuracy = this.#bins.interval(
        (sumOf) => (sumOf(count) === 0 ? undefined : sumOf(right) / sumOf(count)),
        n,
      );
      if (accuracy !== undefined) {
        const [from, to] = [bin / calibrationBins, (bin + 1) / calibrationBins];
        bins.push({ from, to, n, confidence: (totals[confidences] ?? 0) / n, accuracy });
      }
    }
    return { brier, expectedCalibrationError, bins };
  }
}

const calibrationError: Figure = (sumOf) => {
  let samples = 0;
  let error = 0;
  for (let bin = 0; bin < calibrationBins; bin++) {
    samples += sumOf(bin * columns);
    error += Math.abs(sumOf(bin * columns + 2) - sumOf(bin * columns + 1));
  }
  return samples === 0 ? undefined : error / samples;
};
