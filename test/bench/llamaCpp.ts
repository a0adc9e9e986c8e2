// Horizon's runtime against llama.cpp on the same sizes, one thread each, in turn: tokens per second, and whether both
// write the same text.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { openInPlaceGraph } from "../../server/src/inference/backends/onnxLibrary/inPlaceGraph.js";
import { openLibrary } from "../../server/src/inference/backends/onnxLibrary/openLibrary.js";
import { Decoder, type DecoderModel } from "../../server/src/inference/decoder.js";
import { type Manifest, readManifest } from "../../server/src/inference/manifest.js";
import { compileTemplate } from "../../server/src/inference/prompt.js";
import { agreesOnSingleRows } from "../../server/src/inference/singleRows.js";
import { readTokenizer } from "../../server/src/inference/tokenizer.js";
import { carets, wholeDocument } from "./prompts.js";
import { median, round } from "./statistics.js";

/** Tokens of context at which both are measured. */
const contextTokens = 1024;

/** Tokens that are written behind it. */
const writtenTokens = 64;

/** Times that each is measured; in turn, so that both meet the same machine. */
const rounds = 9;

/** Prompts whose text is compared. */
const comparedPrompts = 20;

/** How much of them is read, and of the text. */
const comparedTokens = { read: 256, written: 16 };

/** llama.cpp's formats of keys and values that it may be fastest with. */
const cacheTypes = ["F16", "F32"] as const;
type CacheType = (typeof cacheTypes)[number];

export interface LlamaReport {
  /** Ours through llama.cpp's, of the medians. */
  readonly prefillRatio: number;
  readonly decodeRatio: number;
  readonly prefillTokensPerSecond: { readonly ours: number; readonly llamaCpp: number };
  readonly decodeTokensPerSecond: { readonly ours: number; readonly llamaCpp: number };
  /** llama.cpp's format of keys and values that is the fastest here; ours are 32-bit numbers. */
  readonly llamaCppCache: { readonly prefill: string; readonly decode: string };
  /** Of all prompts, those at which both write the same tokens; of the others, after how many they part. */
  readonly sameTextShare: number;
  readonly partAfter: readonly number[];
}

/** A runtime that reads a prompt anew, and writes on from it. Times in milliseconds. */
interface Runtime {
  read(tokens: readonly number[]): Promise<number>;
  write(count: number): Promise<{ readonly milliseconds: number; readonly tokens: readonly number[] }>;
  dispose(): Promise<void>;
}

/**
 * Installs llama.cpp and what writes its file, if they are not there, and measures.
 *
 * @param checkout the repository's folder
 * @param directory the model's folder
 * @throws Error when something cannot be installed; its message says what
 */
export async function compareWithLlamaCpp(checkout: string, directory: string): Promise<LlamaReport> {
  const tools = path.join(checkout, "build", "llamaCpp");
  const folder = await mkdtemp(path.join(tmpdir(), "horizon-llama-"));
  try {
    const gguf = path.join(folder, "model.gguf");
    const plain = path.join(folder, "withoutNgrams");
    await convert(checkout, tools, ["--model", directory, "--out", gguf, "--onnx", plain]);
    const llama = await openLlama(path.join(checkout, "test", "bench", "llamaCpp"), gguf);
    const ours = await openOurs(plain);
    try {
      return await measure(ours, llama, await promptsOf(checkout, plain));
    } finally {
      await ours.dispose();
      for (const runtime of Object.values(llama)) await runtime.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A runtime with its speeds, in tokens per second. */
interface Contestant {
  readonly name: string;
  readonly runtime: Runtime;
  readonly reads: number[];
  readonly writes: number[];
}

async function measure(
  ours: Runtime,
  llama: Readonly<Record<CacheType, Runtime>>,
  prompts: readonly (readonly number[])[],
): Promise<LlamaReport> {
  const enter = (name: string, runtime: Runtime): Contestant => ({ name, runtime, reads: [], writes: [] });
  const us = enter("ours", ours);
  const them = cacheTypes.map((type) => enter(type, llama[type]));
  for (let turn = 0; turn <= rounds; turn++) {
    const prompt = prompts[turn % prompts.length] ?? [];
    for (const { runtime, reads, writes } of [us, ...them]) {
      const read = await runtime.read(prompt);
      const { milliseconds, tokens } = await runtime.write(writtenTokens);
      // The first turn warms up.
      if (turn === 0) continue;
      reads.push((1000 * prompt.length) / read);
      writes.push((1000 * tokens.length) / milliseconds);
    }
  }
  const fastest = (what: "reads" | "writes"): Contestant =>
    them.reduce((best, one) => (median(one[what]) > median(best[what]) ? one : best));
  const [prefill, decode] = [fastest("reads"), fastest("writes")];
  const partAfter: number[] = [];
  for (const prompt of prompts) {
    const texts: (readonly number[])[] = [];
    for (const runtime of [ours, llama.F32]) {
      await runtime.read(prompt.slice(-comparedTokens.read));
      texts.push((await runtime.write(comparedTokens.written)).tokens);
    }
    const [one = [], other = []] = texts;
    const parted = one.findIndex((id, index) => id !== other[index]);
    if (parted >= 0) partAfter.push(parted);
  }
  return {
    prefillRatio: round(median(us.reads) / median(prefill.reads), 2),
    decodeRatio: round(median(us.writes) / median(decode.writes), 2),
    prefillTokensPerSecond: { ours: round(median(us.reads), 0), llamaCpp: round(median(prefill.reads), 0) },
    decodeTokensPerSecond: { ours: round(median(us.writes), 0), llamaCpp: round(median(decode.writes), 0) },
    llamaCppCache: { prefill: prefill.name, decode: decode.name },
    sameTextShare: round(1 - partAfter.length / prompts.length, 3),
    partAfter,
  };
}

/** Token ids of real code, each prompt as long as the context. */
async function promptsOf(checkout: string, directory: string): Promise<(readonly number[])[]> {
  const manifest = await readManifest(directory);
  const tokenizer = await readTokenizer(path.join(directory, manifest.files.tokenizer.path));
  // A template that the tokenizer does not know would be found here, not as nonsense in both.
  compileTemplate(manifest, tokenizer);
  return carets(path.join(checkout, "node_modules"), comparedPrompts).map((caret) =>
    tokenizer.encode(wholeDocument(caret).prefix).slice(-contextTokens),
  );
}

/** What the model's process does, in this one, as llama.cpp is too: neither pays for messages between processes. */
async function openOurs(directory: string): Promise<Runtime> {
  const manifest: Manifest = await readManifest(directory);
  const model: DecoderModel = {
    ...manifest.architecture,
    prefillChunkTokens: manifest.limits.prefillChunkTokens,
  };
  const graph = await openInPlaceGraph(
    await openLibrary(),
    path.join(directory, manifest.files.weights.path),
    1,
    model,
  );
  const decoder = new Decoder(model, graph.run, { singleRows: await agreesOnSingleRows(graph.run, model) });
  const { signal } = new AbortController();
  return {
    read: async (tokens) => {
      const start = performance.now();
      await decoder.prefill(tokens, signal, true);
      return performance.now() - start;
    },
    write: async (maxTokens) => {
      const tokens: number[] = [];
      const start = performance.now();
      await decoder.decode({ maxTokens, endIds: new Set(), signal, onToken: ({ id }) => tokens.push(id) });
      return { milliseconds: performance.now() - start, tokens };
    },
    dispose: () => graph.release(),
  };
}

/** What is used of node-llama-cpp, which is not among Horizon's packages. */
interface NodeLlamaCpp {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      createContext(options: object): Promise<{
        getSequence(): {
          clearHistory(): Promise<void>;
          evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
          evaluate(tokens: readonly number[], options: object): AsyncGenerator<number>;
        };
        dispose(): Promise<void>;
      }>;
    }>;
  }>;
}

/** llama.cpp with each format of keys and values. */
async function openLlama(packageFolder: string, gguf: string): Promise<Record<CacheType, Runtime>> {
  const entry = path.join(packageFolder, "node_modules", "node-llama-cpp", "dist", "index.js");
  if (!existsSync(entry)) {
    process.stderr.write("installing llama.cpp (85 MB) …\n");
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const flags = ["--omit=optional", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"];
    must(npm, ["install", ...flags], packageFolder, "npm could not install test/bench/llamaCpp/package.json");
  }
  const { getLlama } = (await import(pathToFileURL(entry).href)) as NodeLlamaCpp;
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, maxThreads: 1, logLevel: "error" });
  const model = await llama.loadModel({ modelPath: gguf, gpuLayers: 0 });
  const open = async (type: CacheType): Promise<Runtime> => {
    const context = await model.createContext({
      contextSize: contextTokens + 2 * writtenTokens,
      batchSize: 512,
      threads: 1,
      experimentalKvCacheKeyType: type,
      experimentalKvCacheValueType: type,
    });
    const sequence = context.getSequence();
    let last: readonly number[] = [];
    return {
      read: async (tokens) => {
        await sequence.clearHistory();
        last = tokens.slice(-1);
        const start = performance.now();
        await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(0, -1));
        return performance.now() - start;
      },
      write: async (count) => {
        const tokens: number[] = [];
        const start = performance.now();
        for await (const token of sequence.evaluate(last, { temperature: 0, yieldEogToken: true })) {
          tokens.push(token);
          if (tokens.length === count) break;
        }
        return { milliseconds: performance.now() - start, tokens };
      },
      dispose: () => context.dispose(),
    };
  };
  return { F16: await open("F16"), F32: await open("F32") };
}

/** Runs models/training/to_gguf.py in an environment of its own. */
async function convert(checkout: string, tools: string, scriptArguments: readonly string[]): Promise<void> {
  const training = path.join(checkout, "models", "training");
  const environment = path.join(tools, "python");
  const python = path.join(environment, process.platform === "win32" ? "Scripts" : "bin", "python");
  const requirements = path.join(training, "gguf-requirements.txt");
  const why = "Python 3.11 or later with venv could not install models/training/gguf-requirements.txt";
  if (!existsSync(path.join(environment, "complete"))) {
    process.stderr.write("installing the packages of to_gguf.py (140 MB) …\n");
    await rm(environment, { recursive: true, force: true });
    must("python3", ["-m", "venv", environment], checkout, why);
    must(python, ["-m", "pip", "install", "--quiet", "-r", requirements], checkout, why);
    await mkdir(path.join(environment, "complete"));
  }
  must(
    python,
    [path.join(training, "to_gguf.py"), ...scriptArguments],
    checkout,
    "to_gguf.py could not write the model",
  );
}

function must(command: string, commandArguments: readonly string[], cwd: string, problem: string): void {
  const { status, stderr } = spawnSync(command, commandArguments, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`${problem}: ${(stderr ?? "").trim().slice(-500)}`);
}
