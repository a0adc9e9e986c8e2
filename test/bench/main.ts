// npm run bench: what a model costs on this machine. Load time, prefill and decode speed, time to the first line of
// cold prompts, memory; as a table, and as JSON.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { errorMessage } from "../../server/src/errorMessage.js";
import { HostProcess } from "../../server/src/inference/backends/onnx/client.js";
import type { PrefillResult, Prompt } from "../../server/src/inference/generation.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { defaultThreads, loadModel } from "../../server/src/inference/loadModel.js";
import { describeEvaluation, measureEvaluation } from "./evaluation.js";
import { describeMachine, type Machine, thisMachine } from "./machine.js";
import { carets, promptOfLength, wholeDocument } from "./prompts.js";
import { median, quantile, round } from "./statistics.js";

const root = path.join(import.meta.dirname, "..");

/** Prompt lengths in tokens. */
const promptSizes = [256, 512, 1024] as const;

/** A first line that is longer than this is a runaway; it counts as finished here. */
const longestLine = 64;

/** Tokens written to measure the speed of decoding. */
const decodedTokens = 64;

const usage = `Usage: npm run bench -- [evaluation] [options]
  evaluation      the runner of horizon eval instead of the model
  --model DIR     the model's folder (default: models/default)
  --prompts N     cold prompts per length (default: 20)
  --loads N       how often the model is loaded (default: 5)
  --threads N     threads that compute (default: as the server does)
  --json          print JSON to standard output instead of the table
  --output FILE   write the JSON to a file as well`;

interface SizeReport {
  readonly promptTokens: number;
  /** Tokens that were in the cache: only what all prompts begin with. */
  readonly reusedTokens: number;
  readonly firstLineMilliseconds: { readonly p50: number; readonly p95: number };
  readonly firstLineTokens: number;
  readonly buildPromptMilliseconds: number;
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  /** Time seen by the server ÷ time computed in the model's process: 1 is the floor. */
  readonly prefillOverhead: number;
  readonly decodeOverhead: number;
}

interface Report {
  readonly machine: Machine;
  readonly model: { readonly id: string; readonly sha256: string; readonly threads: number };
  readonly loadMilliseconds: { readonly p50: number; readonly p95: number };
  readonly memory: {
    readonly serverMegabytes: number;
    readonly modelMegabytes: number;
    readonly togetherMegabytes: number;
  };
  readonly prompts: readonly SizeReport[];
}

interface Options {
  readonly directory: string;
  readonly prompts: number;
  readonly loads: number;
  readonly threads: number | undefined;
}

async function timed<T>(task: () => T | Promise<T>): Promise<{ readonly milliseconds: number; readonly result: T }> {
  const start = performance.now();
  const result = await task();
  return { milliseconds: performance.now() - start, result };
}

/** Time from the prompt's token ids to the end of the first line, as the engine would send it. */
async function firstLine(model: HostedLanguageModel, prompt: Prompt) {
  let prefill: PrefillResult | undefined;
  let tokens = 0;
  const { milliseconds } = await timed(async () => {
    const generation = model.generate(prompt, {
      maxTokens: longestLine,
      signal: new AbortController().signal,
      onPrefill: (result) => {
        prefill = result;
      },
    });
    for await (const token of generation) {
      tokens++;
      if (token.text.includes("\n")) break;
    }
  });
  return { milliseconds, tokens, reusedTokens: prefill?.reusedTokens ?? 0 };
}

/** Speed of the model's process, asked directly: decoding goes on whatever the model says about an end. */
async function speed(host: HostProcess, prompt: Prompt) {
  const prefill = await timed(() => host.request({ type: "prefill", tokenIds: prompt.tokenIds }));
  const decode = await timed(() => host.request({ type: "decode", maxTokens: decodedTokens, endIds: [] }));
  if (prefill.result === undefined || decode.result === undefined) throw new Error("the model's process gave up");
  const read = prefill.result.tokens - prefill.result.reusedTokens;
  return {
    prefillTokensPerSecond: (read / prefill.milliseconds) * 1000,
    decodeTokensPerSecond: (decodedTokens / decode.milliseconds) * 1000,
    prefillOverhead: prefill.milliseconds / prefill.result.milliseconds,
    decodeOverhead: decode.milliseconds / decode.result.milliseconds,
  };
}

/** One cold prompt and what it took. */
interface Run extends Awaited<ReturnType<typeof firstLine>> {
  readonly size: number;
  readonly prompt: Prompt;
  /** Milliseconds of building the prompt from its whole document. */
  readonly build: number;
}

async function measure({ directory, prompts: count, loads, threads }: Options): Promise<Report> {
  const hostScript = path.join(root, "dist", "modelHost.js");
  const load = () => loadModel({ directory, hostScript, ...(threads !== undefined && { threads }) });
  const loadTimes: number[] = [];
  let model: HostedLanguageModel | undefined;
  for (let round = 0; round < loads; round++) {
    await model?.dispose();
    const { milliseconds, result } = await timed(load);
    loadTimes.push(milliseconds);
    model = result;
  }
  if (model === undefined) throw new Error("--loads must be at least 1");

  // Lengths take turns, so that a machine that slows down does so for all of them.
  const places = carets(path.join(root, "node_modules"), count);
  const sizes = promptSizes.filter((size) => size <= (model?.promptTokens ?? 0));
  const runs: Run[] = [];
  for (const [index, caret] of places.entries()) {
    for (const size of sizes) {
      const prompt = promptOfLength(model, caret, size, `cold${index}x${size}`);
      const build = await timed(() => model?.buildPrompt(wholeDocument(caret), size));
      runs.push({ size, prompt, build: build.milliseconds, ...(await firstLine(model, prompt)) });
    }
  }
  const modelBytes = await model.residentBytes();
  const serverBytes = process.memoryUsage.rss();
  await model.dispose();

  const { architecture, files, limits } = model.manifest;
  const host = new HostProcess(hostScript);
  await host.request({
    type: "load",
    weights: path.resolve(directory, files.weights.path),
    threads: threads ?? defaultThreads(),
    copies: false,
    model: { ...architecture, prefillChunkTokens: limits.prefillChunkTokens },
  });
  const speeds = new Map<Prompt, Awaited<ReturnType<typeof speed>>>();
  for (const { prompt } of runs) speeds.set(prompt, await speed(host, prompt));
  await host.close();

  const reports = sizes.map((size): SizeReport => {
    const own = runs.filter((run) => run.size === size);
    const ownSpeeds = own.map((run) => speeds.get(run.prompt)).filter((one) => one !== undefined);
    const times = own.map((run) => run.milliseconds);
    return {
      promptTokens: median(own.map((run) => run.prompt.tokenIds.length)),
      reusedTokens: Math.max(...own.map((run) => run.reusedTokens)),
      firstLineMilliseconds: { p50: round(median(times)), p95: round(quantile(times, 0.95)) },
      firstLineTokens: median(own.map((run) => run.tokens)),
      buildPromptMilliseconds: round(median(own.map((run) => run.build)), 2),
      prefillTokensPerSecond: round(median(ownSpeeds.map((one) => one.prefillTokensPerSecond)), 0),
      decodeTokensPerSecond: round(median(ownSpeeds.map((one) => one.decodeTokensPerSecond)), 0),
      prefillOverhead: round(median(ownSpeeds.map((one) => one.prefillOverhead)), 2),
      decodeOverhead: round(median(ownSpeeds.map((one) => one.decodeOverhead)), 2),
    };
  });
  return {
    machine: thisMachine(),
    model: { id: model.id, sha256: model.sha256, threads: threads ?? defaultThreads() },
    loadMilliseconds: { p50: round(median(loadTimes), 0), p95: round(quantile(loadTimes, 0.95), 0) },
    memory: {
      serverMegabytes: round(serverBytes / 1e6),
      modelMegabytes: round(modelBytes / 1e6),
      togetherMegabytes: round((serverBytes + modelBytes) / 1e6),
    },
    prompts: reports,
  };
}

function table(report: Report): string {
  const { machine, model, loadMilliseconds, memory } = report;
  const rows: [string, (size: SizeReport) => string | number][] = [
    ["prompt tokens", (size) => size.promptTokens],
    ["first line p50, ms", (size) => size.firstLineMilliseconds.p50],
    ["first line p95, ms", (size) => size.firstLineMilliseconds.p95],
    ["tokens in the first line", (size) => size.firstLineTokens],
    ["building the prompt, ms", (size) => size.buildPromptMilliseconds],
    ["prefill, tokens/s", (size) => size.prefillTokensPerSecond],
    ["decode, tokens/s", (size) => size.decodeTokensPerSecond],
    ["prefill, server ÷ process", (size) => size.prefillOverhead],
    ["decode, server ÷ process", (size) => size.decodeOverhead],
  ];
  const lines = rows.map(([name, value]) =>
    [name.padEnd(28), ...report.prompts.map((size) => String(value(size)).padStart(10))].join(""),
  );
  return [
    `${model.id} (${model.sha256.slice(0, 12)}), threads: ${model.threads}`,
    describeMachine(machine),
    "",
    `${"load p50 / p95, ms".padEnd(28)}${String(loadMilliseconds.p50).padStart(10)}${String(loadMilliseconds.p95).padStart(10)}`,
    `${"memory, MB".padEnd(28)}server ${memory.serverMegabytes} + model ${memory.modelMegabytes} = ${memory.togetherMegabytes}`,
    ...lines,
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: "string" },
      prompts: { type: "string", default: "20" },
      loads: { type: "string", default: "5" },
      threads: { type: "string" },
      json: { type: "boolean", default: false },
      output: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (positionals[0] === "evaluation") {
    const evaluation = await measureEvaluation();
    process.stdout.write(
      values.json ? `${JSON.stringify(evaluation, undefined, 2)}\n` : describeEvaluation(evaluation),
    );
    return;
  }
  if (positionals.length > 0) throw new Error(`there is no benchmark "${positionals[0]}"`);
  const number = (name: string, text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} is "${text}", but must be a whole number from 1`);
    return value;
  };
  const report = await measure({
    directory: values.model ?? path.join(root, "models", "default"),
    prompts: number("prompts", values.prompts),
    loads: number("loads", values.loads),
    threads: values.threads === undefined ? undefined : number("threads", values.threads),
  });
  const json = `${JSON.stringify(report, undefined, 2)}\n`;
  if (values.output !== undefined) await writeFile(values.output, json);
  process.stdout.write(values.json ? json : table(report));
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n\n${usage}\n`);
  process.exitCode = 1;
});
