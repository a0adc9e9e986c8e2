// The user's files as the model's process has learned them, for the one that takes its place when it dies.
import type { HostProcess } from "./backends/onnx/client.js";
import type { HostSupervisor } from "./backends/onnx/supervisor.js";

/** A file as tokens. */
interface LearnedFile {
  readonly tokenIds: Uint16Array | Uint32Array;
  readonly recency: number;
}

/** Sends what is learned, in order, and keeps it: two bytes for a token. */
export class LearnedFiles {
  readonly #files = new Map<number, LearnedFile>();

  /** Ids as they are sent: 16 bits where they fit. */
  static pack(tokenIds: readonly number[], vocabularySize: number): Uint16Array | Uint32Array {
    return vocabularySize <= 0x10000 ? Uint16Array.from(tokenIds) : Uint32Array.from(tokenIds);
  }

  /**
   * Has the process learn a file, or forget it. What is asked of the process afterwards comes after it.
   * @param tokenIds - Undefined to forget the file.
   */
  learn(
    supervisor: Pick<HostSupervisor, "ready">,
    file: number,
    tokenIds: Uint16Array | Uint32Array | undefined,
    recency: number,
  ): void {
    if (tokenIds === undefined) this.#files.delete(file);
    else this.#files.set(file, { tokenIds, recency });
    supervisor
      .ready()
      .then((host) => host.request({ type: "learn", file, tokenIds, recency }))
      // A process that died is told everything when it is there again; one that does not come back needs nothing.
      .catch(() => {});
  }

  /** Tells a new process everything. */
  async teach(host: HostProcess, signal: AbortSignal): Promise<void> {
    for (const [file, { tokenIds, recency }] of this.#files) {
      await host.request({ type: "learn", file, tokenIds, recency }, { signal });
    }
  }
}
