// `horizon eval run --replay FILE…`: types files at a human cadence.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { hashFile } from "../../evaluation/hashFile.js";
import type { Metrics } from "../../evaluation/metrics/index.js";
import { ProgressLine } from "../../evaluation/progress.js";
import { paces } from "../../evaluation/replay/cadence.js";
import { replaySession } from "../../evaluation/replay/replay.js";
import { replayMetrics } from "../../evaluation/replay/replayMetrics.js";
import { limitSessions, planSessions, type Session } from "../../evaluation/replay/sessions.js";
import { defaultSpeed, VirtualModel } from "../../evaluation/replay/virtualModel.js";
import { claimFolder } from "../../evaluation/runSettings.js";
import { readSamples, SampleFiles } from "../../evaluation/sampleFiles.js";
import type { EvaluationSummary } from "../../evaluation/statistics/summary.js";
import type { LanguageModel } from "../../inference/generation.js";
import type { Languages } from "../../syntax/languages.js";
import { InputError } from "../../workspace/inputError.js";
import { type Installation, languageIdOf } from "../../workspace/installation.js";
import { readSourceFile } from "../../workspace/sourceFile.js";
import { describeSettings } from "./describeSettings.js";
import { finishRun } from "./finish.js";
import { loadEvaluatedModel } from "./model.js";
import type { RunOptions } from "./options.js";

interface Parts {
  readonly installation: Installation;
  readonly languages: Languages;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** Replays files; goes on where it was ended. */
export async function runReplay(
  options: RunOptions,
  names: readonly string[],
  { installation, languages, metrics, signal }: Parts,
): Promise<EvaluationSummary> {
  if (options.shard.count > 1) {
    throw new InputError("--shard does not go with --replay: name other files in each part instead.");
  }
  const folder = resolve(options.out);
  const sessions = await readSessions(names, options, languages);
  const files = names.map((name) => resolve(name));
  const source = {
    files: names.map((name) => basename(name)).join(", "),
    sha256: (await Promise.all(files.map(hashFile))).join(","),
    cadence: paces,
    speed: defaultSpeed,
  };
  await mkdir(folder, { recursive: true });
  const { model, countTokens } = await loadEvaluatedModel(options, installation, signal);
  try {
    await claimFolder(folder, describeSettings(options, source, model, sessions.length));
    const scoring = { metrics: metrics.all, countTokens };
    await type(sessions, model, { options, languages, scoring, folder, signal });
  } finally {
    await model.dispose();
  }
  const all = [...replayMetrics, ...metrics.all];
  const summary = await finishRun(folder, { metrics: all, holes: undefined, signal });
  await writeMeasured(folder);
  process.stderr.write(`Report: ${join(options.out, "report.html")}\n`);
  return summary;
}

async function readSessions(
  names: readonly string[],
  { limit, seed }: RunOptions,
  languages: Languages,
): Promise<readonly Session[]> {
  const sessions: Session[] = [];
  for (const name of names) {
    const text = (await readSourceFile(resolve(name))).replaceAll("\r\n", "\n");
    sessions.push(...planSessions(name.replaceAll("\\", "/"), languageIdOf(name, languages), text));
  }
  if (sessions.length === 0) {
    throw new InputError("--replay: there is nothing to type in these files.");
  }
  if (new Set(sessions.map(({ id }) => id)).size < sessions.length) {
    throw new InputError("--replay: a file is named twice.");
  }
  return limit === undefined ? sessions : limitSessions(sessions, limit, seed);
}

interface Typing {
  readonly options: RunOptions;
  readonly languages: Languages;
  readonly scoring: Parameters<typeof replaySession>[1]["scoring"];
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function type(
  sessions: readonly Session[],
  model: LanguageModel,
  { options, languages, scoring, folder, signal }: Typing,
): Promise<void> {
  const files = await SampleFiles.open(folder);
  const virtual = new VirtualModel(model, defaultSpeed);
  const progress = new ProgressLine({
    write: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    now: () => performance.now(),
    unit: "characters",
  });
  const count = sessions.reduce((sum, { start, end }) => sum + end - start, 0);
  const started = performance.now();
  let characters = 0;
  let skipped = 0;
  let asked = 0;
  // Whole sessions that are there are not typed again; the one that was cut off is, and what it writes again is the same.
  const first = await findUnfinished(folder, sessions, files.done);
  let number = first.samples;
  try {
    for (const [index, session] of sessions.entries()) {
      if (index < first.session) {
        characters += session.end - session.start;
        skipped = characters;
        continue;
      }
      const replay = replaySession(session, {
        model: virtual,
        settings: options.settings,
        languages,
        disabled: new Set(options.disabled),
        repository: "replay",
        scoring,
        seed: options.seed,
        signal,
        now: () => performance.now(),
      });
      for await (const { record, timings, offset } of replay) {
        if (number++ >= files.done) {
          await files.append(record, timings);
          asked++;
        }
        const done = characters + offset - session.start;
        progress.show({ done, count, asked: done - skipped, milliseconds: performance.now() - started });
      }
      characters += session.end - session.start;
    }
    progress.show({ done: count, count, asked: count - skipped, milliseconds: performance.now() - started });
  } finally {
    progress.end();
    await files.close();
  }
  process.stderr.write(`${asked} keys asked about.\n`);
}

/** The session in which a run was cut off, and the samples of those before it. */
async function findUnfinished(folder: string, sessions: readonly Session[], done: number) {
  let session = 0;
  let samples = 0;
  let number = 0;
  if (done > 0) {
    for await (const { record } of readSamples(folder)) {
      while (session < sessions.length && !record.id.startsWith(`${sessions[session]?.id}:`)) {
        session++;
        samples = number;
      }
      number++;
    }
  }
  return { session, samples };
}

/** What the real clock says, beside the virtual one: replay.json. */
async function writeMeasured(folder: string): Promise<void> {
  let keys = 0;
  let requests = 0;
  let inTime = 0;
  let shown = 0;
  for await (const { record, timings } of readSamples(folder)) {
    keys++;
    if (record.kind === "replay:model") {
      requests++;
      const isInTime = timings.firstLine <= (record.metrics.keyInterval ?? 0);
      inTime += Number(isInTime);
      shown += Number(isInTime && record.text !== "");
    }
  }
  const measured = { keys, requests, answeredInTime: requests === 0 ? 1 : inTime / requests, shownInTime: shown };
  await writeFile(join(folder, "replay.json"), `${JSON.stringify({ measured }, undefined, 2)}\n`);
}
