// What a user can look at and take along: statistics, the exact JSON that would be sent, and all of it as a file.
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { html } from "../report/html.js";
import { renderHead, renderPage } from "../report/page.js";
import { type Agreement, type FieldSwitches, withConsent } from "../telemetry/consent.js";
import { consentFields } from "../telemetry/definitions.js";
import type { TelemetryEvent } from "../telemetry/event.js";
import { readEvents } from "../telemetry/eventReader.js";
import { listSegments } from "../telemetry/eventStore.js";
import { computeStatistics } from "./personalStatistics.js";
import { renderStatistics } from "./statisticsPage.js";

/** Events of each kind that My Data shows; the export has all. */
const shownOfKind = 3;

/** The statistics of a store, as HTML. */
export async function renderUserStatistics(directory: string): Promise<string> {
  let damaged = 0;
  const statistics = await computeStatistics(
    eventsOf(directory, () => {
      damaged++;
    }),
  );
  const bytes = (await listSegments(directory)).reduce((sum, segment) => sum + segment.bytes, 0);
  return renderStatistics(statistics, {
    events: String(statistics.events),
    "on this machine": `${(bytes / 2 ** 20).toFixed(1)} MB`,
    ...(damaged === 0 ? {} : { "damaged lines, left out": String(damaged) }),
  });
}

/** What My Data says besides the events. */
export interface MyDataState {
  readonly user: string;
  readonly isRecording: boolean;
  /** Why nothing is sent, in words; undefined where events are sent. */
  readonly notSent: string | undefined;
  readonly endpoint: string;
  readonly agreement: Agreement | undefined;
  readonly fields: FieldSwitches;
  /** Files with code on this machine, that are never sent. */
  readonly localOnly: readonly string[];
}

/** Each field with its consent, and the last events of each kind exactly as they would be sent. */
export async function renderMyData(directory: string, state: MyDataState): Promise<string> {
  const last = new Map<string, TelemetryEvent[]>();
  let count = 0;
  for await (const event of eventsOf(directory)) {
    count++;
    const events = last.get(event.kind) ?? [];
    last.set(event.kind, [...events.slice(1 - shownOfKind), event]);
  }
  const { user, isRecording, notSent, endpoint, agreement, fields, localOnly } = state;
  const title = "Horizon: My Data";
  return renderPage(
    title,
    html`${renderHead(title, {
      "your random id": user,
      recording: isRecording ? "on" : "off",
      events: String(count),
      receiver: endpoint === "" ? "none" : endpoint,
    })}
<p>${
      notSent === undefined
        ? `Events are sent since ${new Date(agreement?.since ?? 0).toISOString()}; what was recorded before is not.`
        : `Nothing is sent: ${notSent}`
    }</p>
<p class="note">Change what may be sent with the setting <code>horizon.telemetry.fields</code>. “Horizon: Export My Data” writes all events to a file; “Horizon: Delete My Data” deletes
them and makes a new id. To have what was sent deleted, give the receiver's keeper the id above.</p>
<h2>Field by field</h2>
<div class="scroll"><table><thead><tr><th>field or kind of event</th><th>may be sent</th></tr></thead><tbody>
${consentFields.map(
  (field) =>
    html`<tr><td>${field}</td><td class="${fields[field] === false ? "bad" : "good"}">${fields[field] === false ? "no" : "yes"}</td></tr>
`,
)}</tbody></table></div>
<p class="note">Always part of an event that is sent: ids, time, schema version, number in the session, kind, and what happened.</p>
<h2>The exact JSON</h2>
<p>The last events of each kind, as they would go to the receiver.</p>
${[...last].map(([kind, events]) => {
  return html`<h3>${kind}</h3>
${events.map((event) => {
  const sent = withConsent(event, fields);
  return html`<div class="sample"><header>${sent === undefined ? "stays on this machine" : "would be sent"}</header><pre>${JSON.stringify(sent ?? event, null, 2)}</pre></div>
`;
})}`;
})}
<h2>Never sent</h2>
<p>These files hold code. They are for this machine alone: ${localOnly.join(", ") || "none"}.</p>`,
  );
}

/**
 * Writes all events into one file of JSON lines, as they lie in the store.
 *
 * @returns how many lines
 */
export async function exportEvents(directory: string, file: string): Promise<number> {
  let lines = 0;
  async function* all(): AsyncGenerator<string> {
    for await (const event of eventsOf(directory)) {
      lines++;
      yield `${JSON.stringify(event)}\n`;
    }
  }
  await pipeline(Readable.from(all()), createWriteStream(file));
  return lines;
}

async function* eventsOf(directory: string, onDamage: () => void = () => {}): AsyncGenerator<TelemetryEvent> {
  for await (const { event } of readEvents(directory, { onDamage })) {
    yield event;
  }
}
