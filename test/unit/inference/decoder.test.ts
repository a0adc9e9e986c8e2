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
  vocabularySize: 2,
  horizonOutputs: false,
  precedingTokens: 0,
  prefillChunkTokens: 100,
};

const prompt = Array.from({ length: 800 }, (_, index) => index);

/** A decoder whose run of this number is what a cancellation arrives during. */
function cancelledDuring(run: number) {
  const { port1: server, port2: process } = new MessageChannel();
  const controller = new AbortController();
  process.on("message", () => controller.abort());
  let runs = 0;
  const decoder = new Decoder(model, async (tokens, _cache, predictions) => {
    // As ONNX Runtime does: a turn of the event loop, then the work.
    await new Promise((resolve) => setImmediate(resolve));
    runs++;
    if (runs === run) server.postMessage("cancel");
    const delta = { key: new Float32Array(tokens.length), value: new Float32Array(tokens.length) };
    return { deltas: [delta], logits: new Float32Array(2 * predictions), horizon: new Float32Array() };
  });
  return { decoder, signal: controller.signal, runs: () => runs, close: () => process.close() };
}

describe("a cancellation that comes while a run keeps the event loop from turning", () => {
  it("lets no other run begin while a prompt is read", async () => {
    const { decoder, signal, runs, close } = cancelledDuring(1);
    expect(await decoder.prefill(prompt, signal)).toBeUndefined();
    expect(runs()).toBe(1);
    expect(decoder.tokens).toHaveLength(100);
    close();
  });

  it("lets no other run begin while text is written", async () => {
    const { decoder, signal, runs, close } = cancelledDuring(8 + 3);
    await decoder.prefill(prompt, signal);
    const written: number[] = [];
    const onToken = ({ id }: { readonly id: number }): void => void written.push(id);
    expect(await decoder.decode({ maxTokens: 50, endIds: new Set(), signal, onToken })).toBe("cancelled");
    expect(runs()).toBe(8 + 3);
    expect(written).toHaveLength(3);
    close();
  });
});
