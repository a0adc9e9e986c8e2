// One event for each request, with what the editor and the server know of it, whichever of them speaks last.
import { beforeEach, expect, test } from "vitest";
import type { EndedRequest } from "../../../server/src/telemetry/attribution.js";
import { type AnswerReport, CompletionLog, type RequestDetails } from "../../../server/src/telemetry/completionLog.js";
import { eventSchema } from "../../../server/src/telemetry/event.js";
import { type EventBody, EventRecorder } from "../../../server/src/telemetry/recorder.js";
import { uuidOf } from "../../support/exampleEvents.js";

const details: RequestDetails = {
  place: "a.py 3 7",
  language: "python",
  trigger: "automatic",
  caretKind: "statement",
  otherProviders: ["github.copilot"],
};

const report: AnswerReport = {
  model: "horizon",
  source: "model",
  latency: { context: 4.123456, prefill: 20, total: 60, unheardOf: 5, decode: Number.NaN },
  tokens: 7,
  confidence: { logProbability: -2.5, horizonShare: 0.25, horizonTokens: 3 },
  prompt: { tokens: 700, reusedTokens: 600 },
  contextSources: { bm25: 2 },
  experiments: { gate: "on" },
};

const ended: EndedRequest = {
  suggestion: uuidOf(1),
  request: uuidOf(1),
  outcome: { type: "ignored", typedCharacters: 0 },
  visibility: { shown: true, milliseconds: 900, read: true },
};

const answer = { trigger: "automatic", roundTrip: 70.123, characters: 24, lines: 2 } as const;

let recorded: EventBody[];
let timers: (() => void)[];
let log: CompletionLog;
beforeEach(() => {
  recorded = [];
  timers = [];
  log = new CompletionLog({
    record: (body) => recorded.push(body),
    experiments: () => ({ gate: "off" }),
    schedule: (_, run) => {
      timers.push(run);
      return () => {
        timers = timers.filter((timer) => timer !== run);
      };
    },
  });
});

const whole = {
  kind: "completion",
  request: uuidOf(1),
  language: "python",
  caretKind: "statement",
  source: "model",
  latency: { roundTrip: 70.12, context: 4.12, prefill: 20, total: 60 },
  size: { characters: 24, lines: 2, tokens: 7 },
  experiments: { gate: "on" },
};

test("the report comes before the end", () => {
  log.begun(uuidOf(1), details);
  log.answered(uuidOf(1), answer);
  log.reported(details.place, report);
  log.ended(ended);
  expect(recorded).toHaveLength(1);
  expect(recorded[0]).toMatchObject(whole);
});

test("the report comes after the end", () => {
  log.begun(uuidOf(1), details);
  log.answered(uuidOf(1), answer);
  log.ended(ended);
  expect(recorded).toEqual([]);
  log.reported(details.place, report);
  expect(recorded).toHaveLength(1);
  expect(recorded[0]).toMatchObject(whole);
  expect(timers).toEqual([]);
});

test("there is no report: the event is recorded without it, under the arms that are in force", () => {
  log.begun(uuidOf(1), details);
  log.ended(ended);
  timers[0]?.();
  log.reported(details.place, report);
  expect(recorded).toHaveLength(1);
  expect(recorded[0]).toMatchObject({ experiments: { gate: "off" }, latency: {} });
  expect(recorded[0]).not.toHaveProperty("source");
});

test("a place that is asked for again has the report of the first time", () => {
  log.reported(details.place, report);
  log.begun(uuidOf(1), details);
  log.ended(ended);
  expect(recorded[0]).toMatchObject({ source: "model" });
});

test("an answer that only shows more of a suggestion has no time and was asked for by nobody", () => {
  log.begun(uuidOf(1), { ...details, trigger: "invoked" });
  log.answered(uuidOf(1), { ...answer, roundTrip: undefined });
  log.reported(details.place, report);
  log.ended(ended);
  expect(recorded[0]).toMatchObject({ trigger: "automatic" });
  expect(recorded[0]).not.toHaveProperty("latency.roundTrip");
});

test("flush waits for no report", () => {
  log.begun(uuidOf(1), details);
  log.ended(ended);
  log.flush();
  expect(recorded).toHaveLength(1);
});

test("what is recorded is valid, whatever the editor and a model of somebody's are called", () => {
  const events: unknown[] = [];
  const recorder = new EventRecorder({
    user: uuidOf(2),
    session: uuidOf(3),
    horizon: "0.1.0",
    editor: "1.107.0 (by me)",
    platform: "linux-x64",
    now: () => 0,
    newId: () => uuidOf(4),
    write: (event) => events.push(JSON.parse(JSON.stringify(event))),
  });
  log.begun(uuidOf(1), { ...details, language: "My Language" });
  log.answered(uuidOf(1), answer);
  log.reported(details.place, {
    ...report,
    model: "/home/me/models/mine",
    confidence: { logProbability: 0.0000001, horizonShare: undefined, horizonTokens: undefined },
  });
  log.ended(ended);
  recorder.record(recorded[0] as EventBody);
  const [event] = events;
  expect(eventSchema.parse(event)).toMatchObject({ model: "custom", confidence: { logProbability: 0 } });
  expect(event).not.toHaveProperty("language");
  expect(event).not.toHaveProperty("editor");
});
