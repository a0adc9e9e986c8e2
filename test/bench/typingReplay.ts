// Replays typing against the engine, as the editor asks it: after every key, in real time, and each key takes back the
// question before it.
import { readFileSync } from "node:fs";
import type { CompletionUpdate } from "../../server/src/completion/completion.js";
import type { CompletionEngine } from "../../server/src/completion/engine.js";
import type { Pace } from "../../server/src/completion/pace.js";
import { WrappedModel } from "../../server/src/evaluation/wrappedModel.js";
import type {
  DecodedToken,
  GenerateOptions,
  GenerationEnd,
  LanguageModel,
  Prompt,
  PromptParts,
} from "../../server/src/inference/generation.js";
import { quantile, round } from "./statistics.js";
import { type Keystroke, type TypingPlace, type } from "./typist.js";

/** Shortest suggestion that is taken: with less, Tab saves nothing. */
const shortestAccepted = 2;

/** A first prompt, and any other of which less than this share was known already, is cold. */
const coldShare = 0.5;

/** Clock ticks of Linux's /proc per second, the same on every machine that Node runs on. */
const ticksPerSecond = 100;

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly count: number;
}

export interface ReplayReport {
  readonly keys: number;
  /** Of 100 keys, those that were answered with a run of the model. */
  readonly runsPer100Keys: number;
  /** Of all prompt tokens of runs that read their prompt to its end, those that were not computed. */
  readonly reusedTokenShare: number;
  readonly promptTokens: number;
  /** Runs that were stopped before they had read their prompt; what they read is counted as read by the next. */
  readonly stoppedWhileReading: number;
  /** Milliseconds from the key to the first line, of runs that showed one before the next key. */
  readonly firstLine: Quantiles;
  readonly coldFirstLine: Quantiles;
  /** Milliseconds that building a prompt took, tokens included. */
  readonly buildPrompt: Quantiles;
  readonly shown: number;
  /** Of suggestions shown, those that are what was typed next. */
  readonly rightShare: number;
  /** Runs of the model that showed nothing, for each suggestion shown. */
  readonly wastedRunsPerShown: number;
  readonly charactersSavedPer100Keys: number;
  /** Of this process and the model's; NaN where the system does not tell. */
  readonly cpuSecondsPer100Keys: number;
}

/** One run of the model. */
interface Run {
  readonly prompt: Prompt;
  reusedTokens: number | undefined;
}

/** Notes what the model is asked, and how long building prompts takes. */
export class CountedModel extends WrappedModel {
  readonly runs: Run[] = [];
  readonly buildTimes: number[] = [];

  /** @param fresh has the model read every prompt anew */
  constructor(
    inner: LanguageModel,
    private readonly fresh: boolean,
  ) {
    super(inner);
  }

  buildPrompt(parts: PromptParts, budget?: number): Prompt {
    const start = performance.now();
    const prompt = this.inner.buildPrompt(parts, budget);
    this.buildTimes.push(performance.now() - start);
    return prompt;
  }

  generate(prompt: Prompt, options: GenerateOptions): AsyncGenerator<DecodedToken, GenerationEnd> {
    const run: Run = { prompt, reusedTokens: undefined };
    this.runs.push(run);
    return this.inner.generate(prompt, {
      ...options,
      fresh: this.fresh,
      onPrefill: (result) => {
        run.reusedTokens = result.reusedTokens;
        options.onPrefill?.(result);
      },
    });
  }
}

export interface ReplayOptions {
  readonly engine: CompletionEngine;
  /** Told of keys and answers, as in the editor. */
  readonly pace: Pace;
  readonly model: CountedModel;
  /** Of the model's process. */
  readonly processId: number | undefined;
  readonly places: readonly TypingPlace[];
  readonly languageIdOf: (path: string) => string;
  readonly repository: string;
  readonly seed: number;
  /** Presses the next key when the answer is whole, instead of at its time. */
  readonly waits: boolean;
  readonly wanders: boolean;
  /** Most keys. */
  readonly keys: number;
}

/** Types until there is nothing left to type, or as many keys as wanted. */
export async function replayTyping(options: ReplayOptions): Promise<ReplayReport> {
  const { model, processId, places, seed, waits, wanders, keys } = options;
  const firstLines: number[] = [];
  const coldFirstLines: number[] = [];
  const cpuBefore = cpuSeconds(processId);
  let pressed = 0;
  let shown = 0;
  let right = 0;
  let usefulRuns = 0;
  let saved = 0;
  let version = 0;
  let last: Question | undefined;
  for (const keystroke of type(places, seed, wanders)) {
    if (pressed++ === keys) break;
    const runsBefore = model.runs.length;
    const question = ask(options, keystroke, ++version);
    last?.controller.abort();
    await last?.done;
    last = question;
    await (waits ? question.done : until(keystroke.pause));
    const { suggestion, firstLine } = question.seen;
    const run = model.runs[runsBefore];
    if (suggestion === undefined) continue;
    shown++;
    if (run !== undefined) {
      usefulRuns++;
      const isCold = (run.reusedTokens ?? 0) < coldShare * run.prompt.tokenIds.length;
      if (firstLine !== undefined) (isCold ? coldFirstLines : firstLines).push(firstLine);
    }
    const { file, place } = keystroke.at;
    if (file.hasError(place) || !file.rest(place).startsWith(suggestion.text)) continue;
    right++;
    if (suggestion.text.length < shortestAccepted) continue;
    file.accept(place, suggestion.text, suggestion.replaced);
    saved += suggestion.text.length - 1;
  }
  last?.controller.abort();
  await last?.done;
  const cpu = cpuSeconds(processId) - cpuBefore;
  const read = model.runs.filter(({ reusedTokens }) => reusedTokens !== undefined);
  const tokens = sum(read.map(({ prompt }) => prompt.tokenIds.length));
  return {
    keys: pressed,
    runsPer100Keys: round((100 * model.runs.length) / pressed),
    reusedTokenShare: round(sum(read.map(({ reusedTokens }) => reusedTokens ?? 0)) / tokens, 4),
    promptTokens: round(tokens / read.length, 0),
    stoppedWhileReading: model.runs.length - read.length,
    firstLine: quantiles(firstLines),
    coldFirstLine: quantiles(coldFirstLines),
    buildPrompt: quantiles(model.buildTimes, 2),
    shown,
    rightShare: round(right / shown, 3),
    wastedRunsPerShown: round((model.runs.length - usefulRuns) / shown, 2),
    charactersSavedPer100Keys: round((100 * saved) / pressed),
    cpuSecondsPer100Keys: round((100 * cpu) / pressed, 2),
  };
}

/** What is asked after a key, and what came of it until now. */
interface Question {
  readonly controller: AbortController;
  readonly done: Promise<void>;
  readonly seen: {
    suggestion: { readonly text: string; readonly replaced: number } | undefined;
    /** Milliseconds after the key. */
    firstLine: number | undefined;
  };
}

function ask(options: ReplayOptions, { at: { file, place } }: Keystroke, version: number): Question {
  const { engine, pace, languageIdOf, repository } = options;
  const { path, text } = file;
  const offset = file.caret(place);
  const document = { uri: `replay:/${path}`, path, repository, languageId: languageIdOf(path), version, text };
  const controller = new AbortController();
  const started = performance.now();
  const seen: Question["seen"] = { suggestion: undefined, firstLine: undefined };
  pace.typed(started);
  const show = ({ completion }: CompletionUpdate): void => {
    // What comes when the next key has been pressed is not shown.
    if (controller.signal.aborted) return;
    seen.firstLine ??= performance.now() - started;
    seen.suggestion = { text: completion.text, replaced: completion.range.end - completion.range.start };
  };
  const read = async (): Promise<void> => {
    const updates = engine.complete({ document, offset, cause: "typing" }, controller.signal);
    let next = await updates.next();
    for (; next.done !== true; next = await updates.next()) show(next.value);
    const { source, timings } = next.value;
    if (source === "model") pace.answered(timings.firstLine - timings.pause);
  };
  return { controller, seen, done: read() };
}

function until(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What this process and the model's have computed so far. */
function cpuSeconds(processId: number | undefined): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1e6;
  if (processId === undefined || process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${processId}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // Fields 14 and 15 of the line, user and system time; the first two are gone.
  return own + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function quantiles(values: readonly number[], places = 1): Quantiles {
  const at = (q: number): number => round(quantile(values, q), places);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: values.length };
}
