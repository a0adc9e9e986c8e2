// Events as editors send them, of users that are made up.
import { createHash } from "node:crypto";
import type { TelemetryEvent } from "../../server/src/telemetry/event.js";

/** A UUID that is the same for the same text. */
export function uuidOf(text: string): string {
  const digits = createHash("sha256").update(text).digest("hex");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

export interface EventOptions {
  readonly user?: string;
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly experiments?: Readonly<Record<string, string>>;
  /** Default false: it was read and ignored. */
  readonly accepted?: boolean;
  /** Milliseconds. Default 120. */
  readonly roundTrip?: number;
}

/** One request for a completion and how it ended; `name` decides its ids. */
export function completionEvent(name: string, options: EventOptions = {}): TelemetryEvent {
  const { user = "ada", time = 0, experiments, accepted = false, roundTrip = 120 } = options;
  return {
    schemaVersion: 1,
    id: uuidOf(`event ${name}`),
    time: new Date(time).toISOString(),
    user: uuidOf(user),
    session: uuidOf(`session ${user}`),
    sequence: 0,
    ...(experiments && { experiments: { ...experiments } }),
    language: "typescript",
    kind: "completion",
    request: uuidOf(`request ${name}`),
    suggestion: uuidOf(`request ${name}`),
    outcome: accepted
      ? { type: "accepted", how: "full", characters: 24, typedCharacters: 0 }
      : { type: "ignored", typedCharacters: 1 },
    visibility: { shown: true, milliseconds: 1200, read: true },
    trigger: "automatic",
    caretKind: "line",
    model: "horizon-24m",
    source: "model",
    latency: { roundTrip, wait: 10, context: 4.2, prompt: 1.1, prefill: 38, firstLine: 90, decode: 60, total: 110 },
    size: { characters: 24, lines: 1, tokens: 9 },
    confidence: { logProbability: -3.2, horizonShare: 0.4, horizonTokens: 12 },
    prompt: { tokens: 800, reusedTokens: 700 },
    contextSources: { bm25: 2, definitions: 1 },
  };
}

/** Events as the body of an OTLP/HTTP request. */
export function otlpJson(events: readonly unknown[]): string {
  const logRecords = events.map((event) => ({
    body: { stringValue: typeof event === "string" ? event : JSON.stringify(event) },
  }));
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}
