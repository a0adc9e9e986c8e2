// What an event may hold is published, closed, and has no room for code, paths or names.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { eventJsonSchema, eventSchema } from "../../../server/src/telemetry/event.js";
import { completionEvent, exampleEvents, undoneEvent } from "../../support/exampleEvents.js";

test("the published JSON Schema is the one that events are checked against", () => {
  const file = path.resolve(import.meta.dirname, "../../../docs/telemetryEvent.schema.json");
  // Written by `npm run schema`.
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(eventJsonSchema());
});

test.each(exampleEvents())("an event of kind $kind is valid", (event) => {
  expect(eventSchema.parse(event)).toEqual(event);
});

interface SchemaNode {
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly additionalProperties?: unknown;
  readonly propertyNames?: { readonly pattern?: string };
  readonly [key: string]: unknown;
}

function* nodesOf(value: unknown): Generator<SchemaNode> {
  if (typeof value === "object" && value !== null) {
    if (!Array.isArray(value)) {
      yield value as SchemaNode;
    }
    for (const child of Object.values(value)) {
      yield* nodesOf(child);
    }
  }
}

test("every object of the schema is closed, and every text is a word from a list or of a narrow pattern", () => {
  let objects = 0;
  let texts = 0;
  for (const node of nodesOf(eventJsonSchema())) {
    if (node.type === "object") {
      objects++;
      const isMapOfWords = node.propertyNames?.pattern !== undefined;
      expect(isMapOfWords || node.additionalProperties === false, JSON.stringify(node)).toBe(true);
    }
    if (node.type === "string") {
      texts++;
      expect(node.pattern ?? node.enum ?? node.const, JSON.stringify(node)).toBeDefined();
    }
  }
  expect(objects).toBeGreaterThan(20);
  expect(texts).toBeGreaterThan(40);
});

test.each([
  ["a path as language", { language: "/home/me/secret.py" }],
  ["code as source", { source: "return password" }],
  ["a name that is not ours", { otherProviders: ["acme.private-tool"] }],
  ["an unknown field", { fileName: "main.py" }],
  ["code as an arm", { experiments: { gate: "x = 1" } }],
  ["no outcome", { outcome: undefined }],
  ["an outcome that ends twice", { outcome: { type: "accepted", how: "full", characters: 1, reason: "late" } }],
  ["a version that is not known", { schemaVersion: 2 }],
])("%s is refused", (_, fields) => {
  expect(eventSchema.safeParse({ ...completionEvent(), ...fields }).success).toBe(false);
});

test("a time must be in UTC with milliseconds", () => {
  expect(eventSchema.safeParse(undoneEvent({ time: "2026-03-02T10:30:00+01:00" })).success).toBe(false);
});
