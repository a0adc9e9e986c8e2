// Says on a terminal how far a run is and how long it will still take.
import type { Progress } from "./runner.js";

/** Milliseconds between two lines: on a terminal they replace each other, in a log file they pile up. */
const terminalInterval = 200;
const logInterval = 10_000;

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly now: () => number;
  /** What is counted. Default samples. */
  readonly unit?: string;
}

/** Writes progress, not too often. */
export class ProgressLine {
  readonly #options: ProgressOptions;
  #lastWritten = Number.NEGATIVE_INFINITY;
  #width = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  show(progress: Progress): void {
    const { isTerminal, now } = this.#options;
    const isLast = progress.done === progress.count;
    if (!isLast && now() - this.#lastWritten < (isTerminal ? terminalInterval : logInterval)) {
      return;
    }
    this.#lastWritten = now();
    const text = describeProgress(progress, this.#options.unit);
    if (isTerminal) {
      this.#options.write(`\r${text.padEnd(this.#width)}`);
      this.#width = text.length;
    } else {
      this.#options.write(`${text}\n`);
    }
  }

  /** Ends the line, so that what comes next starts a new one. */
  end(): void {
    if (this.#width > 0) {
      this.#options.write("\n");
      this.#width = 0;
    }
  }
}

/** `120 of 1033 samples, 8.4 per second, 1 min 49 s left`. */
export function describeProgress({ done, count, asked, milliseconds }: Progress, unit = "samples"): string {
  const share = count === 0 ? 100 : Math.floor((done / count) * 100);
  const rate = asked / Math.max(milliseconds, 1);
  const left = asked === 0 ? undefined : (count - done) / rate;
  const speed = asked === 0 ? "" : `, ${(rate * 1000).toFixed(1)} per second`;
  const rest = left === undefined || done === count ? "" : `, ${describeDuration(left)} left`;
  return `${done} of ${count} ${unit} (${share}%)${speed}${rest}`;
}

/** `3 h 12 min`, `1 min 49 s`, `12 s`. */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0
    ? `${hours} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}
