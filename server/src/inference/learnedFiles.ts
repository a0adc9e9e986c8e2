// The user's files as the model's process has learned them, for the one that takes its place when it dies.
import { setImmediate } from "node:timers/promises";
import type { HostProcess } from "./backends/onnx/client.js";
import type { HostSupervisor } from "./backends/onnx/supervisor.js";

/**
 * UTF-16 units that are cut into tokens in one turn of the event loop. Words that were not met before take up to 0.7 ms for
 * a thousand; a file of 80,000 at once held up everything else for 57 ms.
 */
const slice = 8192;

/** A file as tokens. */
interface LearnedFile {
  readonly tokenIds: Uint16Array | Uint32Array;
  readonly recency: number;
}

export interface LearnedFilesOptions {
  readonly encode: (text: string) => readonly number[];
  readonly vocabularySize: number;
  readonly supervisor: Pick<HostSupervisor, "ready">;
}

/** Sends what is learned, in order, and keeps it: two bytes for a token. */
export class LearnedFiles {
  readonly #files = new Map<number, LearnedFile>();
  #last: Promise<void> = Promise.resolve();

  /** Resolves when everything so far has been sent. */
  get sent(): Promise<void> {
    return this.#last;
  }

  /**
   * Has the process learn a file, or forget it, in the order of the calls.
   * @param text - Undefined to forget the file.
   */
  learn(file: number, text: string | undefined, recency: number, options: LearnedFilesOptions): void {
    const learned = this.#last.then(() => this.#learn(file, text, recency, options));
    // A process that died is told everything when it is there again; one that does not come back needs nothing.
    this.#last = learned.catch(() => {});
  }

  /** Tells a new process everything. */
  async teach(host: HostProcess, signal: AbortSignal): Promise<void> {
    for (const [file, { tokenIds, recency }] of this.#files) {
      await host.request({ type: "learn", file, tokenIds, recency }, { signal });
    }
  }

  async #learn(
    file: number,
    text: string | undefined,
    recency: number,
    { encode, vocabularySize, supervisor }: LearnedFilesOptions,
  ): Promise<void> {
    const tokenIds = text === undefined ? undefined : pack(await encodeInSlices(text, encode), vocabularySize);
    if (tokenIds === undefined) this.#files.delete(file);
    else this.#files.set(file, { tokenIds, recency });
    const host = await supervisor.ready();
    // Sent in this turn, answered when the process has time: the next file need not wait for that.
    host.request({ type: "learn", file, tokenIds, recency }).catch(() => {});
  }
}

/** Ids as they are sent: 16 bits where they fit. */
function pack(tokenIds: readonly number[], vocabularySize: number): Uint16Array | Uint32Array {
  return vocabularySize <= 0x10000 ? Uint16Array.from(tokenIds) : Uint32Array.from(tokenIds);
}

/** Whole lines at a time, as far as there are any; other things happen in between. */
async function encodeInSlices(text: string, encode: (text: string) => readonly number[]): Promise<number[]> {
  const tokenIds: number[] = [];
  for (let start = 0; start < text.length; ) {
    if (start > 0) await setImmediate();
    const lineEnd = text.indexOf("\n", start + slice) + 1;
    const end = lineEnd === 0 ? text.length : lineEnd;
    for (const id of encode(text.slice(start, end))) tokenIds.push(id);
    start = end;
  }
  return tokenIds;
}
