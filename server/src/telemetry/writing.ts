// Counts what is written in each language, by where it came from: the denominator of "how much of the code is Horizon's".
import type { TextEdit } from "./editMatch.js";
import type { WritingEvent } from "./event.js";

/** A longer pause between two edits is no writing; in milliseconds. */
const longestPause = 30_000;

/** Milliseconds after which counts are told. */
export const writingInterval = 5 * 60_000;

/** Counts of one language. */
export type WritingCounts = Pick<
  WritingEvent,
  "activeSeconds" | "typedCharacters" | "insertedCharacters" | "completedCharacters" | "deletedCharacters"
>;

type Counts = { -readonly [Name in keyof WritingCounts]: number };

/** Counts until the counts are taken. */
export class WritingCounter {
  readonly #now: () => number;
  readonly #counts = new Map<string, Counts>();
  #lastEdit: number | undefined;

  /** @param now milliseconds, never going back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Something was edited by hand; `isCompletion` where it was the acceptance of a suggestion of ours. */
  edited(language: string, edits: readonly TextEdit[], isCompletion: boolean): void {
    const counts = this.#countsOf(language);
    const now = this.#now();
    const pause = this.#lastEdit === undefined ? 0 : now - this.#lastEdit;
    this.#lastEdit = now;
    counts.activeSeconds += Math.min(pause, longestPause) / 1000;
    for (const { removed, text } of edits) {
      counts.deletedCharacters += removed;
      counts[isCompletion ? "completedCharacters" : isTyped(text) ? "typedCharacters" : "insertedCharacters"] +=
        text.length;
    }
  }

  /** What was written since the last time, by language; the counts begin anew. */
  take(): ReadonlyMap<string, WritingCounts> {
    const taken = new Map(this.#counts);
    this.#counts.clear();
    return taken;
  }

  #countsOf(language: string): Counts {
    const counts = this.#counts.get(language) ?? {
      activeSeconds: 0,
      typedCharacters: 0,
      insertedCharacters: 0,
      completedCharacters: 0,
      deletedCharacters: 0,
    };
    this.#counts.set(language, counts);
    return counts;
  }
}

/** A key stroke: one character, a line end with its indentation, or a bracket that closed itself. */
function isTyped(text: string): boolean {
  return [...text].length <= 1 || text.trim() === "" || ["()", "[]", "{}", "<>", '""', "''", "``"].includes(text);
}
