import { expect, test } from "vitest";
import { exponentialSum } from "../../../server/src/inference/exponentialSum.js";
import { seededRandom } from "../../support/seededRandom.js";

test.each([0.01, 1, 10, 40, 1000])("is the sum of exponentials, where logits lie within %d", (range) => {
  const random = seededRandom(7);
  const logits = Float32Array.from({ length: 8192 }, () => range * random() - 3);
  const largest = Math.max(...logits);
  const exact = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  expect(Math.abs(exponentialSum(logits, largest) / exact - 1)).toBeLessThan(1e-7);
});

test("tokens that must not be chosen add nothing", () => {
  expect(exponentialSum(Float32Array.of(Number.NEGATIVE_INFINITY, 2, Number.NEGATIVE_INFINITY, 2), 2)).toBe(2);
});
