// The events of one editor window, under the id that the user has now. When the user deletes all data, in whatever
// window, this one throws away what it has not written yet, and goes on under the new id as another session.
import path from "node:path";
import { EventStore } from "./eventStore.js";
import { KnownUser } from "./identity.js";
import { type EventBody, EventRecorder, type RecorderOptions } from "./recorder.js";

/** Events that wait for the id; where it cannot be read, no more are kept. */
const mostEarly = 1000;

export interface UserEventsOptions extends Omit<RecorderOptions, "user" | "session" | "write"> {
  /** Folder of the user's id; that of the events is in it. */
  readonly home: string;
  readonly maxBytes: number;
  /** Told once per trouble, in words for the log. */
  readonly onProblem: (message: string) => void;
  /** All data were deleted, and nothing is recorded until {@link UserEvents.begin} is called again. */
  readonly onDeleted: () => void;
}

/** Records and writes. */
export class UserEvents {
  /** Folder of the events of all windows. */
  readonly directory: string;
  readonly #options: UserEventsOptions;
  readonly #known: KnownUser;
  readonly #store: EventStore;
  #recorder: EventRecorder | undefined;
  #user: string | undefined;
  /** What happened while the id was being read. */
  #early: EventBody[] = [];

  constructor(options: UserEventsOptions) {
    const { home, maxBytes, onProblem, onDeleted, now, newId } = options;
    this.directory = path.join(home, "events");
    this.#options = options;
    this.#known = new KnownUser(home, newId);
    this.#store = new EventStore({
      directory: this.directory,
      session: newId(),
      startedAt: now(),
      maxBytes,
      onProblem,
      isDeleted: () => this.#known.hasChanged(),
      onDeleted: () => {
        this.#recorder = undefined;
        onDeleted();
      },
    });
  }

  /** Whose events these are; undefined before that was read. */
  get user(): string | undefined {
    return this.#user;
  }

  /** Whether the user has deleted all data since this window began: it may hold some in memory. */
  isDeleted(): Promise<boolean> {
    return this.#known.hasChanged();
  }

  /** Begins a session under the id that is on the disk now. What happens meanwhile is recorded under it. */
  async begin(): Promise<string> {
    this.#recorder = undefined;
    const user = await this.#known.read();
    this.#user = user;
    const write: RecorderOptions["write"] = (event) => this.#store.record(event);
    const recorder = new EventRecorder({ ...this.#options, user, session: this.#options.newId(), write });
    this.#recorder = recorder;
    const early = this.#early;
    this.#early = [];
    for (const body of early) {
      recorder.record(body);
    }
    return user;
  }

  record(body: EventBody): void {
    if (this.#recorder !== undefined) {
      this.#recorder.record(body);
    } else if (this.#early.length < mostEarly) {
      this.#early.push(body);
    }
  }

  /** Resolves when all that was recorded is on the disk, or cannot be brought there now. */
  flush(): Promise<void> {
    return this.#store.flush();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
