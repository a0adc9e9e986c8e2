// One write to the disk for all batches that came while the one before was written: a disk that needs 10 ms for each
// still takes thousands of events a second, and nothing is acknowledged before it is there.
import { type AcceptedEvent, type Added, StorageError } from "./storage.js";

/** Events of one write: it must not keep the others waiting. */
const mostInGroup = 2000;

/** Events that may wait for the disk; beyond it, senders are asked to come again. */
export const mostWaiting = 20_000;

interface Waiting {
  readonly events: readonly AcceptedEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Collects batches and writes them together. */
export class GroupCommit {
  readonly #write: (events: readonly AcceptedEvent[]) => Promise<Added>;
  readonly #onAdded: (added: Added) => void;
  #waiting: Waiting[] = [];
  #waitingEvents = 0;
  #writing: Promise<void> | undefined;

  constructor(write: (events: readonly AcceptedEvent[]) => Promise<Added>, onAdded: (added: Added) => void) {
    this.#write = write;
    this.#onAdded = onAdded;
  }

  /** Events that are not on the disk yet. */
  get waiting(): number {
    return this.#waitingEvents;
  }

  /**
   * Resolves when the events are on the disk.
   *
   * @throws {StorageError} if they are not, and if too many wait
   */
  add(events: readonly AcceptedEvent[]): Promise<void> {
    if (this.#waitingEvents + events.length > mostWaiting) {
      return Promise.reject(new StorageError("More events wait for the disk than may; send again later."));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#waitingEvents += events.length;
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing waits. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What is already in the sockets is read first, and goes along.
      await new Promise((resume) => setImmediate(resume));
      const group = this.#takeGroup();
      const events = group.flatMap((batch) => batch.events);
      try {
        this.#onAdded(await this.#write(events));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      this.#waitingEvents -= events.length;
    }
    this.#writing = undefined;
  }

  #takeGroup(): readonly Waiting[] {
    let events = 0;
    let batches = 0;
    for (const batch of this.#waiting) {
      if (batches > 0 && events + batch.events.length > mostInGroup) break;
      events += batch.events.length;
      batches++;
    }
    return this.#waiting.splice(0, batches);
  }
}
