// Tokens that are drawn: by their probabilities, and the same ones for the same seed.
import { describe, expect, it } from "vitest";
import { createSampler } from "../../../server/src/inference/sampler.js";

const logits = Float32Array.from([0.7, 0.2, 0.1].map(Math.log));

function draw(temperature: number, seed: number, count: number): number[] {
  const sample = createSampler({ temperature, seed });
  return Array.from({ length: count }, () => sample(logits).id);
}

describe("a sampler", () => {
  it("draws the same for the same seed", () => {
    expect(draw(1, 5, 50)).toEqual(draw(1, 5, 50));
    expect(draw(1, 5, 50)).not.toEqual(draw(1, 6, 50));
  });

  it("draws by the probabilities, sharper at a low temperature", () => {
    const share = (ids: number[]) => ids.filter((id) => id === 0).length / ids.length;
    expect(share(draw(1, 1, 5000))).toBeCloseTo(0.7, 1);
    expect(share(draw(0.2, 1, 5000))).toBeGreaterThan(0.97);
  });

  it("tells the model's own probability, at any temperature", () => {
    const { id, logProbability } = createSampler({ temperature: 0.01, seed: 1 })(logits);
    expect(id).toBe(0);
    expect(logProbability).toBeCloseTo(Math.log(0.7));
  });

  it("refuses logits that are no numbers", () => {
    expect(() => createSampler({ temperature: 1, seed: 1 })(Float32Array.from([Number.NaN]))).toThrow(
      /no finite logit/,
    );
  });
});
