// Events on the disk, as JSON lines that any tool reads: each editor window appends to files of its own, so that there
// is one writer to a file and a kill can only cut the last line. The oldest files go when there is too much.
import { appendFile, mkdir, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { errorMessage } from "../errorMessage.js";
import { isMissing } from "../workspace/fileError.js";
import type { TelemetryEvent } from "./event.js";

/** A window begins another file at this size: the unit in which the oldest events go. */
export const segmentBytes = 1 << 20;

/** Bytes of all files together, where the settings say nothing else: some 60,000 events. */
export const defaultStoreBytes = 64 << 20;

/** Events that wait for a disk that is full; then the oldest of them are lost, and that is said. */
const mostWaiting = 10_000;

/** Milliseconds to the next try on a disk that is full. */
const retryDelay = 30_000;

const segmentName = /^events-(\d{13})-[0-9a-f-]{36}-(\d{6})\.jsonl$/;

/** What a store is opened with. */
export interface EventStoreOptions {
  readonly directory: string;
  readonly session: string;
  /** Milliseconds since 1970, when the session began: files sort by it. */
  readonly startedAt: number;
  readonly maxBytes?: number;
  /** Bytes after which another file is begun; for tests. */
  readonly segmentBytes?: number;
  /** Told once per trouble, in words for the log. */
  readonly onProblem?: (message: string) => void;
  /** Whether the user has deleted all data, in another window perhaps, since these events were recorded. */
  readonly isDeleted?: () => Promise<boolean>;
  /** Called when what waited was thrown away for that; what is recorded from then on is kept. */
  readonly onDeleted?: () => void;
  /** How a line gets to the disk; for tests of a full one. */
  readonly append?: (file: string, text: string) => Promise<void>;
  /** Runs a function later; the result takes it back. */
  readonly schedule?: (milliseconds: number, run: () => void) => () => void;
}

/** Appends the events of one window. `record` returns at once; what it took is written in order, soon. */
export class EventStore {
  readonly directory: string;
  readonly #options: Required<EventStoreOptions>;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #segment = 0;
  #written = 0;
  #problem: string | undefined;
  #cancelRetry: (() => void) | undefined;
  #lost = 0;

  constructor(options: EventStoreOptions) {
    this.directory = options.directory;
    this.#options = {
      maxBytes: defaultStoreBytes,
      segmentBytes,
      onProblem: () => {},
      isDeleted: async () => false,
      onDeleted: () => {},
      append,
      schedule: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
      ...options,
    };
  }

  /** Events that could not be kept because the disk stayed full. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes an event. Never throws and never waits. */
  record(event: TelemetryEvent): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    if (this.#waiting.length > mostWaiting) {
      this.#waiting.shift();
      this.#lost++;
    }
    if (this.#cancelRetry === undefined) {
      this.#write();
    }
  }

  /** Resolves when all that was recorded is on the disk, or cannot be brought there now. */
  async flush(): Promise<void> {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#write();
    await this.#writing;
  }

  /** Writes what waits, and no more after it. */
  async close(): Promise<void> {
    await this.flush();
    this.#cancelRetry?.();
  }

  #write(): void {
    // What comes while a write is on its way goes together with the next one.
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0 && this.#cancelRetry === undefined) {
        this.#write();
      }
    });
  }

  async #drain(): Promise<void> {
    // Lets all that one key stroke records go in one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      if (await this.#options.isDeleted()) {
        this.#forget();
        return;
      }
      const lines = this.#waiting;
      this.#waiting = [];
      const text = lines.join("");
      try {
        await this.#makeRoom(Buffer.byteLength(text));
        await this.#options.append(this.#file(), text);
        this.#problem = undefined;
        if (await this.#options.isDeleted()) {
          // Deleted between the look and the write, which has made the file anew.
          await rm(this.#file(), { force: true });
          this.#forget();
          return;
        }
      } catch (error) {
        // A line that was half written before the disk was full stays without its end: the next try goes elsewhere.
        this.#segment++;
        this.#written = 0;
        this.#waiting = [...lines, ...this.#waiting].slice(-mostWaiting);
        this.#report(`The events of telemetry cannot be written to ${this.directory}: ${errorMessage(error)}`);
        this.#cancelRetry = this.#options.schedule(retryDelay, () => {
          this.#cancelRetry = undefined;
          this.#write();
        });
        return;
      }
    }
  }

  /** The events that wait are among those that the user has deleted. */
  #forget(): void {
    this.#waiting = [];
    this.#written = 0;
    this.#options.onDeleted();
  }

  #file(): string {
    const { startedAt, session } = this.#options;
    const names = [String(startedAt).padStart(13, "0"), session, String(this.#segment).padStart(6, "0")];
    return path.join(this.directory, `events-${names.join("-")}.jsonl`);
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#written > 0 && this.#written + bytes > this.#options.segmentBytes) {
      this.#segment++;
      this.#written = 0;
    }
    if (this.#written === 0) {
      await mkdir(this.directory, { recursive: true });
      await dropOldest(this.directory, this.#options.maxBytes - this.#options.segmentBytes);
    }
    this.#written += bytes;
  }

  #report(message: string): void {
    if (message !== this.#problem) {
      this.#problem = message;
      this.#options.onProblem(message);
    }
  }
}

/** The folder may have been deleted, and all events with it. */
async function append(file: string, text: string): Promise<void> {
  try {
    await appendFile(file, text);
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
    await mkdir(path.dirname(file), { recursive: true });
    await appendFile(file, text);
  }
}

/** A file of events. */
export interface Segment {
  /** Name without its folder; names sort by age. */
  readonly name: string;
  readonly bytes: number;
}

/** The files of a store, oldest first; none where there is no store. */
export async function listSegments(directory: string): Promise<readonly Segment[]> {
  const names = await namesIn(directory);
  const segments = await Promise.all(
    names
      .filter((name) => segmentName.test(name))
      .sort()
      .map(async (name) => {
        // Another window may have dropped it just now.
        const found = await stat(path.join(directory, name)).catch(() => undefined);
        return found === undefined ? [] : [{ name, bytes: found.size }];
      }),
  );
  return segments.flat();
}

/** What is in a folder; nothing where there is none. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) {
      return [];
    }
    throw error;
  }
}

async function dropOldest(directory: string, mostBytes: number): Promise<void> {
  const segments = await listSegments(directory);
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  for (const segment of segments) {
    if (bytes <= mostBytes) {
      return;
    }
    await rm(path.join(directory, segment.name), { force: true });
    bytes -= segment.bytes;
  }
}

/**
 * Deletes every event, of this window and of all others. The folder stays: a window that writes just now puts a file into
 * it between the last look and its removal, which would fail.
 */
export async function deleteEvents(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    await rm(path.join(directory, name), { recursive: true, force: true });
  }
}
