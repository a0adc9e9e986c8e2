// npm run bench:inference: what typing costs, and how fast the model answers it. As a table, and as JSON.
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { openContext } from "../../server/src/commands/openContext.js";
import { Pace } from "../../server/src/completion/pace.js";
import { createRepositoryMemory } from "../../server/src/completion/repositoryMemory.js";
import { errorMessage } from "../../server/src/errorMessage.js";
import { defaultThreads, loadModel } from "../../server/src/inference/loadModel.js";
import { readManifest } from "../../server/src/inference/manifest.js";
import { DEFAULT_SETTINGS } from "../../server/src/settings.js";
import { waitFor } from "../../server/src/waitFor.js";
import {
  createEngine,
  type Installation,
  installationAround,
  languageIdOf,
  loadInstalledLanguages,
} from "../../server/src/workspace/installation.js";
import { type CancellationReport, measureCancellation } from "./cancellation.js";
import { type InvocationReport, measureInvocation } from "./invocation.js";
import { compareWithLlamaCpp, type LlamaReport } from "./llamaCpp.js";
import { describeMachine, type Machine, thisMachine } from "./machine.js";
import { measureParity, type ParityReport } from "./reuseParity.js";
import { type TypingCorpus, writeTypingCorpus } from "./typingCorpus.js";
import { CountedModel, type ReplayReport, replayTyping } from "./typingReplay.js";

const checkout = path.join(import.meta.dirname, "..");
const never = new AbortController().signal;

/** Characters that are typed at a place. */
const gapCharacters = 300;

/** One way to replay the same keys. */
interface Variant {
  readonly name: string;
  /** Presses the next key when the answer is whole, so that what is reused does not depend on the machine's speed. */
  readonly waits?: boolean;
  /** Goes from place to place and from file to file. */
  readonly wanders?: boolean;
  /** Reads every prompt anew. */
  readonly fresh?: boolean;
  /** Bytes for what was read before; as in the editor where not given. */
  readonly treeBytes?: number;
  /** Asks the model at once, however slow it is and however fast the keys come. */
  readonly hurries?: boolean;
  /** Features of the engine to do without. */
  readonly disabled?: readonly string[];
}

const variants: readonly Variant[] = [
  { name: "typing" },
  { name: "wandering", wanders: true },
  { name: "without context", disabled: ["context"] },
  { name: "without reuse of answers", disabled: ["reuse"] },
  { name: "without key/value cache", fresh: true },
  { name: "without pauses", hurries: true },
  { name: "without invocation rules", disabled: ["invocation"] },
  { name: "without drafts", disabled: ["drafts"] },
  { name: "without mixing", disabled: ["mixing"] },
  { name: "without healing", disabled: ["healing"] },
  { name: "without planned length", disabled: ["horizonLength"] },
  { name: "waiting", waits: true },
  { name: "waiting, wandering", waits: true, wanders: true },
  { name: "waiting, wandering, without tree", waits: true, wanders: true, treeBytes: 0 },
  { name: "waiting, without frozen suffix", waits: true, disabled: ["frozenSuffix"] },
  { name: "waiting, without held snippets", waits: true, disabled: ["heldSnippets"] },
];

const variantNames = variants.map(({ name }) => `"${name}"`).join(", ");

const usage = `Usage: npm run bench:inference -- [parity | cancellation | invocation FOLDER... | llamaCpp] [options]
  parity          types without a clock and compares what is written with what is written of prompts read anew
  cancellation    how long the model works on after a request was taken back, alone
  invocation      what the invocation rules lose at typed carets in repositories that the model was not trained on
  llamaCpp        compares with llama.cpp alone; installs it where it is not yet
  --steps N       edit steps of parity (default: 2000)
  --budget N      tokens of a prompt of parity (default: 512)
  --carets N      typed carets of each kind in each repository of invocation (default: 300)
  --keys N        key strokes of each replay, in real time (default: 600, two and a half minutes)
  --only NAME     some variants of the replay alone, each with an --only of its own: ${variantNames}
  --model FOLDER  the model (default: the one that comes with Horizon)
  --threads N     threads that compute (default: as in the editor)
  --json          print JSON to standard output instead of the table
  --output FILE   write the JSON to a file as well`;

interface Report {
  readonly machine: Machine;
  /** Ours through llama.cpp's tokens per second; see `llamaCpp`. */
  readonly prefillRatio?: number;
  readonly decodeRatio?: number;
  readonly model: { readonly id: string; readonly sha256: string; readonly threads: number };
  /** Of the variant "waiting". */
  readonly reusedTokenShare: number | undefined;
  /** Of the variant "waiting, wandering". */
  readonly reusedTokenShareWandering: number | undefined;
  readonly replays: Readonly<Record<string, ReplayReport>>;
  /** These two where not some variants alone were asked for. */
  readonly cancellation?: CancellationReport;
  /** What was compared, or why it could not be. */
  readonly llamaCpp?: LlamaReport | { readonly problem: string };
}

interface BenchOptions {
  readonly directory: string;
  readonly threads: number;
  readonly keys: number;
  /** Names of variants; all where there are none. */
  readonly only: readonly string[];
}

async function measure(options: BenchOptions): Promise<Report> {
  const machine = thisMachine();
  const { directory, threads } = options;
  const installation = installationAround(path.join(checkout, "dist"));
  const replays: Record<string, ReplayReport> = {};
  const corpus = await writeTypingCorpus(path.join(checkout, "node_modules"), gapCharacters);
  try {
    for (const variant of variants) {
      if (options.only.length > 0 && !options.only.includes(variant.name)) continue;
      process.stderr.write(`${variant.name} …\n`);
      replays[variant.name] = await replay(variant, corpus, installation, options);
    }
  } finally {
    await rm(corpus.folder, { recursive: true, force: true });
  }
  const manifest = await readManifest(directory);
  const report = {
    machine,
    model: { id: manifest.id, sha256: manifest.files.weights.sha256, threads },
    reusedTokenShare: replays.waiting?.reusedTokenShare,
    reusedTokenShareWandering: replays["waiting, wandering"]?.reusedTokenShare,
    replays,
  };
  if (options.only.length > 0) return report;
  process.stderr.write("cancellation …\n");
  const cancellation = await cancel(options);
  process.stderr.write("llama.cpp …\n");
  const llamaCpp = await compareWithLlamaCpp(checkout, directory).catch((error: unknown) => ({
    problem: errorMessage(error),
  }));
  const ratios =
    "problem" in llamaCpp ? {} : { prefillRatio: llamaCpp.prefillRatio, decodeRatio: llamaCpp.decodeRatio };
  return { ...ratios, ...report, cancellation, llamaCpp };
}

async function cancel({ directory, threads }: BenchOptions): Promise<CancellationReport> {
  const { hostScript } = installationAround(path.join(checkout, "dist"));
  const model = await loadModel({ directory, threads, hostScript });
  return measureCancellation(model, path.join(checkout, "node_modules")).finally(() => model.dispose());
}

async function invocation({ directory, threads }: BenchOptions, folders: readonly string[], carets: number) {
  const installation = installationAround(path.join(checkout, "dist"));
  const languages = await loadInstalledLanguages(installation, (problem) => process.stderr.write(`${problem}\n`));
  const model = await loadModel({ directory, threads, hostScript: installation.hostScript });
  const parts = { folders, installation, languages, model, carets, askOneIn: 5, seed: 1, signal: never };
  return measureInvocation(parts).finally(() => model.dispose());
}

/** Both models in turn, each in its process: how often keys and values that were kept change what is written. */
async function parity({ directory, threads }: BenchOptions, steps: number, budget: number): Promise<ParityReport> {
  const { hostScript } = installationAround(path.join(checkout, "dist"));
  const corpus = await writeTypingCorpus(path.join(checkout, "node_modules"), gapCharacters * 4);
  const warm = await loadModel({ directory, threads, hostScript });
  const fresh = await loadModel({ directory, threads, hostScript });
  try {
    const onStep = (step: number): void => {
      if (step % 100 === 0) process.stderr.write(`${step} of ${steps}\n`);
    };
    return await measureParity({ warm, fresh, places: corpus.places(2), steps, budget, seed: 1, onStep });
  } finally {
    await Promise.all([warm.dispose(), fresh.dispose()]);
    await rm(corpus.folder, { recursive: true, force: true });
  }
}

async function replay(
  { waits = false, wanders = false, fresh = false, hurries = waits, treeBytes, disabled = [] }: Variant,
  corpus: TypingCorpus,
  installation: Installation,
  { directory, threads, keys }: BenchOptions,
): Promise<ReplayReport> {
  const languages = await loadInstalledLanguages(installation, (problem) => process.stderr.write(`${problem}\n`));
  const settings = DEFAULT_SETTINGS;
  const loaded = await loadModel({
    directory,
    threads,
    hostScript: installation.hostScript,
    ...(treeBytes !== undefined && { treeBytes }),
  });
  const context = await openContext({ installation, languages, workspace: corpus.folder, settings, signal: never });
  try {
    const model = new CountedModel(loaded, fresh);
    const memory = createRepositoryMemory(loaded, { keyOf: ({ path }) => path });
    for (const { path, text } of context.index.texts()) memory?.setFile(path, text);
    const pace = new Pace();
    const engine = createEngine(model, settings, languages, {
      disabled: new Set(disabled),
      context: context.provider,
      documents: memory,
      ...(waits && { contextLimit: Number.POSITIVE_INFINITY }),
      ...(!hurries && { pause: (signal) => waitFor(pace.remaining(performance.now()), signal) }),
    });
    return await replayTyping({
      engine,
      pace,
      model,
      processId: loaded.processId,
      places: corpus.places(wanders ? 2 : 1),
      languageIdOf: (name) => languageIdOf(name, languages),
      repository: "typing",
      seed: 1,
      waits,
      wanders,
      keys,
    });
  } finally {
    await context.dispose();
    await loaded.dispose();
  }
}

function describeCancellation({ p50, p95, p99, longest, count }: CancellationReport): string {
  return `cancellation p50 ${p50}, p95 ${p95}, p99 ${p99}, longest ${longest} ms of ${count}`;
}

function describeInvocation(report: InvocationReport): string {
  const lines = Object.entries(report).flatMap(([kind, decisions]) =>
    Object.entries(decisions).map(([decision, { share, carets, suggested, firstLineRight, useful }]) => {
      const percent = (part: number): string => `${(100 * part).toFixed(1)}%`;
      const found = `suggested ${percent(suggested)}, first line right ${percent(firstLineRight)}, useful ${percent(useful)}`;
      return `${kind}, ${decision}: ${percent(share)} of the carets (${carets}); ${found}`;
    }),
  );
  return `${lines.join("\n")}\n`;
}

function describeLlama(report: LlamaReport): string {
  const { prefillRatio, decodeRatio, prefillTokensPerSecond: prefill, decodeTokensPerSecond: decode } = report;
  return [
    `prefill ${prefill.ours} tokens/s, llama.cpp ${prefill.llamaCpp} (${prefillRatio}×)`,
    `decode ${decode.ours} tokens/s, llama.cpp ${decode.llamaCpp} (${decodeRatio}×)`,
    `the same text at ${(100 * report.sameTextShare).toFixed(0)}% of the prompts`,
  ].join("; ");
}

function table({ machine, model, llamaCpp, cancellation, replays }: Report): string {
  const rows: readonly [string, (report: ReplayReport) => string | number][] = [
    ["keys", ({ keys }) => keys],
    ["prompt tokens reused", ({ reusedTokenShare }) => `${(100 * reusedTokenShare).toFixed(1)}%`],
    ["first line p50, ms", ({ firstLine }) => firstLine.p50],
    ["first line p95, ms", ({ firstLine }) => firstLine.p95],
    ["first line p99, ms", ({ firstLine }) => firstLine.p99],
    ["cold first line p50, ms", ({ coldFirstLine }) => `${coldFirstLine.p50} (${coldFirstLine.count})`],
    ["prompt built p50, ms", ({ buildPrompt }) => buildPrompt.p50],
    ["prompt tokens", ({ promptTokens }) => promptTokens],
    ["runs per 100 keys", ({ runsPer100Keys }) => runsPer100Keys],
    ["wasted runs per shown", ({ wastedRunsPerShown }) => wastedRunsPerShown],
    ["shown", ({ shown }) => shown],
    ["right, of those shown", ({ rightShare }) => `${(100 * rightShare).toFixed(1)}%`],
    ["characters saved per 100 keys", ({ charactersSavedPer100Keys }) => charactersSavedPer100Keys],
    ["CPU seconds per 100 keys", ({ cpuSecondsPer100Keys }) => cpuSecondsPer100Keys],
  ];
  return [
    `${model.id} (${model.sha256.slice(0, 12)}), threads: ${model.threads}`,
    describeMachine(machine),
    ...(llamaCpp === undefined
      ? []
      : ["problem" in llamaCpp ? `llama.cpp: ${llamaCpp.problem}` : describeLlama(llamaCpp)]),
    ...(cancellation === undefined ? [] : [describeCancellation(cancellation)]),
    ...Object.entries(replays).flatMap(([name, report]) => [
      "",
      name,
      ...rows.map(([row, value]) => `  ${row.padEnd(32)}${String(value(report)).padStart(12)}`),
    ]),
    "",
  ].join("\n");
}

function describeParity({ steps, sameShare, divergences, beyondNearTies, reusedTokenShare }: ParityReport): string {
  return [
    `${steps} edit steps, ${(100 * reusedTokenShare).toFixed(1)}% of prompt tokens reused`,
    `the same text: ${(100 * sameShare).toFixed(2)}%; of ${divergences.length} divergences ${beyondNearTies} begin at no near-tie`,
    `differences in log-probability where they part: ${divergences.join(", ") || "none"}`,
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      steps: { type: "string", default: "2000" },
      budget: { type: "string", default: "512" },
      carets: { type: "string", default: "300" },
      keys: { type: "string", default: "600" },
      only: { type: "string", multiple: true, default: [] },
      model: { type: "string", default: path.join(checkout, "models", "default") },
      threads: { type: "string", default: String(defaultThreads()) },
      json: { type: "boolean", default: false },
      output: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const number = (name: string, text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} is "${text}", but must be a whole number from 1`);
    return value;
  };
  const unknown = values.only.find((only) => !variants.some(({ name }) => name === only));
  if (unknown !== undefined) throw new Error(`--only is "${unknown}", but the variants are ${variantNames}`);
  const options: BenchOptions = {
    directory: path.resolve(values.model),
    threads: number("threads", values.threads),
    keys: number("keys", values.keys),
    only: values.only,
  };
  const print = async (report: object, text: string): Promise<void> => {
    const json = `${JSON.stringify(report, undefined, 2)}\n`;
    if (values.output !== undefined) await writeFile(values.output, json);
    process.stdout.write(values.json ? json : text);
  };
  if (positionals[0] === "parity") {
    const report = await parity(options, number("steps", values.steps), number("budget", values.budget));
    await print(report, describeParity(report));
    return;
  }
  if (positionals[0] === "cancellation") {
    const report = await cancel(options);
    await print(report, `${describeMachine(thisMachine())}\n${describeCancellation(report)}\n`);
    return;
  }
  if (positionals[0] === "invocation") {
    const report = await invocation(options, positionals.slice(1), number("carets", values.carets));
    await print(report, describeInvocation(report));
    return;
  }
  if (positionals[0] === "llamaCpp") {
    const report = await compareWithLlamaCpp(checkout, options.directory);
    await print(report, `${describeLlama(report)}\n`);
    return;
  }
  if (positionals.length > 0) throw new Error(`there is no benchmark "${positionals[0]}"`);
  const report = await measure(options);
  await print(report, table(report));
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n\n${usage}\n`);
  process.exitCode = 1;
});
