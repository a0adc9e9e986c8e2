// What the user typed instead of a suggestion, within 30 seconds: a test set of the user's own, on this machine alone.
// It holds code, so it is off unless asked for, has files of its own and no way into an event.
import { appendFile, mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { errorMessage } from "../errorMessage.js";
import type { TextEdit } from "./editMatch.js";

/** Milliseconds after which is looked what was typed (Code4Me's and Copilot's figure). */
const patience = 30_000;

/** UTF-16 units of the document that are kept around the caret: what a prompt has room for. */
const keptBefore = 4000;
const keptAfter = 1000;

/** Nothing more is kept when the file has this many bytes. */
const mostBytes = 32 << 20;

/** A line of the file. */
export interface TypedText {
  /** UTC. */
  readonly time: string;
  readonly language: string;
  /** What the user typed it instead of: a suggestion that was dismissed, or none at all. */
  readonly after: "dismissed" | "nothingShown";
  readonly prefix: string;
  readonly suffix: string;
  readonly typed: string;
}

/** Where texts go, and what they are made of. */
export interface TypedTextsOptions {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly schedule: (milliseconds: number, run: () => void) => () => void;
  readonly isOn: () => boolean;
  /** Whether the user has deleted all data since this window began. */
  readonly isDeleted?: () => Promise<boolean>;
  /** Text of an open document. */
  readonly textOf: (uri: string) => string | undefined;
  readonly onProblem: (message: string) => void;
}

interface Watch extends Omit<TypedText, "typed"> {
  readonly uri: string;
  start: number;
  end: number;
  readonly cancel: () => void;
}

/** Watches one place at a time. */
export class TypedTexts {
  readonly #options: TypedTextsOptions;
  #watch: Watch | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: TypedTextsOptions) {
    this.#options = options;
  }

  /** From here on the user writes without a suggestion. Does nothing while another place is watched. */
  begin(uri: string, offset: number, language: string, after: TypedText["after"]): void {
    const text = this.#options.isOn() && this.#watch === undefined ? this.#options.textOf(uri) : undefined;
    if (text === undefined) {
      return;
    }
    this.#watch = {
      uri,
      language,
      after,
      time: new Date(this.#options.now()).toISOString(),
      prefix: text.slice(Math.max(0, offset - keptBefore), offset),
      suffix: text.slice(offset, offset + keptAfter),
      start: offset,
      end: offset,
      cancel: this.#options.schedule(patience, () => this.#finish()),
    };
  }

  /** A document has changed. */
  edited(uri: string, edits: readonly TextEdit[]): void {
    for (const { offset, removed, text } of edits) {
      const watch = this.#watch;
      if (watch?.uri !== uri || offset > watch.end) {
        continue;
      }
      const shift = text.length - removed;
      if (offset + removed < watch.start) {
        watch.start += shift;
        watch.end += shift;
      } else if (offset < watch.start || offset + removed > watch.end) {
        // More than what was typed since has changed: what stands there is no answer to the question.
        watch.cancel();
        this.#watch = undefined;
      } else {
        watch.end += shift;
      }
    }
  }

  /** Forgets what is watched, and waits for what is being written. */
  async close(): Promise<void> {
    this.#watch?.cancel();
    this.#watch = undefined;
    await this.#writing;
  }

  #finish(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    const typed = watch === undefined ? undefined : this.#options.textOf(watch.uri)?.slice(watch.start, watch.end);
    if (watch === undefined || typed === undefined || typed.trim() === "" || !this.#options.isOn()) {
      return;
    }
    const { time, language, after, prefix, suffix } = watch;
    const line: TypedText = { time, language, after, prefix, suffix, typed };
    this.#writing = this.#writing.then(() => this.#append(line));
  }

  async #append(line: TypedText): Promise<void> {
    const file = path.join(this.#options.directory, "typed.jsonl");
    try {
      if ((await this.#options.isDeleted?.()) === true) {
        return;
      }
      await mkdir(this.#options.directory, { recursive: true });
      const { size } = await stat(file).catch(() => ({ size: 0 }));
      if (size < mostBytes) {
        await appendFile(file, `${JSON.stringify(line)}\n`);
      }
    } catch (error) {
      this.#options.onProblem(`What was typed cannot be kept in ${file}: ${errorMessage(error)}`);
    }
  }
}
