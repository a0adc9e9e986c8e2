// The two growing files of a run, one line per sample each: samples.jsonl and timings.jsonl. After a kill both are cut
// back to the samples that both have whole.
import { createReadStream } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isMissing } from "../workspace/fileError.js";
import { InputError } from "../workspace/inputError.js";
import { parseJson } from "../workspace/parseJson.js";
import type { SampleRecord, SampleTimings } from "./hole.js";
import { readLines } from "./lines.js";

export const samplesFile = "samples.jsonl";
export const timingsFile = "timings.jsonl";

/** What of a file is whole. */
interface WholeLines {
  readonly count: number;
  /** Bytes of the first `count` lines. */
  readonly bytes: number;
  readonly last: string | undefined;
}

/** The files of one run, open to append to. */
export class SampleFiles {
  readonly #samples: FileHandle;
  readonly #timings: FileHandle;

  private constructor(
    samples: FileHandle,
    timings: FileHandle,
    /** Samples that were there already. */
    readonly done: number,
    /** Id of the last of them. */
    readonly lastId: string | undefined,
  ) {
    this.#samples = samples;
    this.#timings = timings;
  }

  /** Opens the files in a folder; what a kill has left half written is cut off. */
  static async open(folder: string): Promise<SampleFiles> {
    const paths = [join(folder, samplesFile), join(folder, timingsFile)] as const;
    const counts = await Promise.all(paths.map((path) => findWholeLines(path, Number.POSITIVE_INFINITY)));
    const done = Math.min(...counts.map(({ count }) => count));
    let lastId: string | undefined;
    for (const [index, path] of paths.entries()) {
      const known = counts[index];
      const whole = known?.count === done ? known : await findWholeLines(path, done);
      if (whole.last !== undefined) {
        lastId = readId(whole.last, path, done);
      }
      await truncate(path, whole.bytes).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    return new SampleFiles(await open(paths[0], "a"), await open(paths[1], "a"), done, lastId);
  }

  async append(record: SampleRecord, timings: SampleTimings): Promise<void> {
    await this.#samples.appendFile(`${JSON.stringify(record)}\n`);
    await this.#timings.appendFile(`${JSON.stringify(timings)}\n`);
  }

  async close(): Promise<void> {
    await this.#samples.close();
    await this.#timings.close();
  }
}

/** Counts lines that end with a line end, `most` at most, without holding more than the last one. */
async function findWholeLines(path: string, most: number): Promise<WholeLines> {
  let count = 0;
  let bytes = 0;
  let read = 0;
  let line: Buffer[] = [];
  let last: string | undefined;
  try {
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const chunk = part as Buffer;
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0 && count < most; end = chunk.indexOf(10, start)) {
        count++;
        bytes = read + end + 1;
        // Texts are made of the last line only: most chunks have many.
        const isLast = chunk.indexOf(10, end + 1) < 0 || count === most;
        if (isLast) {
          last = Buffer.concat([...line, chunk.subarray(start, end)]).toString("utf8");
        }
        line = [];
        start = end + 1;
      }
      if (count === most) {
        break;
      }
      line.push(chunk.subarray(start));
      read += chunk.length;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return { count, bytes, last: count === 0 ? undefined : last };
}

const idSchema = z.object({ id: z.string() });

function readId(line: string, path: string, number: number): string {
  const explain = () => `${path}:${number}: this line is no sample. Choose another --out, or remove the folder.`;
  return parseJson(line, idSchema, { notJson: explain, notAsExpected: explain }).id;
}

const horizonSchema = z.object({ fraction: z.number(), remainingTokens: z.number() });

const recordSchema = z.object({
  id: z.string(),
  cluster: z.string(),
  path: z.string(),
  languageId: z.string(),
  kind: z.string(),
  caret: z.string(),
  truth: z.string(),
  text: z.string(),
  raw: z.string(),
  replaces: z.number(),
  meanLogProbability: z.number().optional(),
  horizon: horizonSchema.optional(),
  tokens: z.number(),
  promptTokens: z.number(),
  reusedTokens: z.number(),
  promptSha256: z.string(),
  failure: z.string().optional(),
  metrics: z.record(z.string(), z.number()),
  rawMetrics: z.record(z.string(), z.number()),
  error: z.string().optional(),
});

const timingsSchema = z.object({
  id: z.string(),
  firstLine: z.number(),
  prompt: z.number(),
  prefill: z.number(),
  decode: z.number(),
  total: z.number(),
});

/** A sample with its timings. */
export interface StoredSample {
  readonly record: SampleRecord;
  readonly timings: SampleTimings;
}

/**
 * The samples of a finished run, one at a time.
 *
 * @throws {InputError} when a line is broken, or the two files do not go together
 */
export async function* readSamples(folder: string): AsyncGenerator<StoredSample> {
  const timings = readLines(join(folder, timingsFile), "text");
  try {
    for await (const { number, text } of readLines(join(folder, samplesFile), "text")) {
      const timing = await timings.next();
      const record = parseLine(recordSchema, text, `${join(folder, samplesFile)}:${number}`) as SampleRecord;
      if (timing.done === true) {
        throw new InputError(
          `${join(folder, timingsFile)} ends before line ${number}. Run the command again to repair it.`,
        );
      }
      const parsed = parseLine(timingsSchema, timing.value.text, `${join(folder, timingsFile)}:${number}`);
      if (parsed.id !== record.id) {
        throw new InputError(
          `${join(folder, timingsFile)}:${number} is about "${parsed.id}", but samples.jsonl has "${record.id}" there.`,
        );
      }
      yield { record, timings: parsed };
    }
  } finally {
    await timings.return(undefined);
  }
}

/** What {@link readSamples} reads, without the timings; ends with the signal's reason. */
export async function* readRecords(folder: string, signal: AbortSignal): AsyncGenerator<SampleRecord> {
  for await (const { record } of readSamples(folder)) {
    signal.throwIfAborted();
    yield record;
  }
}

function parseLine<Schema extends z.ZodType>(schema: Schema, text: string, place: string): z.infer<Schema> {
  return parseJson(text, schema, {
    notJson: () => `${place}: this line is no JSON.`,
    notAsExpected: (problems) => `${place}: this line is no sample: ${problems}`,
  });
}
