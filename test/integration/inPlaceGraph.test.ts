// The model through ONNX Runtime's C API: it computes what onnxruntime-node computes, and where it cannot be had, or its
// process died, the model runs by onnxruntime-node.
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import koffi from "koffi";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpenGraph, openGraph } from "../../server/src/inference/backends/onnx/graph.js";
import { findLibrary } from "../../server/src/inference/backends/onnxLibrary/openLibrary.js";
import { apiVersion, OrtApi } from "../../server/src/inference/backends/onnxLibrary/ortApi.js";
import type { DecoderModel } from "../../server/src/inference/decoder.js";
import { KeyValueCache } from "../../server/src/inference/kvCache.js";
import { readManifest } from "../../server/src/inference/manifest.js";
import { bundleScript } from "./bundleScript.js";
import {
  collect,
  graphKinds,
  hostScript,
  knownPrompt,
  load,
  modelDirectory,
  root,
  temporaryDirectory,
} from "./modelSupport.js";

describe("both ways to run the model", () => {
  let model: DecoderModel;
  let graphs: OpenGraph[];

  beforeAll(async () => {
    const { architecture, files, limits } = await readManifest(modelDirectory);
    model = { ...architecture, prefillChunkTokens: limits.prefillChunkTokens };
    const weights = path.join(modelDirectory, files.weights.path);
    graphs = await Promise.all(graphKinds.map(([, open]) => open(weights, 1, model)));
  });

  afterAll(() => Promise.all(graphs.map((graph) => graph.release())));

  it("have the same inputs and outputs, but for the names of sizes", () => {
    const [one, other] = graphs.map(({ inputs, outputs }) =>
      [...inputs, ...outputs].map(({ name, type, shape }) => ({
        name,
        type,
        shape: shape.map((size) => (typeof size === "number" ? size : "*")),
      })),
    );
    expect(one).toEqual(other);
  });

  it("leave the same keys and values in the cache, and say the same, over every edge of its buffers", async () => {
    const caches = graphs.map(() => new KeyValueCache(model));
    const ids = Array.from({ length: 700 }, (_, index) => (index * 7919 + 257) % model.vocabularySize);
    // Rows of each run; then back, as after a draft that was refused, and on.
    for (const rows of [200, 55, 1, 1, 2, 60, -70, 3, 8, 240, -250, 256, 1, 31]) {
      const results = await Promise.all(
        graphs.map(async ({ run }, index) => {
          const cache = caches[index] as KeyValueCache;
          if (rows < 0) {
            cache.truncate(cache.length + rows);
            return undefined;
          }
          const tokens = ids.slice(cache.length, cache.length + rows);
          const { deltas, logits, horizon } = await run(tokens, cache, Math.min(2, rows));
          if (deltas === undefined) cache.extend(tokens);
          else cache.append(tokens, deltas);
          return { logits, horizon };
        }),
      );
      expect(results[1]).toEqual(results[0]);
      const [one, other] = caches.map((cache) => {
        const block = new Float32Array(cache.length * cache.numbersPerToken);
        cache.copyTo(block, 0, cache.length);
        return Buffer.from(block.buffer);
      }) as [Buffer, Buffer];
      expect(caches[1]?.tokens).toEqual(caches[0]?.tokens);
      // As bytes: the test runner takes seconds for a million numbers.
      expect(one.equals(other)).toBe(true);
    }
  });
});

it("lives on whatever is collected meanwhile", async () => {
  const folder = await mkdtemp(path.join(root, "build", "collected-"));
  try {
    const script = path.join(folder, "collectedGraph.cjs");
    await bundleScript("collectedGraph.ts", script, ["koffi"]);
    const { architecture, files, limits } = await readManifest(modelDirectory);
    const model: DecoderModel = { ...architecture, prefillChunkTokens: limits.prefillChunkTokens };
    const weights = path.join(modelDirectory, files.weights.path);
    const programArguments = ["--expose-gc", script, await findLibrary(), weights, JSON.stringify(model)];
    const { stdout } = await promisify(execFile)(process.execPath, programArguments);

    const graph = await openGraph(ort, weights, 1, model);
    const cache = new KeyValueCache(model);
    let sum = 0;
    for (let place = 0; place < 40; place++) {
      const { deltas = [], logits } = await graph.run([place], cache, 1);
      cache.append([place], deltas);
      sum = logits.reduce((total, logit) => total + logit, 0);
    }
    await graph.release();
    expect(Number(stdout)).toBe(sum);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe("the library", () => {
  it("is onnxruntime-node's own, and is refused when it does not know the version that is asked for", async () => {
    const file = await findLibrary();
    const { version } = JSON.parse(
      await readFile(path.join(root, "node_modules", "onnxruntime-node", "package.json"), "utf8"),
    );
    expect(OrtApi.open(koffi, file).libraryVersion).toBe(version);
    expect(() => OrtApi.open(koffi, file, 10_000)).toThrow(/does not know version 10000 of its C API/);
    expect(apiVersion).toBeLessThanOrEqual(Number(version.split(".")[1]));
  });
});

describe("the model runs by onnxruntime-node", () => {
  it("where koffi is not installed, and says so", async () => {
    const folder = await temporaryDirectory();
    await mkdir(path.join(folder, "node_modules"));
    const packages = ["onnxruntime-node", "onnxruntime-common"];
    for (const name of packages) {
      await symlink(path.join(root, "node_modules", name), path.join(folder, "node_modules", name), "junction");
    }
    const script = path.join(folder, "modelHost.js");
    await copyFile(hostScript, script);
    const lines: string[] = [];
    const model = await load({ hostScript: script, log: (line) => lines.push(line) });
    expect(lines).toEqual([expect.stringMatching(/copies keys and values at each step.*koffi/)]);
    const usual = await load({ log: (line) => lines.push(line) });
    expect(lines).toHaveLength(1);
    expect((await collect(model, knownPrompt(model))).text).toBe((await collect(usual, knownPrompt(usual))).text);
  });

  it("in a process that takes the place of one that died", async () => {
    const lines: string[] = [];
    const model = await load({ log: (line) => lines.push(line) });
    const expected = await collect(model, knownPrompt(model));
    expect(lines).toEqual([]);
    process.kill(model.processId as number, "SIGKILL");
    await expect.poll(() => lines, { timeout: 20_000 }).toEqual([expect.stringMatching(/copies keys and values/)]);
    expect((await collect(model, knownPrompt(model))).text).toBe(expected.text);
  });
});
