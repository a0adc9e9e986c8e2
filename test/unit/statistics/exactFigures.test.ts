// Two figures with closed forms, against SciPy 1.17.1 (binomtest) and the reference code of the HumanEval paper (NumPy).
import { expect, test } from "vitest";
import { mcNemarExact } from "../../../server/src/statistics/mcNemar.js";
import { passAtK } from "../../../server/src/statistics/passAtK.js";

test.each([
  [0, 0, 1],
  [1, 0, 1.0],
  [5, 1, 0.21875],
  [10, 2, 0.03857421875],
  [25, 25, 1.0],
  [40, 20, 0.01348929373119186],
  [300, 400, 0.0001784763144856244],
  [121, 59, 4.4344492637551645e-6],
  [5000, 6000, 1.5489950994864605e-21],
])("McNemar's p of %i and %i flips", (oneWay, otherWay, p) => {
  expect(mcNemarExact(oneWay, otherWay) / p).toBeCloseTo(1, 9);
  expect(mcNemarExact(otherWay, oneWay)).toBe(mcNemarExact(oneWay, otherWay));
});

test.each([
  [10, 0, 1, 0.0],
  [10, 3, 1, 0.30000000000000004],
  [10, 3, 5, 0.9166666666666666],
  [200, 50, 10, 0.9479063705959571],
  [200, 13, 100, 0.9999194971988055],
  [5, 5, 5, 1.0],
  [10, 8, 5, 1.0],
])("of %i answers %i are right: pass@%i", (answers, right, k, expected) => {
  expect(passAtK(answers, right, k)).toBeCloseTo(expected, 12);
});

test("pass@k needs k answers", () => {
  expect(() => passAtK(3, 1, 5)).toThrow(/draw at least 5/);
  expect(() => passAtK(3, 4, 1)).toThrow(RangeError);
});
