// When a decoder hears that it is to stop; what it computes is tested with a real graph
// (test/integration/modelDecoder.test.ts).
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Decoder, type DecoderModel } from "../../../server/src/inference/decoder.js";

const model: DecoderModel = {
  layers: 1,
  keyValueHeads: 1,
  headSize: 1,
  maximumPositions: 1000,
  vocabularySize: 1,
  horizonOutputs: false,
  precedingTokens: 0,
  prefillChunkTokens: 100,
};

describe("a decoder that reads a prompt", () => {
  it("begins no run when the cancellation has come while the one before kept the event loop from turning", async () => {
    const { port1: server, port2: process } = new MessageChannel();
    const controller = new AbortController();
    process.on("message", () => controller.abort());
    let runs = 0;
    const decoder = new Decoder(model, async (tokens) => {
      // As ONNX Runtime does: a turn of the event loop, then the work.
      await new Promise((resolve) => setImmediate(resolve));
      runs++;
      server.postMessage("cancel");
      const delta = { key: new Float32Array(tokens.length), value: new Float32Array(tokens.length) };
      return { deltas: [delta], logits: new Float32Array(), horizon: new Float32Array() };
    });
    const prompt = Array.from({ length: 800 }, (_, index) => index);
    expect(await decoder.prefill(prompt, controller.signal)).toBeUndefined();
    expect(runs).toBe(1);
    expect(decoder.tokens).toHaveLength(100);
    process.close();
  });
});
