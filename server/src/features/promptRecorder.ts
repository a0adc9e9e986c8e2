// Writes down every prompt with what it was made of, into a file that the client named in initializationOptions. Off
// unless asked for: the file holds the user's code.
import { appendFile } from "node:fs/promises";
import type { PromptEvent } from "../completion/engine.js";
import { toRecording } from "../completion/recording.js";

/** The owner alone may read what was recorded. */
const ownerOnly = 0o600;

/** Appends to one file, in order. */
export class PromptRecorder {
  readonly #file: string;
  readonly #onError: (error: unknown) => void;
  /** The line that was written last, and all before it. */
  #written: Promise<void> = Promise.resolve();

  constructor(file: string, onError: (error: unknown) => void) {
    this.#file = file;
    this.#onError = onError;
  }

  record(event: PromptEvent, model: { readonly id: string; readonly sha256: string }): void {
    const line = `${JSON.stringify(toRecording(event, model))}\n`;
    this.#written = this.#written
      .then(() => appendFile(this.#file, line, { mode: ownerOnly }))
      .catch((error: unknown) => this.#onError(error));
  }

  /** Resolves when everything is on disk. */
  async flush(): Promise<void> {
    await this.#written;
  }
}
