// Choosing tokens and reading the horizon; decoding itself is tested with a real graph
// (test/integration/modelDecoder.test.ts).
import { describe, expect, it } from "vitest";
import { chooseGreedily } from "../../../server/src/inference/choice.js";
import { readHorizon } from "../../../server/src/inference/decode.js";

describe("chooseGreedily", () => {
  it("takes the most probable token and tells its log-probability", () => {
    const logits = Float32Array.of(1, 3, 2);
    const sum = Math.exp(1) + Math.exp(3) + Math.exp(2);
    const choice = chooseGreedily(logits);
    expect(choice.id).toBe(1);
    expect(choice.logProbability).toBeCloseTo(Math.log(Math.exp(3) / sum), 6);
  });

  it("takes the first of equals", () => {
    expect(chooseGreedily(Float32Array.of(0, 5, 5)).id).toBe(1);
  });

  it("stays exact where exponentials would overflow", () => {
    expect(chooseGreedily(Float32Array.of(1000, 999)).logProbability).toBeCloseTo(-Math.log(1 + Math.exp(-1)), 6);
    expect(chooseGreedily(Float32Array.of(-1e30, -1000)).logProbability).toBeCloseTo(0);
  });

  it("refuses logits without a number", () => {
    expect(() => chooseGreedily(Float32Array.of(Number.NaN, Number.NaN))).toThrow(RangeError);
    expect(() => chooseGreedily(new Float32Array())).toThrow(RangeError);
    expect(() => chooseGreedily(Float32Array.of(Number.POSITIVE_INFINITY, 0))).toThrow(RangeError);
  });
});

describe("readHorizon", () => {
  it("turns the second number from a logarithm into tokens", () => {
    expect(readHorizon(Float32Array.of(0.5, 3))).toEqual({ fraction: 0.5, remainingTokens: 7 });
  });

  it("keeps both in their ranges", () => {
    expect(readHorizon(Float32Array.of(1.5, -2))).toEqual({ fraction: 1, remainingTokens: 0 });
    expect(readHorizon(Float32Array.of(-0.25, 0))).toEqual({ fraction: 0, remainingTokens: 0 });
  });

  it("is undefined for a model without horizon", () => {
    expect(readHorizon(new Float32Array())).toBeUndefined();
  });
});
