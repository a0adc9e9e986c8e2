// What is sent: all that the user agreed to, nothing else, and each event at least once whatever the network does.

import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Agreement } from "../../../server/src/telemetry/consent.js";
import type { TelemetryEvent } from "../../../server/src/telemetry/event.js";
import { deleteEvents, EventStore } from "../../../server/src/telemetry/eventStore.js";
import { forgetProgress, type SenderOptions, sendEvents } from "../../../server/src/telemetry/sender.js";
import { completionEvent, exampleEvents, persistenceEvent, uuidOf } from "../../support/exampleEvents.js";
import { OtlpReceiver } from "../../support/otlpReceiver.js";

let home: string;
let receiver: OtlpReceiver;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "horizon-sender-"));
  receiver = await OtlpReceiver.start();
});

afterEach(async () => {
  await receiver.stop();
  await rm(home, { recursive: true, force: true });
});

async function store(events: readonly TelemetryEvent[], session = uuidOf(9)): Promise<void> {
  const store = new EventStore({ directory: path.join(home, "events"), session, startedAt: 1 });
  for (const event of events) {
    store.record(event);
  }
  await store.close();
}

function numbered(count: number, first = 0): TelemetryEvent[] {
  return Array.from({ length: count }, (_, index) => completionEvent({ id: uuidOf(first + index), sequence: index }));
}

const agreement: Agreement = { since: 0, endpoint: "", schemaVersion: 1 };

function send(options: Partial<SenderOptions> & { token?: string } = {}, signal = new AbortController().signal) {
  const { token, ...rest } = options;
  return sendEvents(
    {
      directory: path.join(home, "events"),
      home,
      receiver: { endpoint: receiver.endpoint, token, timeout: 700 },
      agreement,
      fields: {},
      ...rest,
    },
    signal,
  );
}

test("each event goes once, as its own JSON, in batches of 50", async () => {
  const events = [...exampleEvents(), ...numbered(120, 100)];
  await store(events);
  expect(await send({ token: "secret" })).toEqual({ sent: 124, refused: 0, problem: undefined });
  expect(receiver.batches.map(({ bodies }) => bodies.length)).toEqual([50, 50, 24]);
  expect(receiver.batches.flatMap(({ bodies }) => bodies)).toEqual(events.map((event) => JSON.stringify(event)));
  expect(receiver.batches[0]?.headers).toMatchObject({
    authorization: "Bearer secret",
    "content-type": "application/json",
    "content-encoding": "gzip",
  });
  await send();
  expect(receiver.batches).toHaveLength(3);
});

test("nothing of the machine goes with it", async () => {
  await store(exampleEvents());
  await send();
  const [batch] = receiver.batches;
  for (const name of [hostname(), userInfo().username, home, String(process.pid)]) {
    expect(`${batch?.text} ${JSON.stringify({ ...batch?.headers, host: "" })}`).not.toContain(name);
  }
  expect(JSON.parse(batch?.text ?? "").resourceLogs[0].resource.attributes).toEqual([
    { key: "service.name", value: { stringValue: "horizon" } },
  ]);
});

test("keys of the user's own OpenTelemetry do not go to our receiver", async () => {
  const variables = {
    OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=mine",
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: "authorization=Bearer mine",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
    OTEL_RESOURCE_ATTRIBUTES: "host.name=mine",
  };
  Object.assign(process.env, variables);
  try {
    await store(exampleEvents());
    expect(await send({ token: "ours" })).toMatchObject({ sent: 4 });
    expect(process.env).toMatchObject(variables);
  } finally {
    for (const name of Object.keys(variables)) {
      delete process.env[name];
    }
  }
  const [batch] = receiver.batches;
  expect(batch?.headers.authorization).toBe("Bearer ours");
  expect(`${JSON.stringify(batch?.headers)} ${batch?.text}`).not.toContain("mine");
});

test("what was recorded before the user agreed is never sent", async () => {
  await store([
    completionEvent({ id: uuidOf(1), time: "2026-03-02T09:59:59.999Z" }),
    completionEvent({ id: uuidOf(2), time: "2026-03-02T10:00:00.000Z" }),
  ]);
  await send({ agreement: { ...agreement, since: Date.parse("2026-03-02T10:00:00.000Z") } });
  expect(receiver.ids).toEqual([uuidOf(2)]);
});

test("fields and kinds that the user has switched off stay on the machine", async () => {
  await store([completionEvent({ id: uuidOf(1) }), persistenceEvent({ id: uuidOf(2) })]);
  await send({ fields: { language: false, latency: false, persistence: false, id: false } });
  const sent = receiver.batches.flatMap(({ bodies }) => bodies.map((body) => JSON.parse(body)));
  const { language: _, latency: __, ...expected } = completionEvent({ id: uuidOf(1) });
  expect(sent).toEqual([expected]);
});

describe("at least once", () => {
  test("over an acknowledgement that was lost: sent again under the same id", async () => {
    await store(numbered(80));
    let answers = 0;
    receiver.answer = () => (answers++ === 0 ? "lost" : 200);
    const first = await send();
    const second = first?.problem === undefined ? undefined : await send();
    expect((first?.sent ?? 0) + (second?.sent ?? 0)).toBe(80);
    expect(receiver.ids.length).toBeGreaterThan(80);
    expect(new Set(receiver.ids).size).toBe(80);
  });

  test.each([500, 503, 429])("over a receiver that answers %i", async (status) => {
    await store(numbered(60));
    receiver.answer = () => status;
    const failed = await send();
    expect(failed).toMatchObject({ sent: 0, refused: 0, problem: { type: "failed" } });
    receiver.answer = () => 200;
    expect(await send()).toEqual({ sent: 60, refused: 0, problem: undefined });
    expect(new Set(receiver.ids).size).toBe(60);
  });

  test("over a receiver that was away for a week, and restarts of the editor", async () => {
    await receiver.stop();
    // A new process each day reads what is unsent from the disk; nothing else is kept.
    for (let day = 0; day < 7; day++) {
      await store(numbered(60, day * 60), uuidOf(1000 + day));
      expect(await send()).toMatchObject({ sent: 0, problem: { type: "failed" } });
    }
    receiver = await OtlpReceiver.start();
    expect(await send()).toEqual({ sent: 420, refused: 0, problem: undefined });
    expect(new Set(receiver.ids).size).toBe(420);
  });

  test("over a file of what was sent that is damaged", async () => {
    await store(numbered(10));
    await send();
    await writeFile(path.join(home, "sent.json"), "{ half");
    await send();
    expect(receiver.ids).toHaveLength(20);
    expect(new Set(receiver.ids).size).toBe(10);
  });

  test("a line that is being written is sent when it is whole", async () => {
    await store(numbered(3));
    const directory = path.join(home, "events");
    const file = path.join(directory, `events-0000000000001-${uuidOf(9)}-000000.jsonl`);
    const line = `${JSON.stringify(completionEvent({ id: uuidOf(50) }))}\n`;
    await appendFile(file, line.slice(0, 200));
    await send();
    expect(receiver.ids).toHaveLength(3);
    await appendFile(file, line.slice(200));
    await send();
    expect(receiver.ids.at(-1)).toBe(uuidOf(50));
    expect(receiver.ids).toHaveLength(4);
  });
});

test("one event that is refused does not keep the others back", async () => {
  await store(numbered(50));
  receiver.answer = ({ bodies }) => (bodies.some((body) => body.includes(uuidOf(23))) ? 400 : 200);
  expect(await send()).toEqual({ sent: 49, refused: 1, problem: undefined });
  expect(new Set(receiver.ids).size).toBe(49);
  await send();
  expect(receiver.ids).toHaveLength(49);
});

test.each([401, 403, 404])("%i stops sending and keeps the events", async (status) => {
  await store(numbered(5));
  receiver.answer = () => status;
  expect(await send()).toMatchObject({ sent: 0, refused: 0, problem: { type: "blocked" } });
  receiver.answer = () => 200;
  expect(await send()).toMatchObject({ sent: 5 });
});

test("only one window sends, until it is dead", async () => {
  await store(numbered(5));
  await mkdir(home, { recursive: true });
  const lease = path.join(home, "sending.lock");
  await writeFile(lease, "");
  expect(await send()).toBeUndefined();
  await utimes(lease, new Date(0), new Date(0));
  expect(await send()).toMatchObject({ sent: 5 });
});

test("stops between batches when told to", async () => {
  await store(numbered(200));
  const stop = new AbortController();
  receiver.answer = () => {
    stop.abort();
    return 200;
  };
  expect(await send({}, stop.signal)).toMatchObject({ sent: 50 });
  receiver.answer = () => 200;
  expect(await send()).toMatchObject({ sent: 150 });
});

test("what was deleted is not sent", async () => {
  await store(numbered(5));
  await deleteEvents(path.join(home, "events"));
  await forgetProgress(home);
  expect(await send()).toEqual({ sent: 0, refused: 0, problem: undefined });
  expect(receiver.batches).toEqual([]);
});
