// The sums that events add, grouped as they are stored.
import { countEvent, emptySums, requestTime, type Sums } from "../../experiments/metrics.js";
import type { TelemetryEvent } from "../../telemetry/event.js";

/** One row to add to. */
export interface SumsToAdd {
  readonly user: string;
  readonly hour: number;
  readonly receivedDay: number;
  /** JSON of arm by experiment, its keys in order. */
  readonly arms: string;
  readonly sums: Sums;
}

const hour = 3_600_000;
const day = 24 * hour;

/** An event and when it came. */
export interface ReceivedEvent {
  readonly event: TelemetryEvent;
  /** Milliseconds since 1970. */
  readonly received: number;
}

/** Groups and adds. The rows are in one order always, so that two writers cannot wait for each other in a circle. */
export function sumsOfEvents(events: Iterable<ReceivedEvent>): readonly SumsToAdd[] {
  const rows = new Map<string, SumsToAdd>();
  for (const { event, received } of events) {
    const arms = armsText(event.experiments);
    const at = Math.floor(requestTime(event) / hour);
    const receivedDay = Math.floor(received / day);
    const place = `${event.user} ${at} ${receivedDay} ${arms}`;
    let row = rows.get(place);
    if (row === undefined) {
      row = { user: event.user, hour: at, receivedDay, arms, sums: emptySums() };
      rows.set(place, row);
    }
    countEvent(row.sums, event);
  }
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** One text for the same arms. */
function armsText(arms: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.fromEntries(Object.entries(arms).sort(([one], [other]) => (one < other ? -1 : 1))));
}
