// The files that wait to be read: the nearest to what is open comes first, whenever it was added.
import type { FileEntry } from "./workspaceRoot.js";

/** Sorted only when somebody takes from it after a change: a walk adds thousands of files before the first is read. */
export class ReadingQueue {
  /** The next one last. */
  readonly #entries: FileEntry[] = [];
  readonly #distanceOf: (entry: FileEntry) => number;
  #isSorted = true;

  /** @param distanceOf as it is when a file is taken; `reorder` says that it has changed */
  constructor(distanceOf: (entry: FileEntry) => number) {
    this.#distanceOf = distanceOf;
  }

  /** Files that wait, those that were forgotten meanwhile among them. */
  get length(): number {
    return this.#entries.length;
  }

  add(entry: FileEntry): void {
    this.#entries.push(entry);
    this.#isSorted = false;
  }

  /** Puts back what was taken last: it is next again. */
  putBack(entry: FileEntry): void {
    this.#entries.push(entry);
  }

  /** Other files are near from now on. */
  reorder(): void {
    this.#isSorted = false;
  }

  /** The nearest of those that still wait. */
  take(): FileEntry | undefined {
    this.#sort();
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      if (entry.state === "waiting" && entry.root.files.get(entry.path) === entry) return entry;
    }
    return undefined;
  }

  #sort(): void {
    if (this.#isSorted) return;
    const distances = new Map(this.#entries.map((entry) => [entry, this.#distanceOf(entry)]));
    this.#entries.sort((a, z) => (distances.get(z) ?? 0) - (distances.get(a) ?? 0) || (a.path < z.path ? 1 : -1));
    this.#isSorted = true;
  }
}
