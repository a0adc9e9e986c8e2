// Gives every event what all of them have: ids, time, number in the session.
import { schemaVersion } from "./definitions.js";
import type { CompletionEvent, PersistenceEvent, TelemetryEvent, UndoneEvent, WritingEvent } from "./event.js";

type Envelope = "schemaVersion" | "id" | "time" | "user" | "session" | "sequence" | "horizon" | "editor" | "platform";

/** What is particular to an event. */
export type EventBody =
  | Omit<CompletionEvent, Envelope>
  | Omit<UndoneEvent, Envelope>
  | Omit<PersistenceEvent, Envelope>
  | Omit<WritingEvent, Envelope>;

/** Who writes, with what. All ids are random. */
export interface RecorderOptions {
  readonly user: string;
  readonly session: string;
  /** Versions and platform; one that has letters which the schema does not know is left out. */
  readonly horizon: string;
  readonly editor: string;
  readonly platform: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly write: (event: TelemetryEvent) => void;
}

/** Numbers and writes the events of one window. */
export class EventRecorder {
  readonly #options: RecorderOptions;
  #sequence = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Records that something happened now. */
  record(body: EventBody): void {
    const { user, session, horizon, editor, platform, now, newId, write } = this.#options;
    write({
      schemaVersion,
      id: newId(),
      time: new Date(now()).toISOString(),
      user,
      session,
      sequence: this.#sequence++,
      ...keyed({ horizon, editor, platform }),
      ...body,
    });
  }
}

function keyed(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)),
  );
}
