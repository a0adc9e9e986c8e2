// Valid events of every kind, for tests of whatever reads or writes them.
import type {
  CompletionEvent,
  PersistenceEvent,
  TelemetryEvent,
  UndoneEvent,
  WritingEvent,
} from "../../server/src/telemetry/event.js";

/** A UUID that is the same for the same number. */
export function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

const envelope = {
  schemaVersion: 1,
  id: uuidOf(1),
  time: "2026-03-02T09:30:00.000Z",
  user: uuidOf(2),
  session: uuidOf(3),
  sequence: 0,
  horizon: "0.1.0",
  editor: "1.107.0",
  platform: "linux-x64",
  experiments: { quietGate: "on" },
  language: "python",
} as const;

/** A suggestion that was read and accepted in full, with every field; `fields` replace its own. */
export function completionEvent(fields: Partial<CompletionEvent> = {}): CompletionEvent {
  return {
    ...envelope,
    kind: "completion",
    request: uuidOf(4),
    suggestion: uuidOf(4),
    outcome: { type: "accepted", how: "full", characters: 24, typedCharacters: 0 },
    visibility: { shown: true, milliseconds: 1200, read: true },
    trigger: "automatic",
    caretKind: "statement",
    model: "horizon-24m",
    source: "model",
    latency: { roundTrip: 70, wait: 0, context: 5, prompt: 1, prefill: 20, firstLine: 50, decode: 30, total: 60 },
    size: { characters: 24, lines: 1, tokens: 7 },
    confidence: { logProbability: -2.5, horizonShare: 0.1, horizonTokens: 1 },
    prompt: { tokens: 700, reusedTokens: 650 },
    contextSources: { definitions: 2, bm25: 1 },
    otherProviders: ["github.copilot"],
    ...fields,
  };
}

/** What was accepted has been undone. */
export function undoneEvent(fields: Partial<UndoneEvent> = {}): UndoneEvent {
  return { ...envelope, kind: "undone", suggestion: uuidOf(4), secondsAfter: 3.5, ...fields };
}

/** All that was accepted is still there after 30 s. */
export function persistenceEvent(fields: Partial<PersistenceEvent> = {}): PersistenceEvent {
  return {
    ...envelope,
    kind: "persistence",
    suggestion: uuidOf(4),
    checkpoint: 30,
    secondsAfter: 30.02,
    acceptedCharacters: 20,
    result: { type: "measured", characterSimilarity: 1, tokenSimilarity: 1, keptCharacters: 20 },
    ...fields,
  };
}

/** Five minutes of writing. */
export function writingEvent(fields: Partial<WritingEvent> = {}): WritingEvent {
  return {
    ...envelope,
    kind: "writing",
    activeSeconds: 240,
    typedCharacters: 900,
    insertedCharacters: 40,
    completedCharacters: 160,
    deletedCharacters: 120,
    ...fields,
  };
}

/** One of each kind. */
export function exampleEvents(): TelemetryEvent[] {
  return [completionEvent(), undoneEvent(), persistenceEvent(), writingEvent()];
}
