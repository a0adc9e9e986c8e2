// Asks about holes one after the other, writes down each answer as soon as it is known, and can be ended at any time.
import { ModelError } from "../inference/errors.js";
import { InputError } from "../workspace/inputError.js";
import type { HoleAnswer } from "./askEngine.js";
import type { Hole, SampleRecord, SampleTimings } from "./hole.js";
import type { SampleFiles } from "./sampleFiles.js";
import type { Selection } from "./selection.js";

/**
 * Failures of the model in a row after which a run ends: a crash costs one sample, but a model that always crashes would
 * fill the report with nothing.
 */
const mostFailuresInARow = 10;

/** How far a run is. */
export interface Progress {
  readonly done: number;
  readonly count: number;
  /** Samples that this process has asked about. */
  readonly asked: number;
  /** Milliseconds that they took. */
  readonly milliseconds: number;
}

export interface RunOptions {
  readonly selection: Selection;
  readonly files: SampleFiles;
  readonly ask: (hole: Hole, signal: AbortSignal) => Promise<HoleAnswer>;
  readonly score: (hole: Hole, answer: HoleAnswer, signal: AbortSignal) => Promise<SampleRecord>;
  readonly scoreFailure: (hole: Hole, error: string) => SampleRecord;
  readonly onProgress: (progress: Progress) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What a run took. */
export interface RunOutcome {
  /** Samples that this process has asked about. */
  readonly asked: number;
  readonly failures: number;
  /** Milliseconds: all of it, and what of it the engine and its model took. */
  readonly total: number;
  readonly engine: number;
}

/**
 * Runs what is left of a run.
 *
 * @throws {InputError} when the files belong to other holes
 * @throws {ModelError} when the model fails again and again
 */
export async function runSamples(options: RunOptions): Promise<RunOutcome> {
  const { selection, files, signal, now } = options;
  const started = now();
  let asked = 0;
  let failures = 0;
  let failuresInARow = 0;
  let engine = 0;
  // The last one that is there is read again, to see whether it is this dataset's.
  const known = Math.max(0, files.done - 1);
  let number = known;
  for await (const hole of selection.read(known)) {
    signal.throwIfAborted();
    if (number++ < files.done) {
      if (hole.id !== files.lastId) {
        throw new InputError(
          `Sample ${files.done} in the folder is "${files.lastId}", but of this data it is "${hole.id}". ` +
            "The data has changed: choose another --out, or remove the folder.",
        );
      }
      continue;
    }
    const before = now();
    let record: SampleRecord;
    let timings: Omit<SampleTimings, "id"> = { firstLine: 0, prompt: 0, prefill: 0, decode: 0, total: 0 };
    try {
      const answer = await options.ask(hole, signal);
      engine += now() - before;
      timings = answer.timings;
      record = await options.score(hole, answer, signal);
      failuresInARow = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ModelError) || error.kind === "disposed" || error.kind === "cancelled") {
        throw error;
      }
      engine += now() - before;
      failures++;
      if (++failuresInARow === mostFailuresInARow) {
        throw new ModelError(
          error.kind,
          `The model failed on ${mostFailuresInARow} samples in a row: ${error.message} ` +
            "What was done before is kept; the same command goes on behind it.",
          { cause: error },
        );
      }
      record = options.scoreFailure(hole, error.message);
    }
    await files.append(record, { id: hole.id, ...timings });
    asked++;
    options.onProgress({ done: files.done + asked, count: selection.count, asked, milliseconds: now() - started });
  }
  return { asked, failures, total: now() - started, engine };
}
