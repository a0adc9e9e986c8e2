// docs/openTelemetryCollector/kafka.yaml, as an operator runs it: Horizon's sender, a real OpenTelemetry Collector, a real
// Kafka. `npm run test:kafka` brings both along (scripts/kafkaTools.mjs).
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../scripts/codeServer.mjs";
import type { TelemetryEvent } from "../../server/src/telemetry/event.js";
import { EventStore } from "../../server/src/telemetry/eventStore.js";
import { forgetProgress, type SendResult, sendEvents } from "../../server/src/telemetry/sender.js";
import { exampleEvents, uuidOf } from "../support/exampleEvents.js";
import { until } from "../support/until.js";
import { KafkaBroker } from "./kafkaBroker.js";

const topic = "horizon-events";
const token = "a-token-of-this-test";
/** Milliseconds: Java takes its time to start where others are at work. */
const patience = 240_000;
const configuration = path.resolve(import.meta.dirname, "../../docs/openTelemetryCollector/kafka.yaml");

const folder = mkdtempSync(path.join(tmpdir(), "horizon-kafka-test-"));
const directory = path.join(folder, "events");
let broker: KafkaBroker;
let collector: ChildProcess;
let port: number;
let health: number;

/** Sixty of each kind, with every field that there is. */
const events: readonly TelemetryEvent[] = Array.from({ length: 60 }, (_, round) =>
  exampleEvents().map((event, kind) => ({ ...event, id: uuidOf(1000 + 4 * round + kind), sequence: 4 * round + kind })),
).flat();

beforeAll(async () => {
  const { OTELCOL: program, KAFKA_HOME: kafka } = process.env;
  if (program === undefined || kafka === undefined) {
    throw new Error("OTELCOL and KAFKA_HOME are not set: run this by npm run test:kafka.");
  }
  writeFileSync(path.join(folder, "tokens"), `${token} # of this test\n`);
  [broker, port, health] = await Promise.all([KafkaBroker.start(kafka), freePort(), freePort()]);
  await broker.createTopic(topic);
  const store = new EventStore({ directory, session: uuidOf(1), startedAt: 1 });
  for (const event of events) store.record(event);
  await store.close();
  await startCollector();
});

afterAll(async () => {
  await killCollector();
  await broker?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function startCollector(): Promise<void> {
  collector = spawn(
    process.env.OTELCOL as string,
    ["--config", configuration, "--set", "service.telemetry.metrics.level=none"],
    {
      env: {
        ...process.env,
        HORIZON_TOKENS: path.join(folder, "tokens"),
        HORIZON_LISTEN: `127.0.0.1:${port}`,
        HORIZON_HEALTH: `127.0.0.1:${health}`,
        HORIZON_KAFKA: broker.address,
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let errors = "";
  collector.stderr?.on("data", (data) => {
    errors += data;
  });
  await until("the collector to be healthy", async () => {
    if (collector.exitCode !== null) throw new Error(errors);
    return fetch(`http://127.0.0.1:${health}/`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}

async function killCollector(): Promise<void> {
  if (collector !== undefined && collector.exitCode === null && collector.signalCode === null) {
    collector.kill("SIGKILL");
    await once(collector, "exit");
  }
}

/** One round of sending, as a window makes each minute. */
async function send(bearer = token): Promise<SendResult | undefined> {
  const endpoint = `http://127.0.0.1:${port}/v1/logs`;
  return sendEvents(
    {
      directory,
      home: folder,
      receiver: { endpoint, token: bearer, timeout: 10_000 },
      agreement: { since: 0, endpoint, schemaVersion: 1 },
      fields: {},
    },
    new AbortController().signal,
  );
}

async function sendAll(): Promise<void> {
  await until(
    "everything to be acknowledged",
    async () => {
      const result = await send();
      return result !== undefined && result.problem === undefined;
    },
    patience,
  );
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface LogRecord {
  readonly timeUnixNano: string;
  readonly eventName: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
}
interface Message {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly logRecords: readonly LogRecord[];
    }[];
  }[];
}

/** What a reader of the topic does: takes the body of each record, and each id once. */
async function readTopic() {
  const messages = (await broker.read(topic)).map((line) => JSON.parse(line) as Message);
  const records = messages.flatMap(({ resourceLogs }) =>
    resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
  );
  const byId = new Map<string, TelemetryEvent>();
  for (const { body } of records) {
    const event = JSON.parse(body.stringValue) as TelemetryEvent;
    byId.set(event.id, event);
  }
  return { messages, records, byId };
}

const inOrder = (some: Iterable<TelemetryEvent>) => [...some].sort((one, other) => one.sequence - other.sequence);

test("a wrong token is refused, and nothing gets to Kafka", async () => {
  expect(await send("another")).toMatchObject({ sent: 0, problem: { type: "blocked" } });
});

test("what is sent while collector and broker are killed is all there, with every field", async () => {
  const sending = sendAll();
  await killCollector();
  await startCollector();
  await broker.kill();
  await broker.start();
  await sending;
  const { messages, records, byId } = await readTopic();
  expect(inOrder(byId.values())).toEqual(events);
  const { resource, scopeLogs } = messages[0]?.resourceLogs[0] ?? expect.fail("no message");
  expect(resource.attributes).toEqual([{ key: "service.name", value: { stringValue: "horizon" } }]);
  expect(scopeLogs[0]?.scope).toMatchObject({ name: "horizon.telemetry", version: "1" });
  for (const { body, eventName, attributes, timeUnixNano } of records) {
    const event = JSON.parse(body.stringValue) as TelemetryEvent;
    expect(eventName).toBe(`horizon.${event.kind}`);
    expect(attributes).toEqual([{ key: "horizon.event.id", value: { stringValue: event.id } }]);
    expect(Number(timeUnixNano)).toBe(Date.parse(event.time) * 1e6);
  }
});

test("without a broker a batch is not acknowledged, and is sent again later", async () => {
  await forgetProgress(folder);
  await broker.kill();
  expect(await send()).toMatchObject({ sent: 0, refused: 0, problem: { type: "failed" } });
  await broker.start();
  await sendAll();
});

test("what came twice is counted once by its id", async () => {
  const { records, byId } = await readTopic();
  expect(records.length).toBeGreaterThanOrEqual(2 * events.length);
  expect(inOrder(byId.values())).toEqual(events);
});
