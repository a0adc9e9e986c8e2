// What the model's confidence is worth.
import { expect, test } from "vitest";
import { ClusterWeights } from "../../../server/src/statistics/bootstrap.js";
import { Calibration } from "../../../server/src/statistics/calibration.js";
import { seededRandom } from "../../support/seededRandom.js";

function calibrationOf(samples: readonly (readonly [confidence: number, isRight: boolean])[]) {
  const calibration = new Calibration(new ClusterWeights());
  samples.forEach(([confidence, isRight], index) => {
    calibration.add({ id: `${index}`, cluster: `${index % 50}` }, confidence, isRight);
  });
  return calibration.summary();
}

test("worked by hand: two bins", () => {
  const summary = calibrationOf([
    [0.9, true],
    [0.95, false],
    [0.15, false],
    [1, true],
  ]);
  expect(summary?.brier.value).toBeCloseTo((0.01 + 0.9025 + 0.0225 + 0) / 4, 8);
  // |2 − 2.85| / 4 in the last bin, |0 − 0.15| / 4 in the second.
  expect(summary?.expectedCalibrationError.value).toBeCloseTo((0.85 + 0.15) / 4, 8);
  expect(summary?.bins.map(({ from, to, n }) => [from, to, n])).toEqual([
    [0.1, 0.2, 1],
    [0.9, 1, 3],
  ]);
  expect(summary?.bins[1]?.confidence).toBeCloseTo(0.95, 8);
  expect(summary?.bins[1]?.accuracy.value).toBeCloseTo(2 / 3, 8);
});

test("a model that says how often it is right is calibrated, one that is always sure is not", () => {
  const random = seededRandom(1);
  const confidences = Array.from({ length: 5000 }, () => random());
  const honest = calibrationOf(confidences.map((confidence) => [confidence, random() < confidence]));
  expect(honest?.expectedCalibrationError.value).toBeLessThan(0.03);
  // ∫ p (1 − p) dp = 1/6.
  expect(honest?.brier.value).toBeCloseTo(1 / 6, 1.9);
  expect(honest?.brier.low).toBeLessThan(1 / 6);
  expect(honest?.brier.high).toBeGreaterThan(1 / 6);
  const sure = calibrationOf(confidences.map((confidence) => [1, random() < confidence]));
  expect(sure?.expectedCalibrationError.value).toBeCloseTo(0.5, 1.5);
  expect(sure?.bins).toHaveLength(1);
});

test("nothing to say without samples", () => {
  expect(calibrationOf([])).toBeUndefined();
});
