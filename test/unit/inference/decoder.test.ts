// Choosing tokens and reading the horizon; the decoder itself is tested with a real graph
// (test/integration/modelDecoder.test.ts).
import { describe, expect, it } from "vitest";
import { chooseGreedily, Decoder, readHorizon } from "../../../server/src/inference/decoder.js";

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

describe("decode", () => {
  const end = 0;
  const blank = 1;
  const word = 2;
  const shape = { layers: 1, keyValueHeads: 1, headSize: 1, maximumPositions: 64 };
  const model = { ...shape, vocabularySize: 3, horizonOutputs: false, prefillChunkTokens: 8 };

  /** A model that wants most of all to end, then to write what `second` says. */
  async function write(second: (length: number) => number, blankIds: ReadonlySet<number> | undefined) {
    const decoder = new Decoder(model, async (tokens, cache) => {
      const logits = Float32Array.of(3, 1, 1);
      logits[second(cache.length + tokens.length)] = 2;
      const rows = new Float32Array(tokens.length);
      return { deltas: [{ key: rows, value: rows }], logits, horizon: new Float32Array() };
    });
    const signal = new AbortController().signal;
    await decoder.prefill([2, 2], signal);
    const written: number[] = [];
    const onToken = ({ id }: { id: number }) => void written.push(id);
    const reason = await decoder.decode({ maxTokens: 5, endIds: new Set([end]), signal, onToken, blankIds });
    return { written, reason };
  }

  it("ends when the model wants to", async () => {
    expect(await write(() => word, undefined)).toEqual({ written: [], reason: "endOfMiddle" });
  });

  it("does not end while only white space is written, where text is needed", async () => {
    expect(await write((length) => (length < 4 ? blank : word), new Set([blank]))).toEqual({
      written: [blank, blank, word],
      reason: "endOfMiddle",
    });
  });

  it("stops at the budget when nothing but white space comes", async () => {
    expect(await write(() => blank, new Set([blank]))).toEqual({ written: Array(5).fill(blank), reason: "budget" });
  });
});
