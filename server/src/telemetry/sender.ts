// Sends what lies in the store and was not sent before, at least once: how far it has come is written down after the
// receiver has acknowledged, so that a kill in between sends a batch again, under the same ids.
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Agreement, type FieldSwitches, withConsent } from "./consent.js";
import type { TelemetryEvent } from "./event.js";
import { readEvents, type StoredEvent } from "./eventReader.js";
import { listSegments } from "./eventStore.js";
import { type ExportResult, OtlpExporter, type Receiver } from "./otlpExporter.js";

/** Events in a batch; the collector's limit. */
export const batchSize = 50;

/** Milliseconds after which a window that holds the right to send and shows no life has lost it. */
const leaseTime = 120_000;

const leaseName = "sending.lock";
const progressName = "sent.json";

/** Bytes of each file that need not be sent any more, by the file's name. */
type Progress = Record<string, number>;

/** What a round of sending came to. */
export interface SendResult {
  /** Events that the receiver has acknowledged. */
  readonly sent: number;
  /** Events that the receiver will never take; they stay on the machine. */
  readonly refused: number;
  /** Why the round ended before all was sent; undefined when all was. */
  readonly problem?: Extract<ExportResult, { type: "blocked" | "failed" }> | undefined;
}

/** What is sent, and to whom. */
export interface SenderOptions {
  /** Folder of the events. */
  readonly directory: string;
  /** Folder for what the sender remembers. */
  readonly home: string;
  readonly receiver: Receiver;
  readonly agreement: Agreement;
  readonly fields: FieldSwitches;
}

/**
 * Sends all that was not sent, batch by batch, and stops when aborted. Does nothing while another window sends.
 *
 * @returns undefined where another window is at it
 */
export async function sendEvents(options: SenderOptions, signal: AbortSignal): Promise<SendResult | undefined> {
  const { home, receiver } = options;
  await mkdir(home, { recursive: true });
  const lease = path.join(home, leaseName);
  if (!(await takeLease(lease))) {
    return undefined;
  }
  const exporter = new OtlpExporter(receiver);
  try {
    return await sendBatches(options, exporter, lease, signal);
  } finally {
    await exporter.close();
    await rm(lease, { force: true });
  }
}

/** The events that would be sent now, as they would be sent. */
export async function* unsentEvents({
  directory,
  home,
  agreement,
  fields,
}: Pick<SenderOptions, "directory" | "home" | "agreement" | "fields">): AsyncGenerator<
  StoredEvent & { readonly sent: TelemetryEvent | undefined }
> {
  for await (const stored of readEvents(directory, { from: await readProgress(home) })) {
    const isAgreed = Date.parse(stored.event.time) >= agreement.since;
    yield { ...stored, sent: isAgreed ? withConsent(stored.event, fields) : undefined };
  }
}

/** Forgets what was sent: the events themselves are deleted. */
export async function forgetProgress(home: string): Promise<void> {
  await rm(path.join(home, progressName), { force: true });
}

async function sendBatches(
  options: SenderOptions,
  exporter: OtlpExporter,
  lease: string,
  signal: AbortSignal,
): Promise<SendResult> {
  const { directory, home } = options;
  const progress = await readProgress(home);
  let sent = 0;
  let refused = 0;
  let batch: TelemetryEvent[] = [];
  const send = async (): Promise<SendResult["problem"]> => {
    const result = batch.length === 0 ? { taken: 0, refused: 0 } : await sendOrSplit(exporter, batch);
    sent += result.taken;
    refused += result.refused;
    if (result.problem === undefined) {
      batch = [];
      await writeProgress(directory, home, progress);
      await utimes(lease, new Date(), new Date()).catch(() => {});
    }
    return result.problem;
  };
  const passed: Progress = {};
  for await (const { segment, end, sent: event } of unsentEvents(options)) {
    if (signal.aborted) {
      return { sent, refused };
    }
    passed[segment] = end;
    if (event !== undefined) {
      batch.push(event);
    }
    if (batch.length === batchSize) {
      Object.assign(progress, passed);
      const problem = await send();
      if (problem !== undefined) {
        return { sent, refused, problem };
      }
    }
  }
  Object.assign(progress, passed);
  const problem = await send();
  return { sent, refused, problem };
}

/** A batch that is refused is sent in halves, so that one event does not keep the others back. */
async function sendOrSplit(
  exporter: OtlpExporter,
  batch: readonly TelemetryEvent[],
): Promise<{ readonly taken: number; readonly refused: number; readonly problem?: SendResult["problem"] }> {
  const result = await exporter.send(batch);
  switch (result.type) {
    case "taken":
      return { taken: batch.length, refused: 0 };
    case "refused": {
      if (batch.length === 1) {
        return { taken: 0, refused: 1 };
      }
      const middle = batch.length >> 1;
      const first = await sendOrSplit(exporter, batch.slice(0, middle));
      if (first.problem !== undefined) {
        return first;
      }
      const second = await sendOrSplit(exporter, batch.slice(middle));
      return { ...second, taken: first.taken + second.taken, refused: first.refused + second.refused };
    }
    default:
      return { taken: 0, refused: 0, problem: result };
  }
}

/** Two windows that take a lease that has run out at once both send: the receiver counts each event once. */
async function takeLease(file: string): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await (await open(file, "wx")).close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw error;
      }
    }
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
    if (Date.now() - mtimeMs < leaseTime) {
      return false;
    }
    await rm(file, { force: true });
  }
  return false;
}

async function readProgress(home: string): Promise<Progress> {
  try {
    const progress: unknown = JSON.parse(await readFile(path.join(home, progressName), "utf8"));
    return Object.fromEntries(
      Object.entries(progress as Progress).filter(([, bytes]) => Number.isInteger(bytes) && bytes >= 0),
    );
  } catch {
    // Nothing was sent yet, or the file is damaged: what was sent is sent again, and counted once.
    return {};
  }
}

/** Written beside and moved into place, so that a kill leaves the old one or the new one. */
async function writeProgress(directory: string, home: string, progress: Progress): Promise<void> {
  const names = new Set((await listSegments(directory)).map(({ name }) => name));
  const kept = Object.fromEntries(Object.entries(progress).filter(([name]) => names.has(name)));
  const file = path.join(home, progressName);
  await writeFile(`${file}.new`, JSON.stringify(kept));
  await rename(`${file}.new`, file);
}
