// What the tests of the model share: where it is, copies of it that are spoiled on purpose, prompts of real code.
import { createHash } from "node:crypto";
import { constants, readFileSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { afterAll } from "vitest";
import { type OpenGraph, openGraph } from "../../server/src/inference/backends/onnx/graph.js";
import { openInPlaceGraph } from "../../server/src/inference/backends/onnxLibrary/inPlaceGraph.js";
import { openLibrary } from "../../server/src/inference/backends/onnxLibrary/openLibrary.js";
import type { DecoderModel } from "../../server/src/inference/decoder.js";
import type { DecodedToken, GenerateOptions, GenerationEnd, Prompt } from "../../server/src/inference/generation.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { type LoadModelOptions, loadModel } from "../../server/src/inference/loadModel.js";
import type { Manifest } from "../../server/src/inference/manifest.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The model that Horizon comes with; another one can be tested by naming its folder. */
export const modelDirectory = process.env.HORIZON_TEST_MODEL ?? path.join(root, "models", "default");

/** The model's process, as it is built. */
export const hostScript = path.join(root, "dist", "modelHost.js");

/** Real code that nobody here wrote. */
export const realCode = readFileSync(path.join(root, "node_modules", "commander", "lib", "command.js"), "utf8");

/** Opens a graph: weights, threads, sizes. */
export type OpenGraphOf = (weights: string, threads: number, model: DecoderModel) => Promise<OpenGraph>;

/** The ways to run a graph; both must compute the same. */
export const graphKinds: readonly (readonly [string, OpenGraphOf])[] = [
  ["onnxruntime-node, which copies", (...graph) => openGraph(ort, ...graph)],
  ["the C API, in place", async (...graph) => openInPlaceGraph(await openLibrary(), ...graph)],
];

const temporaryDirectories: string[] = [];

/** A new folder, removed when the test file ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "horizon-model-"));
  temporaryDirectories.push(directory);
  return directory;
}

/** Resolves to a model that is closed when the test file ends. */
export async function load(options: Partial<LoadModelOptions> = {}): Promise<HostedLanguageModel> {
  const model = await loadModel({ directory: modelDirectory, hostScript, ...options });
  openModels.add(model);
  return model;
}

const openModels = new Set<HostedLanguageModel>();

afterAll(async () => {
  await Promise.all([...openModels].map((model) => model.dispose()));
  openModels.clear();
  for (const directory of temporaryDirectories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A copy of the model's folder whose manifest says what `change` returns (or what it made of its argument). */
export async function copyModel(change: (manifest: Manifest) => unknown = () => undefined): Promise<string> {
  const directory = await temporaryDirectory();
  const manifest = JSON.parse(await readFile(path.join(modelDirectory, "manifest.json"), "utf8")) as Manifest;
  for (const { path: name } of Object.values(manifest.files)) {
    await copyFile(path.join(modelDirectory, name), path.join(directory, name), constants.COPYFILE_FICLONE);
  }
  await writeFile(path.join(directory, "manifest.json"), JSON.stringify(change(manifest) ?? manifest));
  return directory;
}

/** What the manifest says of a file with this content. */
export function describeFile(name: string, content: string | Buffer): Manifest["files"]["weights"] {
  return { path: name, bytes: Buffer.byteLength(content), sha256: createHash("sha256").update(content).digest("hex") };
}

/** Everything that a generation yields. */
export async function collect(
  model: HostedLanguageModel,
  prompt: Prompt,
  options: Partial<GenerateOptions> = {},
): Promise<{ tokens: DecodedToken[]; text: string; end: GenerationEnd }> {
  const generation = model.generate(prompt, { maxTokens: 24, signal: new AbortController().signal, ...options });
  const tokens: DecodedToken[] = [];
  for (;;) {
    const next = await generation.next();
    if (next.done) return { tokens, text: tokens.map((token) => token.text).join(""), end: next.value };
    tokens.push(next.value);
  }
}

/** The prompt of a caret in real code; `name` makes it differ from others at its start, so that nothing is reused. */
export function promptAt(model: HostedLanguageModel, offset: number, name = "commander", budget?: number): Prompt {
  return model.buildPrompt(
    {
      repository: name,
      path: "lib/command.js",
      prefix: realCode.slice(0, offset),
      suffix: realCode.slice(offset),
      snippets: [],
    },
    budget,
  );
}

/** Prompts of carets spread over the code, of which at least the given number make the model write something. */
export async function promptsThatContinue(model: HostedLanguageModel, wanted: number): Promise<Prompt[]> {
  const prompts: Prompt[] = [knownPrompt(model)];
  for (let offset = 1500; prompts.length < wanted && offset < realCode.length; offset += 1237) {
    const prompt = promptAt(model, realCode.indexOf(" ", offset), "commander", 300);
    if ((await collect(model, prompt, { maxTokens: 4 })).tokens.length >= 2) prompts.push(prompt);
  }
  if (prompts.length < wanted) throw new Error(`the model continues only ${prompts.length} of the places in real code`);
  return prompts;
}

/** The prompt of the manifest's self-test, at which the model writes at least the known middle. */
export function knownPrompt(model: HostedLanguageModel): Prompt {
  const { middle: _, ...parts } = model.manifest.selfTest;
  return model.buildPrompt({ ...parts, snippets: [] });
}
