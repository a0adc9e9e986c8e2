// The decoder on the real graph, without a process between: chunks, cache and cancellation change nothing in what it
// computes.
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenGraph } from "../../server/src/inference/backends/onnx/graph.js";
import { Decoder, type DecoderModel } from "../../server/src/inference/decoder.js";
import { DraftLength } from "../../server/src/inference/draftLength.js";
import { promptLookup } from "../../server/src/inference/drafts.js";
import type { GeneratedToken } from "../../server/src/inference/generation.js";
import { type Manifest, readManifest } from "../../server/src/inference/manifest.js";
import { readTokenizer } from "../../server/src/inference/tokenizer.js";
import { graphKinds, modelDirectory, realCode } from "./modelSupport.js";

const never = new AbortController().signal;

interface Probe {
  readonly decoder: Decoder;
  /** Tokens of each run of the graph. */
  readonly runs: number[];
  /** The logits of the last run that computed any. */
  logits: Float32Array;
}

/** What a decoder writes, whatever the token: an end would make it shorter. */
async function write(decoder: Decoder, maxTokens = 12, signal = never): Promise<GeneratedToken[]> {
  const tokens: GeneratedToken[] = [];
  await decoder.decode({ maxTokens, endIds: new Set(), signal, onToken: (token) => tokens.push(token) });
  return tokens;
}

describe.each(graphKinds)("%s", (_, openGraphOf) => {
  let manifest: Manifest;
  let graph: OpenGraph;
  let codeIds: number[];

  beforeAll(async () => {
    manifest = await readManifest(modelDirectory);
    const model = { ...manifest.architecture, prefillChunkTokens: manifest.limits.prefillChunkTokens };
    graph = await openGraphOf(path.join(modelDirectory, manifest.files.weights.path), 2, model);
    const tokenizer = await readTokenizer(path.join(modelDirectory, manifest.files.tokenizer.path));
    codeIds = tokenizer.encode(realCode.slice(0, 20_000));
  });

  afterAll(() => graph.release());

  /** A decoder that notes what it runs. */
  function newDecoder(prefillChunkTokens: number, onRun: (runs: readonly number[]) => void = () => {}): Probe {
    const model: DecoderModel = { ...manifest.architecture, prefillChunkTokens };
    const probe: { -readonly [Key in keyof Probe]: Probe[Key] } = {
      runs: [],
      logits: new Float32Array(),
      decoder: new Decoder(model, async (tokens, cache, predictions) => {
        probe.runs.push(tokens.length);
        onRun(probe.runs);
        const result = await graph.run(tokens, cache, predictions);
        if (predictions > 0) probe.logits = result.logits.slice();
        return result;
      }),
    };
    return probe;
  }

  describe("prefill", () => {
    it.each([2, 7, 64, 100, 128, 256, 299])(
      "in chunks of %i computes exactly what it computes at once",
      async (chunk) => {
        const ids = codeIds.slice(0, 600);
        const whole = newDecoder(600);
        await whole.decoder.prefill(ids, never);
        const chunked = newDecoder(chunk);
        expect(await chunked.decoder.prefill(ids, never)).toEqual({ tokens: 600, reusedTokens: 0 });
        expect(whole.runs).toEqual([600]);
        expect(Math.max(...chunked.runs)).toBe(chunk);
        expect(chunked.logits).toEqual(whole.logits);
        expect(await write(chunked.decoder)).toEqual(await write(whole.decoder));
      },
    );

    it("never reads a single token where it can read two, and no chunk is too long", async () => {
      for (const length of [1, 2, 3, 64, 65, 66, 127, 128, 129, 130]) {
        const { decoder, runs } = newDecoder(64);
        await decoder.prefill(codeIds.slice(0, length), never);
        // A token that comes alone is computed beside a copy of itself.
        expect(runs.reduce((a, b) => a + b)).toBe(Math.max(2, length));
        expect(decoder.tokens).toHaveLength(length);
        expect(Math.max(...runs)).toBeLessThanOrEqual(64);
        expect(Math.min(...runs)).toBeGreaterThan(1);
      }
    });
  });

  describe("the cache", () => {
    it("reuses what a prompt has in common with the last one, with the same result as a cold start", async () => {
      const warm = newDecoder(128);
      const base = codeIds.slice(0, 500);
      await warm.decoder.prefill(base, never);
      // Typed on, typed over, gone back, and somewhere else altogether.
      const prompts: [number[], number][] = [
        [[...base, ...codeIds.slice(900, 905)], 500],
        [[...base.slice(0, 480), ...codeIds.slice(1000, 1030)], 480],
        [base.slice(0, 300), 298],
        [codeIds.slice(2000, 2300), 0],
      ];
      for (const [prompt, expectedReuse] of prompts) {
        expect(await warm.decoder.prefill(prompt, never)).toEqual({
          tokens: prompt.length,
          reusedTokens: expectedReuse,
        });
        const cold = newDecoder(128);
        await cold.decoder.prefill(prompt, never);
        expect(warm.logits).toEqual(cold.logits);
      }
    });

    it("keeps what was written too: going on from there reads two tokens alone", async () => {
      const { decoder, runs } = newDecoder(128);
      const prompt = codeIds.slice(0, 200);
      await decoder.prefill(prompt, never);
      const written = (await write(decoder, 10)).map((token) => token.id);
      expect(decoder.tokens).toEqual([...prompt, ...written]);
      const rest = await write(decoder, 5);

      runs.length = 0;
      const again = await decoder.prefill([...prompt, ...written], never);
      expect(again).toEqual({ tokens: 210, reusedTokens: 208 });
      expect(runs).toEqual([2]);
      const cold = newDecoder(128);
      await cold.decoder.prefill([...prompt, ...written], never);
      const coldRest = await write(cold.decoder, 5);
      expect((await write(decoder, 5)).map((token) => token.id)).toEqual(coldRest.map((token) => token.id));
      expect(rest.map((token) => token.id)).toEqual(coldRest.map((token) => token.id));
    });

    it("answers a prompt that it has just read without a run", async () => {
      const { decoder, runs } = newDecoder(128);
      const prompt = codeIds.slice(0, 100);
      await decoder.prefill(prompt, never);
      runs.length = 0;
      expect(await decoder.prefill(prompt, never)).toEqual({ tokens: 100, reusedTokens: 100 });
      expect(runs).toEqual([]);
    });
  });

  describe("cancellation", () => {
    it("takes effect after the chunk that is running, and leaves a cache that is right", async () => {
      const stop = new AbortController();
      const cancelled = newDecoder(64, (runs) => {
        if (runs.length === 3) stop.abort();
      });
      const prompt = codeIds.slice(0, 640);
      expect(await cancelled.decoder.prefill(prompt, stop.signal)).toBeUndefined();
      expect(cancelled.runs).toEqual([64, 64, 64]);
      expect(cancelled.decoder.tokens).toEqual(prompt.slice(0, 192));

      expect(await cancelled.decoder.prefill(prompt, never)).toEqual({ tokens: 640, reusedTokens: 192 });
      const cold = newDecoder(64);
      await cold.decoder.prefill(prompt, never);
      expect(cancelled.logits).toEqual(cold.logits);
    });

    it("takes effect after the decode step that is running", async () => {
      const stop = new AbortController();
      const { decoder, runs } = newDecoder(128);
      await decoder.prefill(codeIds.slice(0, 50), never);
      const tokens: GeneratedToken[] = [];
      const end = await decoder.decode({
        maxTokens: 100,
        endIds: new Set(),
        signal: stop.signal,
        onToken: (token) => {
          if (tokens.push(token) === 4) stop.abort();
        },
      });
      expect(end).toBe("cancelled");
      expect(tokens).toHaveLength(4);
      expect(runs).toEqual([50, 2, 2, 2, 2]);
      expect(decoder.tokens).toHaveLength(54);
    });
  });

  describe("decode", () => {
    it("ends at an end token, which is no part of the text", async () => {
      const { decoder } = newDecoder(128);
      const prompt = codeIds.slice(0, 300);
      await decoder.prefill(prompt, never);
      const written = await write(decoder, 20);
      const end = written.at(-1)?.id as number;
      const before = written.slice(
        0,
        written.findIndex((token) => token.id === end),
      );

      await decoder.prefill(prompt, never);
      const tokens: GeneratedToken[] = [];
      const reason = await decoder.decode({
        maxTokens: 100,
        endIds: new Set([end]),
        signal: never,
        onToken: (token) => tokens.push(token),
      });
      expect(reason).toBe("endOfMiddle");
      expect(tokens.map((token) => token.id)).toEqual(before.map((token) => token.id));
    });

    it("says of each token how probable it was and how much is still to come", async () => {
      const { decoder } = newDecoder(128);
      await decoder.prefill(codeIds.slice(0, 300), never);
      for (const token of await write(decoder, 20)) {
        expect(token.logProbability).toBeLessThanOrEqual(0);
        // Greedy: the most probable of all tokens has at least the average probability.
        expect(token.logProbability).toBeGreaterThanOrEqual(-Math.log(manifest.architecture.vocabularySize));
        if (!manifest.architecture.horizonOutputs) continue;
        expect(token.horizon?.fraction).toBeGreaterThanOrEqual(0);
        expect(token.horizon?.fraction).toBeLessThanOrEqual(1);
        expect(token.horizon?.remainingTokens).toBeGreaterThanOrEqual(0);
      }
    });

    it("writes exactly the same with drafts, in fewer runs", async () => {
      const prompts = [300, 700, 1100, 2000, 3000].map((start) => codeIds.slice(start, start + 400));
      let plainRuns = 0;
      let draftedRuns = 0;
      for (const prompt of prompts) {
        const plain = newDecoder(128);
        await plain.decoder.prefill(prompt, never);
        plain.runs.length = 0;
        const expected = await write(plain.decoder, 30);
        plainRuns += plain.runs.length;
        const drafted = newDecoder(128);
        await drafted.decoder.prefill(prompt, never);
        drafted.runs.length = 0;
        const tokens: GeneratedToken[] = [];
        await drafted.decoder.decode({
          maxTokens: 30,
          endIds: new Set(),
          signal: never,
          onToken: (token) => tokens.push(token),
          drafts: { source: promptLookup, length: new DraftLength() },
        });
        draftedRuns += drafted.runs.length;
        expect(tokens).toEqual(expected);
        expect(drafted.decoder.tokens).toEqual(plain.decoder.tokens);
      }
      expect(draftedRuns).toBeLessThan(plainRuns);
    });

    it("refuses to begin without a prompt", async () => {
      await expect(write(newDecoder(128).decoder)).rejects.toThrow(/prefill/);
    });

    it("fills the model's last position and not one more", async () => {
      const { maximumPositions } = manifest.architecture;
      const { decoder } = newDecoder(512);
      const ids = Array.from({ length: maximumPositions - 3 }, (_, index) => codeIds[index % codeIds.length] as number);
      await decoder.prefill(ids, never);
      expect(await write(decoder, 3)).toHaveLength(3);
      await expect(write(decoder, 1)).rejects.toThrow(RangeError);
    });
  });
});
