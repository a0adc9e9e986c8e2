// What the user has agreed to send, and to whom. All fields here are optional in the schema; the others identify an
// event and say what happened, and go with every event that is sent at all.
import { consentFields, schemaVersion } from "./definitions.js";
import type { TelemetryEvent } from "./event.js";

/** A switch by the name of a field or of a kind of event; one that is missing is on. */
export type FieldSwitches = Readonly<Record<string, boolean>>;

/** An agreement, as it was given. Another receiver or another schema needs another one. */
export interface Agreement {
  /** Milliseconds since 1970: nothing that was recorded before is sent. */
  readonly since: number;
  readonly endpoint: string;
  readonly schemaVersion: number;
}

/** Whether an agreement holds for this receiver and for what is recorded now. */
export function isAgreed(agreement: Agreement | undefined, endpoint: string): agreement is Agreement {
  return agreement !== undefined && agreement.endpoint === endpoint && agreement.schemaVersion === schemaVersion;
}

/** All that decides whether events are sent. */
export interface SendingState {
  /** horizon.telemetry.record, .send and .endpoint. */
  readonly record: boolean;
  readonly send: boolean;
  readonly endpoint: string;
  /** What VS Code's own setting says. */
  readonly isEditorTelemetryOn: boolean;
  readonly agreement: Agreement | undefined;
}

/** What is in the way of sending when nothing else is: the user is to be asked. */
export const notAgreed = "you have not agreed to it.";

/** Why nothing is sent, in words for the user; undefined where events are sent. */
export function obstacleToSending({
  record,
  send,
  endpoint,
  isEditorTelemetryOn,
  agreement,
}: SendingState): string | undefined {
  if (!record) {
    return "horizon.telemetry.record is off.";
  }
  if (!send) {
    return "horizon.telemetry.send is off.";
  }
  if (endpoint === "") {
    return "horizon.telemetry.endpoint names no receiver.";
  }
  if (!/^https?:\/\/[^/]/.test(endpoint) || !URL.canParse(endpoint)) {
    return `horizon.telemetry.endpoint must be an address such as http://127.0.0.1:4318/v1/logs, not "${endpoint}".`;
  }
  if (!isEditorTelemetryOn) {
    return "VS Code's own telemetry is off (telemetry.telemetryLevel).";
  }
  return isAgreed(agreement, endpoint) ? undefined : notAgreed;
}

/** The event as it is sent: without the fields that are switched off; undefined where its kind is. */
export function withConsent(event: TelemetryEvent, fields: FieldSwitches): TelemetryEvent | undefined {
  if (isOff(fields, event.kind)) {
    return undefined;
  }
  const kept = Object.entries(event).filter(([name]) => !isOff(fields, name));
  return Object.fromEntries(kept) as TelemetryEvent;
}

function isOff(fields: FieldSwitches, name: string): boolean {
  return (consentFields as readonly string[]).includes(name) && fields[name] === false;
}
