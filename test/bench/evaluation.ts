// npm run bench -- evaluation: what the runner of `horizon eval run` costs on top of the engine, how soon a run of 10,000
// samples goes on, and whether its memory grows with the number of samples.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { HoleAnswer } from "../../server/src/evaluation/askEngine.js";
import { findDataset, readHoles } from "../../server/src/evaluation/datasets/index.js";
import type { Hole } from "../../server/src/evaluation/hole.js";
import { createHoleAsker } from "../../server/src/evaluation/holeAsker.js";
import { createMetrics } from "../../server/src/evaluation/metrics/index.js";
import { runSamples } from "../../server/src/evaluation/runner.js";
import { readSamples, SampleFiles } from "../../server/src/evaluation/sampleFiles.js";
import { scoreAnswer, scoreFailure } from "../../server/src/evaluation/scoring.js";
import { type HoleSource, selectHoles } from "../../server/src/evaluation/selection.js";
import { SummaryBuilder } from "../../server/src/evaluation/statistics/summary.js";
import { loadModel } from "../../server/src/inference/loadModel.js";
import { DEFAULT_SETTINGS } from "../../server/src/settings.js";
import { installationAround, loadInstalledLanguages, wasmFilesOf } from "../../server/src/workspace/installation.js";
import { carets } from "./prompts.js";
import { round } from "./statistics.js";

const root = path.join(import.meta.dirname, "..");
const never = new AbortController().signal;
const all = { limit: undefined, seed: 0, shard: { index: 1, count: 1 } };

/** Samples with the real model. */
const askedSamples = 60;

/** Samples of a run that is gone on with; the figure to reach is 2 s. */
const resumedSamples = 10_000;

export interface EvaluationReport {
  /** (Time of the run − time of the engine and its model) ÷ the latter; to be at most 0.05. */
  readonly overhead: number;
  readonly samplesPerSecond: number;
  /** From the command's first look at the data to the first new sample; to be at most 2,000. */
  readonly resumeMilliseconds: number;
  /** Heap in use after 2,000 and after 20,000 samples, MB; to be the same. */
  readonly heapMegabytes: { readonly after2000: number; readonly after20000: number };
}

/** Holes in real code: the rest of a line. */
function realHoles(count: number): readonly Hole[] {
  return carets(path.join(root, "node_modules"), count).map(({ file, text, offset }, index) => {
    const end = text.indexOf("\n", offset);
    return {
      id: `hole${index}`,
      cluster: file,
      path: file,
      repository: "bench",
      languageId: file.endsWith(".ts") ? "typescript" : "javascript",
      prefix: text.slice(0, offset),
      middle: text.slice(offset, end),
      suffix: text.slice(end),
      kind: "restOfLine",
    };
  });
}

function sourceOf(holes: readonly Hole[]): HoleSource {
  return {
    identity: {},
    async *read() {
      yield* holes;
    },
  };
}

/** Runs everything; takes about a minute. */
export async function measureEvaluation(): Promise<EvaluationReport> {
  const folder = await mkdtemp(path.join(tmpdir(), "horizon-bench-"));
  try {
    const { overhead, samplesPerSecond } = await measureOverhead(path.join(folder));
    const resumeMilliseconds = await measureResume(await mkdtemp(path.join(folder, "resume-")));
    const heapMegabytes = {
      after2000: await measureHeap(await mkdtemp(path.join(folder, "heap-")), 2000),
      after20000: await measureHeap(await mkdtemp(path.join(folder, "heap-")), 20_000),
    };
    return { overhead, samplesPerSecond, resumeMilliseconds, heapMegabytes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureOverhead(folder: string) {
  const installation = installationAround(path.join(root, "dist"));
  const languages = await loadInstalledLanguages(installation, () => {});
  const metrics = await createMetrics({ languages, wasm: wasmFilesOf(installation) });
  const model = await loadModel({
    directory: installation.modelDirectory,
    hostScript: installation.hostScript,
    threads: DEFAULT_SETTINGS.model.threads,
  });
  const files = await SampleFiles.open(folder);
  const scoring = { metrics: metrics.all, countTokens: (text: string) => model.tokenizer.encode(text).length };
  try {
    const { total, engine, asked } = await runSamples({
      selection: await selectHoles(sourceOf(realHoles(askedSamples)), all, never),
      files,
      ask: createHoleAsker({ model, settings: DEFAULT_SETTINGS, languages }),
      score: async (hole, answer) => scoreAnswer(hole, answer, scoring),
      scoreFailure: (hole, error) => scoreFailure(hole, error, scoring),
      onProgress: () => {},
      now: () => performance.now(),
      signal: never,
    });
    return { overhead: round((total - engine) / engine, 3), samplesPerSecond: round((asked / total) * 1000) };
  } finally {
    await files.close();
    await model.dispose();
    await metrics.dispose();
    await languages.dispose();
  }
}

/** An answer that takes no time. */
const answer: HoleAnswer = {
  suggestion: {
    text: "result += price",
    raw: "result += price\n",
    replaces: 0,
    tokens: 5,
    promptTokens: 200,
    reusedTokens: 0,
    snippets: [],
    meanLogProbability: -1,
  },
  timings: { firstLine: 10, prompt: 1, prefill: 5, decode: 5, total: 12 },
  promptSha256: "0".repeat(64),
  source: "model",
};

/** Goes on with a run of a dataset's file, with one sample left to ask about. */
async function measureResume(folder: string): Promise<number> {
  const task = "def total(prices):\n    result = 0\n    for price in prices:\n".repeat(20);
  const file = path.join(folder, "data.jsonl");
  const rows = Array.from({ length: resumedSamples + 1 }, (_, index) => ({
    task_id: `SingleLineInfilling/HumanEval/${Math.floor(index / 8)}/L${index % 8}`,
    entry_point: "total",
    prompt: task,
    suffix: "    return result\n",
    canonical_solution: "        result += price\n",
    test: "def check(candidate):\n    assert candidate([1]) == 1\n",
  }));
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const dataset = findDataset("humaneval-infilling:single-line");
  const source: HoleSource = { identity: {}, read: () => readHoles(dataset, file) };
  const write = await SampleFiles.open(folder);
  const selection = await selectHoles(source, all, never);
  let written = 0;
  for await (const hole of selection.read(0)) {
    if (written++ < resumedSamples) {
      await write.append(scoreAnswer(hole, answer, { metrics: [] }), { id: hole.id, ...answer.timings });
    }
  }
  await write.close();

  const started = performance.now();
  let asked = Number.NaN;
  const again = await selectHoles(source, all, never);
  const files = await SampleFiles.open(folder);
  try {
    await runSamples({
      selection: again,
      files,
      ask: async () => {
        asked = performance.now() - started;
        return answer;
      },
      score: async (hole, one) => scoreAnswer(hole, one, { metrics: [] }),
      scoreFailure: (hole, error) => scoreFailure(hole, error, { metrics: [] }),
      onProgress: () => {},
      now: () => performance.now(),
      signal: never,
    });
  } finally {
    await files.close();
  }
  return round(asked, 0);
}

/** Heap in use at the end of a run, its summary included. */
async function measureHeap(folder: string, samples: number): Promise<number> {
  const [hole] = realHoles(1);
  if (hole === undefined) throw new Error("there are no holes");
  const short = { ...hole, prefix: hole.prefix.slice(-2000), suffix: hole.suffix.slice(0, 1000) };
  const source: HoleSource = {
    identity: {},
    async *read() {
      for (let index = 0; index < samples; index++) {
        yield { ...short, id: `hole${index}`, cluster: `file${index % 50}` };
      }
    },
  };
  const files = await SampleFiles.open(folder);
  await runSamples({
    selection: await selectHoles(source, all, never),
    files,
    ask: async () => answer,
    score: async (one, given) => scoreAnswer(one, given, { metrics: [] }),
    scoreFailure: (one, error) => scoreFailure(one, error, { metrics: [] }),
    onProgress: () => {},
    now: () => performance.now(),
    signal: never,
  });
  await files.close();
  const builder = new SummaryBuilder();
  for await (const { record, timings } of readSamples(folder)) {
    builder.addSample(record);
    builder.addTimings(timings);
  }
  builder.build();
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return round(process.memoryUsage().heapUsed / 1e6);
}

/** The figures as lines. */
export function describeEvaluation({
  overhead,
  samplesPerSecond,
  resumeMilliseconds,
  heapMegabytes,
}: EvaluationReport): string {
  const lines: readonly [string, string][] = [
    ["runner's overhead, %", String(round(overhead * 100))],
    ["samples per second", String(samplesPerSecond)],
    ["resuming 10,000 samples, ms", String(resumeMilliseconds)],
    ["heap after 2,000 samples, MB", String(heapMegabytes.after2000)],
    ["heap after 20,000 samples, MB", String(heapMegabytes.after20000)],
  ];
  return `${lines.map(([name, value]) => name.padEnd(32) + value.padStart(8)).join("\n")}\n`;
}
