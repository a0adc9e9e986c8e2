// Nothing goes unless all that must be so is so: the settings, VS Code's own telemetry, and the user's agreement.
import { expect, test } from "vitest";
import {
  type Agreement,
  notAgreed,
  obstacleToSending,
  type SendingState,
  withConsent,
} from "../../../server/src/telemetry/consent.js";
import { consentFields } from "../../../server/src/telemetry/definitions.js";
import { eventJsonSchema, eventSchema } from "../../../server/src/telemetry/event.js";
import { completionEvent, exampleEvents } from "../../support/exampleEvents.js";

const endpoint = "https://telemetry.example/v1/logs";
const agreement: Agreement = { since: 5, endpoint, schemaVersion: 1 };
const all: SendingState = { record: true, send: true, endpoint, isEditorTelemetryOn: true, agreement };

test("events are sent when all holds", () => {
  expect(obstacleToSending(all)).toBeUndefined();
});

test.each<[string, Partial<SendingState>, string | RegExp]>([
  ["recording is off", { record: false }, /record is off/],
  ["sending is off, as it is at first", { send: false }, /send is off/],
  ["there is no receiver", { endpoint: "" }, /names no receiver/],
  ["the receiver is no address", { endpoint: "collector" }, /must be an address/],
  ["the receiver is a file", { endpoint: "file:///etc/passwd" }, /must be an address/],
  ["VS Code's own telemetry is off", { isEditorTelemetryOn: false }, /VS Code's own telemetry is off/],
  ["the user was not asked", { agreement: undefined }, notAgreed],
  ["the user agreed to another receiver", { endpoint: "https://other.example/v1/logs" }, notAgreed],
  ["the user agreed to an earlier schema", { agreement: { ...agreement, schemaVersion: 0 } }, notAgreed],
])("nothing is sent when %s", (_, state, reason) => {
  expect(obstacleToSending({ ...all, ...state })).toMatch(reason);
});

test("each field and kind can be switched off, and what is left is still valid", () => {
  for (const field of consentFields) {
    for (const event of exampleEvents()) {
      const sent = withConsent(event, { [field]: false });
      if (field === event.kind) {
        expect(sent).toBeUndefined();
      } else {
        expect(sent).not.toHaveProperty(field);
        expect(eventSchema.safeParse(sent).success, field).toBe(true);
      }
    }
  }
  const none = Object.fromEntries(consentFields.map((field) => [field, false]));
  expect(Object.keys(withConsent(completionEvent(), none) ?? {}).sort()).toEqual(
    ["schemaVersion", "id", "time", "user", "session", "sequence", "kind", "request", "suggestion", "outcome"].sort(),
  );
});

test("every optional field of the schema has its switch", () => {
  const { oneOf } = eventJsonSchema() as {
    readonly oneOf: readonly { readonly properties: object; readonly required: readonly string[] }[];
  };
  const optional = oneOf.flatMap(({ properties, required }) =>
    Object.keys(properties).filter((name) => !required.includes(name)),
  );
  expect(optional.filter((name) => !(consentFields as readonly string[]).includes(name))).toEqual([]);
});
