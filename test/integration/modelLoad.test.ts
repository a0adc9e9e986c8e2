// What a user is told when a model cannot be used. Each case is a spoiled copy of the real model, loaded for real.
import { cp, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ManifestError, ModelError } from "../../server/src/inference/errors.js";
import { loadModel } from "../../server/src/inference/loadModel.js";
import type { Manifest } from "../../server/src/inference/manifest.js";
import type { ModelState } from "../../server/src/inference/modelState.js";
import { copyModel, describeFile, hostScript, load, modelDirectory, root, temporaryDirectory } from "./modelSupport.js";

/** The error of loading a folder, which must also be the last state that was told. */
async function loadError(directory: string, script = hostScript): Promise<ModelError> {
  const states: ModelState[] = [];
  try {
    const model = await loadModel({ directory, hostScript: script, onStateChange: (state) => states.push(state) });
    await model.dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect(states).toEqual([{ state: "starting" }, { state: "error", error, restarting: false }]);
    return error as ModelError;
  }
  throw new Error("the model was loaded");
}

/** Overwrites a file of a copied model, and lets its manifest describe the new content. */
async function replaceFile(directory: string, name: keyof Manifest["files"], content: string | Buffer): Promise<void> {
  const file = path.join(directory, "manifest.json");
  const manifest = JSON.parse(await readFile(file, "utf8")) as Manifest;
  await writeFile(path.join(directory, manifest.files[name].path), content);
  const files = { ...manifest.files, [name]: describeFile(manifest.files[name].path, content) };
  await writeFile(file, JSON.stringify({ ...manifest, files }));
}

describe("the model that Horizon comes with", () => {
  it("loads, passes its self-test and says so", async () => {
    const states: ModelState[] = [];
    const model = await load({ onStateChange: (state) => states.push(state) });
    expect(states).toEqual([{ state: "starting" }, { state: "ready" }]);
    const manifest = JSON.parse(await readFile(path.join(modelDirectory, "manifest.json"), "utf8")) as Manifest;
    expect(model.id).toBe(manifest.id);
    expect(model.sha256).toBe(manifest.files.weights.sha256);
    expect(model.promptTokens).toBe(manifest.limits.promptTokens);
    expect(model.processId).toBeGreaterThan(0);
    expect(await model.residentBytes()).toBeGreaterThan(20e6);
  });
});

describe("a model's folder that cannot be used", () => {
  it("does not exist", async () => {
    const error = await loadError(path.join(await temporaryDirectory(), "nothing"));
    expect(error).toBeInstanceOf(ManifestError);
    expect(error.message).toMatch(/nothing.manifest\.json: cannot be read.*install the model again/s);
  });

  it("has a cut-off manifest", async () => {
    const directory = await copyModel();
    await truncate(path.join(directory, "manifest.json"), 200);
    expect((await loadError(directory)).message).toMatch(/manifest\.json: is not JSON.*cut off/s);
  });

  it("has an unknown field in its manifest", async () => {
    const error = await loadError(await copyModel((manifest) => ({ ...manifest, temperature: 1 })));
    expect(error).toMatchObject({ kind: "manifest", field: "temperature" });
    expect(error.message).toMatch(/temperature: this field is not known/);
  });

  it("has an unknown template", async () => {
    const error = await loadError(
      await copyModel((manifest) => void Object.assign(manifest.promptTemplate, { chat: "x" })),
    );
    expect(error).toMatchObject({ kind: "manifest", field: "promptTemplate.chat" });
  });

  it("lacks the weights", async () => {
    const directory = await copyModel();
    await rm(path.join(directory, "model.onnx"));
    const error = await loadError(directory);
    expect(error).toMatchObject({
      kind: "manifest",
      field: "files.weights.path",
      file: path.join(directory, "model.onnx"),
    });
    expect(error.message).toMatch(/ENOENT.*Install the model again/s);
  });

  it("lacks the tokenizer", async () => {
    const directory = await copyModel();
    await rm(path.join(directory, "tokenizer.json"));
    expect(await loadError(directory)).toMatchObject({ kind: "manifest", field: "files.tokenizer.path" });
  });

  it("has weights that are cut off", async () => {
    const directory = await copyModel();
    await truncate(path.join(directory, "model.onnx"), 1_000_000);
    const error = await loadError(directory);
    expect(error).toMatchObject({ kind: "manifest", field: "files.weights.bytes" });
    expect(error.message).toMatch(/1000000 bytes, the manifest says \d+: it is cut off/);
  });

  it("has other weights than its manifest says", async () => {
    const directory = await copyModel();
    const file = path.join(directory, "model.onnx");
    const weights = await readFile(file);
    weights[weights.length >> 1] = (weights[weights.length >> 1] as number) ^ 1;
    await writeFile(file, weights);
    const error = await loadError(directory);
    expect(error).toMatchObject({ kind: "manifest", field: "files.weights.sha256" });
    expect(error.message).toMatch(/damaged or of another version/);
  });

  it("has weights that are no ONNX graph", async () => {
    const directory = await copyModel();
    await replaceFile(directory, "weights", "these are no weights");
    const error = await loadError(directory);
    expect(error.kind).toBe("load");
    expect(error.message).toMatch(/ONNX Runtime refuses .*model\.onnx/);
  });

  it("has a graph of another size than its manifest says", async () => {
    const directory = await copyModel((manifest) => {
      manifest.architecture.layers += 1;
    });
    const error = await loadError(directory);
    expect(error.kind).toBe("load");
    expect(error.message).toMatch(
      /not the graph that the manifest's architecture describes: the input "past\.\d+\.key" is missing/,
    );
  });

  it("has a vocabulary of another size than its manifest says", async () => {
    const more = await copyModel((manifest) => {
      manifest.architecture.vocabularySize += 1;
    });
    expect((await loadError(more)).message).toMatch(/the output "logits" has the shape \[.*\], not \[1, \*, \d+\]/);
    const fewer = await copyModel((manifest) => {
      manifest.architecture.vocabularySize = 1000;
    });
    expect((await loadError(fewer)).message).toMatch(
      /tokenizer\.json has \d+ tokens, but architecture\.vocabularySize is 1000/,
    );
  });

  it("has a tokenizer that is none", async () => {
    const directory = await copyModel();
    await replaceFile(directory, "tokenizer", "{}");
    expect(await loadError(directory)).toMatchObject({
      kind: "tokenizer",
      message: expect.stringContaining("tokenizer.json"),
    });
  });

  it("has a tokenizer without one of its special tokens", async () => {
    const directory = await copyModel();
    const tokenizer = JSON.parse(await readFile(path.join(directory, "tokenizer.json"), "utf8"));
    tokenizer.added_tokens = tokenizer.added_tokens.filter(
      (token: { content: string }) => token.content !== "<fim_middle>",
    );
    await replaceFile(directory, "tokenizer", JSON.stringify(tokenizer));
    const error = await loadError(directory);
    expect(error.kind).toBe("selfTest");
    expect(error.message).toMatch(/special token "<fim_middle>" is not a single added token/);
  });

  it("has a tokenizer that does not give text back", async () => {
    const directory = await copyModel();
    const tokenizer = JSON.parse(await readFile(path.join(directory, "tokenizer.json"), "utf8"));
    tokenizer.normalizer = { type: "Lowercase" };
    await replaceFile(directory, "tokenizer", JSON.stringify(tokenizer));
    expect((await loadError(directory)).message).toMatch(/self-test failed: the text .* comes back as/);
  });

  it("writes something else in its known hole", async () => {
    const directory = await copyModel((manifest) => {
      manifest.selfTest.middle = "what no model writes here";
    });
    const error = await loadError(directory);
    expect(error.kind).toBe("selfTest");
    expect(error.message).toMatch(/in the known hole it writes ".*" instead of "what no model writes here"/s);
  });
});

describe("an installation that cannot be used", () => {
  it("lacks the model's process", async () => {
    const error = await loadError(modelDirectory, path.join(await temporaryDirectory(), "modelHost.js"));
    expect(error.kind).toBe("load");
    expect(error.message).toMatch(/a file of Horizon is missing\. Install Horizon again/);
  });

  it("lacks ONNX Runtime's library for this platform", async () => {
    const directory = await temporaryDirectory();
    const script = path.join(directory, "modelHost.cjs");
    await cp(hostScript, script);
    // The package as it is, but with the libraries of no platform.
    const packages = path.join(directory, "node_modules");
    await mkdir(packages);
    for (const name of ["onnxruntime-node", "onnxruntime-common"]) {
      const source = path.join(root, "node_modules", name);
      await cp(source, path.join(packages, name), { recursive: true, filter: (file) => path.basename(file) !== "bin" });
    }
    const error = await loadError(modelDirectory, script);
    expect(error.kind).toBe("unsupportedPlatform");
    expect(error.message).toContain(`${process.platform}-${process.arch}`);
    expect(error.message).toMatch(/onnxruntime_binding\.node.*Horizon runs on Linux/s);
  });
});

describe("giving up while loading", () => {
  it("rejects at once when the signal has aborted, and leaves no process", async () => {
    await expect(load({ signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: "cancelled" });
  });

  it("rejects when the signal aborts halfway", async () => {
    const stop = new AbortController();
    const loading = load({ signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(loading).rejects.toMatchObject({ name: "ModelError", kind: "cancelled" });
  });
});
