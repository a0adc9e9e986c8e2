// Which records of a batch are events of ours, and why the others are not.
import { z } from "zod";
import { eventSchema, type TelemetryEvent } from "../telemetry/event.js";
import type { AcceptedEvent } from "./storage/storage.js";

/** An event from further ahead has a clock that is plainly wrong. A day also forgives a wrong time zone. */
export const mostAhead = 24 * 3_600_000;

/** What a batch comes to. */
export interface Intake {
  readonly events: readonly AcceptedEvent[];
  readonly rejected: number;
  /** Why the first of the rejected records was. */
  readonly reason: string | undefined;
}

/**
 * Checks each record against the published schema and the clock.
 *
 * @param now milliseconds since 1970
 * @param retention milliseconds that events are kept; an older one would be deleted at once, and could be counted twice
 */
export function checkRecords(bodies: readonly (string | undefined)[], now: number, retention: number): Intake {
  const events: AcceptedEvent[] = [];
  let rejected = 0;
  let reason: string | undefined;
  for (const body of bodies) {
    const checked = checkRecord(body, now, retention);
    if (typeof checked === "string") {
      rejected++;
      reason ??= checked;
    } else {
      events.push(checked);
    }
  }
  return { events, rejected, reason };
}

/** The event, or what is wrong with it. */
function checkRecord(body: string | undefined, now: number, retention: number): AcceptedEvent | string {
  if (body === undefined) {
    return "the body of a log record must be the event's JSON as stringValue";
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return "the body of a log record is no JSON";
  }
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) {
    // The message names fields and never quotes what was in them.
    return `an event does not fit docs/telemetryEvent.schema.json: ${z.prettifyError(parsed.error)}`;
  }
  const event = withLowerCaseIds(parsed.data);
  // Written anew: the text that came may say a thing twice, and what was read over must not be stored.
  const time = Date.parse(event.time);
  if (time > now + mostAhead) {
    return `an event is of ${event.time}, which is more than a day ahead: set the clock of the user's machine`;
  }
  if (time < now - retention) {
    return `an event is of ${event.time}, which is older than what is kept`;
  }
  return { event, body: JSON.stringify(event) };
}

/** UUIDs are the same in upper case. */
function withLowerCaseIds(event: TelemetryEvent): TelemetryEvent {
  return { ...event, id: event.id.toLowerCase(), user: event.user.toLowerCase() };
}
