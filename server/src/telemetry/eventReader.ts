// Reads the events of a store back: each line for itself, so that a damaged one costs that line alone.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../workspace/fileError.js";
import { eventSchema, type TelemetryEvent } from "./event.js";
import { listSegments } from "./eventStore.js";

/** A line of a file that is an event. */
export interface StoredEvent {
  readonly event: TelemetryEvent;
  readonly segment: string;
  /** Offset in bytes behind the line. */
  readonly end: number;
}

/** What is read of a store. */
export interface ReadOptions {
  /** Bytes of each file that were read before; by name. */
  readonly from?: Readonly<Record<string, number>>;
  /** Told of each whole line that is no event. A last line without its end is not one: a kill cut it, or it is being written. */
  readonly onDamage?: (segment: string, offset: number) => void;
}

const newline = 10;

/** Every event of a store, file by file, oldest file first. */
export async function* readEvents(
  directory: string,
  { from = {}, onDamage = () => {} }: ReadOptions = {},
): AsyncGenerator<StoredEvent> {
  for (const { name, bytes } of await listSegments(directory)) {
    const start = from[name] ?? 0;
    if (start >= bytes) {
      continue;
    }
    const content = await readIfThere(path.join(directory, name));
    let offset = start;
    for (let end = content.indexOf(newline, offset); end >= 0; end = content.indexOf(newline, offset)) {
      const event = parseEvent(content.toString("utf8", offset, end));
      if (event === undefined) {
        onDamage(name, offset);
      } else {
        yield { event, segment: name, end: end + 1 };
      }
      offset = end + 1;
    }
  }
}

/** Another window may have dropped the file since it was listed. */
async function readIfThere(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) {
      return Buffer.alloc(0);
    }
    throw error;
  }
}

function parseEvent(line: string): TelemetryEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
