// npm run bench:telemetry: what telemetry costs the editor's process; as a table, and as JSON with --json. The run fails
// where a limit is exceeded. What is judged is the time of the processor, which other programs do not change: clocks
// also count the time that others had.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { EventStore } from "../../server/src/telemetry/eventStore.js";
import { PersistenceTracks } from "../../server/src/telemetry/persistence.js";
import { EventRecorder } from "../../server/src/telemetry/recorder.js";
import { SuggestionTracker } from "../../server/src/telemetry/suggestionTracker.js";
import { renderUserStatistics } from "../../server/src/telemetryView/pages.js";
import { completionEvent, uuidOf } from "../support/exampleEvents.js";
import { seededRandom } from "../support/seededRandom.js";
import { describeMachine, type Machine, thisMachine } from "./machine.js";
import { quantile, round } from "./statistics.js";

/** Milliseconds of the processor per recorded event, in all threads of the editor's process. */
const recordLimit = 0.2;

/** Milliseconds of the processor per key stroke with 10,000 open tracks. */
const keyStrokeLimit = 1;

/** Milliseconds: of the clock, and of the processor on average. */
interface Times {
  readonly processor: number;
  readonly p50: number;
  readonly p99: number;
  readonly greatest: number;
}

interface Report {
  readonly machine: Machine;
  readonly record: {
    readonly events: number;
    /** The clock counts the call; the processor also what follows it, the write to the disk included. */
    readonly times: Times;
    readonly limit: number;
  };
  readonly keyStroke: {
    readonly tracks: number;
    readonly keyStrokes: number;
    readonly oneDocument: Times;
    readonly hundredDocuments: Times;
    readonly limit: number;
  };
  readonly statistics: { readonly events: number; readonly milliseconds: number };
  readonly isWithinLimits: boolean;
}

function timesOf(milliseconds: readonly number[], used: NodeJS.CpuUsage): Times {
  return {
    processor: round((used.user + used.system) / 1000 / milliseconds.length, 4),
    p50: round(quantile(milliseconds, 0.5), 4),
    p99: round(quantile(milliseconds, 0.99), 4),
    greatest: round(Math.max(...milliseconds), 4),
  };
}

function timed(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

async function measureRecording(directory: string): Promise<Report["record"]> {
  const store = new EventStore({ directory, session: uuidOf(1), startedAt: 1 });
  let id = 0;
  const recorder = new EventRecorder({
    user: uuidOf(2),
    session: uuidOf(1),
    horizon: "0.1.0",
    editor: "1.107.0",
    platform: "linux-x64",
    now: Date.now,
    newId: () => uuidOf(id++),
    write: (event) => store.record(event),
  });
  const {
    schemaVersion: _,
    id: __,
    time: ___,
    user: ____,
    session: _____,
    sequence: ______,
    ...body
  } = completionEvent();
  const calls: number[] = [];
  let before = process.cpuUsage();
  for (let event = 0; event < warmUp + events; event++) {
    if (event === warmUp) {
      calls.length = 0;
      before = process.cpuUsage();
    }
    calls.push(timed(() => recorder.record(body)));
    // A key stroke records an event or two at once; each group is a write of its own.
    if (event % 2 === 1) {
      await store.flush();
    }
  }
  await store.close();
  return { events, times: timesOf(calls, process.cpuUsage(before)), limit: recordLimit };
}

function measureKeyStrokes(documents: number): Times {
  const tracks = new PersistenceTracks({
    now: () => 0,
    readText: async () => undefined,
    pause: async () => {},
    onMeasured: () => {},
    onUndone: () => {},
  });
  const tracker = new SuggestionTracker({
    now: () => 0,
    schedule: () => () => {},
    newId: () => uuidOf(0),
    hasOtherProvider: () => false,
    onEnded: () => {},
    onAccepted: () => {},
  });
  for (let number = 0; number < openTracks; number++) {
    const start = 60 * Math.floor(number / documents);
    const uri = `file:///folder/file${number % documents}.py`;
    tracks.accepted(`suggestion ${number}`, uri, { start, end: start + 40 }, "x".repeat(40), { language: "python" });
  }
  const random = seededRandom(1);
  const length = (60 * openTracks) / documents;
  const times: number[] = [];
  let before = process.cpuUsage();
  for (let keyStroke = 0; keyStroke < warmUp + keyStrokes; keyStroke++) {
    if (keyStroke === warmUp) {
      times.length = 0;
      before = process.cpuUsage();
    }
    const uri = `file:///folder/file${Math.floor(random() * documents)}.py`;
    const edits = [{ offset: Math.floor(random() * length), removed: 0, text: "x" }];
    times.push(
      timed(() => {
        tracks.edited(uri, edits, "user");
        tracker.edited(uri, edits);
      }),
    );
  }
  return timesOf(times, process.cpuUsage(before));
}

/** Rounds before what is measured, as in a process that has run for a while. */
const warmUp = 1000;
const events = 4000;
const openTracks = 10_000;
const keyStrokes = 5000;

async function measureStatistics(directory: string): Promise<Report["statistics"]> {
  const store = new EventStore({ directory, session: uuidOf(1), startedAt: 1 });
  const events = 20_000;
  for (let event = 0; event < events; event++) {
    const time = new Date(Date.UTC(2026, 0, 1) + event * 60_000).toISOString();
    store.record(completionEvent({ id: uuidOf(event), time }));
    if (event % 1000 === 0) {
      await store.flush();
    }
  }
  await store.close();
  const started = performance.now();
  await renderUserStatistics(directory);
  return { events, milliseconds: Math.round(performance.now() - started) };
}

async function measure(): Promise<Report> {
  const folder = await mkdtemp(path.join(tmpdir(), "horizon-telemetry-bench-"));
  try {
    const record = await measureRecording(path.join(folder, "record"));
    const oneDocument = measureKeyStrokes(1);
    const hundredDocuments = measureKeyStrokes(100);
    const statistics = await measureStatistics(path.join(folder, "statistics"));
    return {
      machine: thisMachine(),
      record,
      keyStroke: { tracks: openTracks, keyStrokes, oneDocument, hundredDocuments, limit: keyStrokeLimit },
      statistics,
      isWithinLimits: record.times.processor <= recordLimit && oneDocument.processor <= keyStrokeLimit,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tableOf({ machine, record, keyStroke, statistics, isWithinLimits }: Report): string {
  const row = (name: string, { processor, p50, p99, greatest }: Times, limit = "") =>
    name.padEnd(44) + [processor, p50, p99, greatest].map((time) => time.toFixed(4).padStart(11)).join("") + limit;
  return [
    describeMachine(machine),
    "",
    `${"milliseconds".padEnd(44)}  processor   p50      p99   greatest`,
    row("recording an event", record.times, `   limit ${record.limit} of the processor`),
    row(`key stroke, ${keyStroke.tracks} tracks in a document`, keyStroke.oneDocument, `   limit ${keyStroke.limit}`),
    row(`key stroke, ${keyStroke.tracks} in 100 documents`, keyStroke.hundredDocuments),
    `statistics page of ${statistics.events} events: ${statistics.milliseconds} ms`,
    "",
    isWithinLimits ? "within the limits" : "ABOVE A LIMIT",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const report = await measure();
  process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : tableOf(report)}\n`);
  process.exitCode = report.isWithinLimits ? 0 : 1;
}

void main();
