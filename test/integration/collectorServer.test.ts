// `horizon collect` as a process, over HTTP, on files of its own: what it takes, what it refuses, and that it loses nothing.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import Database from "libsql";
import protobuf from "protobufjs";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openStorage } from "../../server/src/collector/storage/index.js";
import { hashToken } from "../../server/src/collector/tokens.js";
import { sumOf } from "../../server/src/experiments/metrics.js";
import { startPostgres } from "../support/postgres.js";
import { completionEvent, otlpJson, uuidOf } from "../support/telemetryEvents.js";
import { until } from "../support/until.js";

const cli = resolve(import.meta.dirname, "../../dist/cli.js");
// Processes and databases are started and killed several times in one test: minutes where the processor is taken.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), "horizon-collector-"));
let databases = 0;
let database: string;
let collector: Collector;

interface Collector {
  readonly process: ChildProcess;
  readonly address: string;
  errors(): string;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @param before what the shell does first, such as setting a limit */
async function start(more: readonly string[] = [], before = ""): Promise<Collector> {
  const flags = ["collect", "--database", database, "--port", "0", ...more].map((flag) => `'${flag}'`).join(" ");
  const child = spawn("bash", ["-c", `${before} exec '${process.execPath}' '${cli}' ${flags}`]);
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const address = await until("the collector's address", () => {
    if (child.exitCode !== null) throw new Error(errors);
    return /^http:\S+/.exec(output)?.[0];
  });
  return { process: child, address, errors: () => errors };
}

async function stop(running: Collector, signal: NodeJS.Signals): Promise<number | null> {
  if (running.process.exitCode === null && running.process.signalCode === null) {
    running.process.kill(signal);
    await once(running.process, "exit");
  }
  return running.process.exitCode;
}

const token = "hzn_test";

async function addToken(): Promise<void> {
  const storage = await openStorage(database);
  await storage.addToken({ name: "test", created: 0 }, hashToken(token));
  await storage.close();
}

beforeEach(async () => {
  database = join(folder, `${++databases}.db`);
  await addToken();
  collector = await start();
});

afterEach(() => stop(collector, "SIGKILL"));

interface Send {
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

function post({ body, headers }: Send): Promise<Response> {
  return fetch(`${collector.address}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    body,
  });
}

const events = (count: number, name = "e") =>
  Array.from({ length: count }, (_, index) => completionEvent(`${name}${index}`, { time: Date.now() }));

async function stored(): Promise<number> {
  const storage = await openStorage(database);
  const count = await storage.countEvents();
  await storage.close();
  return count;
}

/** What a report would count: the sums must not have anything twice either. */
async function counted(): Promise<number> {
  const storage = await openStorage(database);
  let seen = 0;
  for await (const { sums } of storage.sums()) seen += sumOf(sums, ["seen"]);
  await storage.close();
  return seen;
}

describe("what it takes", () => {
  test("JSON, packed or not, each event once", async () => {
    const body = otlpJson(events(3));
    const plain = await post({ body });
    expect([plain.status, await plain.json()]).toEqual([200, {}]);
    const packed = await post({ body: gzipSync(body), headers: { "content-encoding": "gzip" } });
    expect(packed.status).toBe(200);
    expect(await stored()).toBe(3);
  });

  test("the binary form, with fields that it does not know, and answers in it", async () => {
    const root = protobuf.parse(`syntax = "proto3";
      message Request { repeated ResourceLogs resource_logs = 1; }
      message ResourceLogs { repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
      message ScopeLogs { repeated LogRecord log_records = 2; }
      message LogRecord { fixed64 time_unix_nano = 1; AnyValue body = 5; string event_name = 12; }
      message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; } }`).root;
    const logRecords = [
      { timeUnixNano: 1, eventName: "horizon.completion", body: { stringValue: JSON.stringify(events(1)[0]) } },
      { timeUnixNano: 2, body: { intValue: 5 } },
    ];
    const request = { resourceLogs: [{ schemaUrl: "s", scopeLogs: [{ logRecords }] }] };
    const type = root.lookupType("Request");
    const headers = { "content-type": "application/x-protobuf" };
    const response = await post({ body: type.encode(type.fromObject(request)).finish(), headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    // ExportLogsServiceResponse.partial_success.rejected_log_records = 1
    expect([...new Uint8Array(await response.arrayBuffer())].slice(0, 4)).toEqual([10, expect.any(Number), 8, 1]);
    expect(await stored()).toBe(1);
  });

  test("what OpenTelemetry's own exporter sends", async () => {
    const exporter = new OTLPLogExporter({
      url: `${collector.address}/v1/logs`,
      headers: { authorization: `Bearer ${token}` },
    });
    const record = {
      hrTime: [0, 0],
      hrTimeObserved: [0, 0],
      body: JSON.stringify(events(1)[0]),
      attributes: {},
      droppedAttributesCount: 0,
      resource: { attributes: {}, merge: () => record.resource, getRawAttributes: () => [] },
      instrumentationScope: { name: "horizon.telemetry" },
    };
    const result = await new Promise<{ readonly code: number }>((done) => exporter.export([record as never], done));
    expect(result.code).toBe(ExportResultCode.SUCCESS);
    await exporter.shutdown();
    expect(await stored()).toBe(1);
  });

  test("the good events of a batch, and says what is wrong with the others without quoting them", async () => {
    const [good] = events(1);
    const now = Date.now();
    const bad = [
      "no json",
      { ...good, secret: "def f():" },
      { ...good, id: "1" },
      completionEvent("ahead", { time: now + 3 * 86_400_000 }),
      completionEvent("long ago", { time: now - 500 * 86_400_000 }),
    ];
    const response = await post({ body: otlpJson([good, ...bad]) });
    const answer = JSON.stringify(await response.json());
    expect([response.status, answer]).toEqual([200, expect.stringContaining('"rejectedLogRecords":5')]);
    expect(answer).not.toContain("def f()");
    expect(await stored()).toBe(1);
  });

  test("of an event only what the schema has, however the text says it", async () => {
    const text = JSON.stringify(events(1)[0]);
    // The second of two values counts; the first one, with a character that PostgreSQL's JSON has no room for, is gone.
    const twice = text.replace('"id":', String.raw`"id":"def f(): \u0000","id":`);
    const padded = `${" ".repeat(100_000)}${JSON.stringify(events(2)[1])}`;
    const experiments = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`e${index}`, "on"]));
    const many = { ...events(3)[2], experiments };
    const answer = await (await post({ body: otlpJson([twice, padded, many]) })).json();
    expect(answer).toMatchObject({ partialSuccess: { rejectedLogRecords: 1 } });
    expect(JSON.stringify(answer)).toContain("more than 16 entries");
    await stop(collector, "SIGTERM");
    expect(await stored()).toBe(2);
    const bytes = readFileSync(database);
    expect([bytes.includes("def f()"), bytes.includes(" ".repeat(1000)), bytes.includes("ignored")]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("events of a week ago, and of a clock that is some hours off", async () => {
    const now = Date.now();
    const body = otlpJson([
      completionEvent("week", { time: now - 7 * 86_400_000 }),
      completionEvent("ahead", { time: now + 10 * 3_600_000 }),
    ]);
    expect(await (await post({ body })).json()).toEqual({});
    expect(await stored()).toBe(2);
  });
});

describe("what it refuses", () => {
  test.each([
    ["no token", { headers: { authorization: "" } }, 401],
    ["a wrong token", { headers: { authorization: "Bearer hzn_other" } }, 401],
    ["another type", { headers: { "content-type": "text/plain" } }, 415],
    ["what is no JSON", { body: "{" }, 400],
    ["what is no text", { body: Uint8Array.of(0xff, 0xfe, 0x7b) }, 400],
    ["JSON of another shape", { body: '{"resourceLogs":[{"scopeLogs":5}]}' }, 400],
    ["what is no protobuf", { headers: { "content-type": "application/x-protobuf" }, body: "\u000b\u00ff\u0001" }, 400],
    ["another packing", { headers: { "content-encoding": "br" } }, 400],
    ["half a gzip stream", { headers: { "content-encoding": "gzip" }, body: gzipSync("{}").subarray(0, 12) }, 400],
    ["too many records", { body: otlpJson(Array.from({ length: 1001 }, () => "{}")) }, 413],
    ["a body of 5 MB", { body: "x".repeat(5 * 1024 * 1024) }, 413],
    [
      "a body that unpacks to 200 MB",
      { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(200_000_000)) },
      413,
    ],
  ])("%s", async (_, send: Partial<Send>, status) => {
    const response = await post({ body: otlpJson(events(1)), ...send });
    expect(response.status).toBe(status);
    expect(((await response.json().catch(() => ({ message: "-" }))) as { message: string }).message).not.toBe("");
    expect(await stored()).toBe(0);
  });

  test("more than a token may send, until it has waited", async () => {
    await stop(collector, "SIGTERM");
    collector = await start(["--rate", "10"]);
    expect((await post({ body: otlpJson(events(90)) })).status).toBe(200);
    const refused = await post({ body: otlpJson(events(50, "more")) });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(3);
    expect(await stored()).toBe(90);
  });

  test("guessing tokens", async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 15; guess++) {
      const response = await post({ body: "{}", headers: { authorization: `Bearer guess${guess}` } });
      statuses.push(response.status);
    }
    expect(statuses[0]).toBe(401);
    expect(statuses).toContain(429);
    expect((await post({ body: otlpJson(events(1)) })).status).toBe(200);
  });

  test("a sender that says much and sends little keeps nobody waiting", async () => {
    const { hostname, port } = new URL(collector.address);
    const socket = connect(Number(port), hostname);
    socket.write(`POST /v1/logs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n`);
    socket.write("content-type: application/json\r\ncontent-length: 1000\r\n\r\n{");
    expect((await post({ body: otlpJson(events(1)) })).status).toBe(200);
    socket.destroy();
    expect((await fetch(`${collector.address}/health`)).status).toBe(200);
  });
});

test("a token is not in the database, and its owner can be shut out", async () => {
  const run = async (...rest: string[]) => {
    const child = spawn(process.execPath, [cli, "collect", "token", ...rest, "--database", database]);
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    const [code] = await once(child, "close");
    return { output: output.trim(), code };
  };
  const { output: made } = await run("create", "ada");
  expect(made).toMatch(/^hzn_[\w-]{43}$/);
  expect((await run("create", "ada")).code).toBe(2);
  expect((await post({ body: otlpJson(events(1)), headers: { authorization: `Bearer ${made}` } })).status).toBe(200);
  await stop(collector, "SIGTERM");
  expect(readFileSync(database).includes(made.slice(4))).toBe(false);
  expect((await run("revoke", "ada")).code).toBe(0);
  expect((await run("list")).output).toMatch(/^1970-01-01 test$/);
  collector = await start();
  expect((await post({ body: otlpJson(events(1)), headers: { authorization: `Bearer ${made}` } })).status).toBe(401);
});

test("a user is forgotten on request, and stays so", async () => {
  await post({ body: otlpJson(events(2)) });
  const url = `${collector.address}/v1/users/${uuidOf("ada")}`;
  expect((await fetch(url, { method: "DELETE" })).status).toBe(401);
  const response = await fetch(url, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
  expect(await response.json()).toEqual({ deleted: 2 });
  await post({ body: otlpJson(events(3)) });
  expect(await stored()).toBe(0);
});

test("tells Prometheus and a load balancer how it is", async () => {
  await post({ body: otlpJson([...events(2), ...events(1), "{}"]) });
  const metrics = await (await fetch(`${collector.address}/metrics`)).text();
  expect(metrics).toContain('horizon_events_total{result="added"} 2');
  expect(metrics).toContain('horizon_events_total{result="duplicate"} 1');
  expect(metrics).toContain('horizon_events_total{result="rejected"} 1');
  expect(metrics).toContain('horizon_requests_total{status="200"} 1');
  expect(await (await fetch(`${collector.address}/health`)).json()).toEqual({ status: "ok" });
});

test("answers what it has begun when it is told to stop, and ends with 0", async () => {
  const answers = Array.from({ length: 20 }, (_, batch) => post({ body: otlpJson(events(50, `${batch}-`)) }));
  await Promise.race(answers);
  expect(await stop(collector, "SIGTERM")).toBe(0);
  const settled = await Promise.allSettled(answers);
  const acknowledged = settled.filter(({ status, ...rest }) => "value" in rest && rest.value.status === 200);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(await stored()).toBeGreaterThanOrEqual(50 * acknowledged.length);
});

describe("loses nothing that it acknowledged and counts nothing twice", () => {
  const batches = Array.from({ length: 60 }, (_, batch) => otlpJson(events(50, `${batch}-`)));

  /** Sends all batches by four senders, each again until it is acknowledged, and at some points does something else. */
  async function sendThrough(disturbances: Readonly<Record<number, () => Promise<void>>>): Promise<void> {
    const acknowledged = new Set<number>();
    const queue = batches.map((_, index) => index);
    let isOver = false;
    const sender = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const isTaken = await post({ body: batches[next] as string }).then(
          ({ status }) => status === 200,
          () => false,
        );
        if (isTaken) acknowledged.add(next);
        else if (!isOver) {
          queue.push(next);
          await new Promise((resume) => setTimeout(resume, 20));
        }
      }
    };
    const senders = Promise.all(Array.from({ length: 4 }, sender));
    try {
      for (const [seen, disturb] of Object.entries(disturbances)) {
        await until(`${seen} acknowledged batches`, () => acknowledged.size >= Number(seen));
        const before = acknowledged.size;
        await disturb();
        expect(await stored()).toBeGreaterThanOrEqual(50 * before);
      }
    } catch (error) {
      // The next test has a collector of its own, which these must not send to.
      isOver = true;
      throw error;
    } finally {
      await senders;
    }
    expect(acknowledged.size).toBe(batches.length);
    expect(await stored()).toBe(50 * batches.length);
    expect(await counted()).toBe(50 * batches.length);
  }

  async function killAndStart(): Promise<void> {
    await stop(collector, "SIGKILL");
    collector = await start();
  }

  test("on SQLite, killed again and again", async () => {
    await sendThrough({ 10: killAndStart, 30: killAndStart });
  });

  test("on PostgreSQL, killed again and again, and when the database is", async () => {
    await stop(collector, "SIGTERM");
    const postgres = await startPostgres();
    try {
      database = await postgres.createDatabase();
      await addToken();
      collector = await start();
      await sendThrough({
        10: killAndStart,
        25: async () => {
          await postgres.crash();
          expect((await fetch(`${collector.address}/health`)).status).toBe(503);
          await postgres.start();
        },
        40: killAndStart,
      });
      await stop(collector, "SIGKILL");
    } finally {
      await postgres.dispose();
    }
  });
});

test("asks to come again while another program holds the database, and says so", async () => {
  const other = new Database(database);
  other.exec("BEGIN EXCLUSIVE");
  const refused = await post({ body: otlpJson(events(1)) });
  expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([503, 5]);
  expect((await fetch(`${collector.address}/health`)).status).toBe(503);
  other.exec("COMMIT");
  other.close();
  expect((await post({ body: otlpJson(events(1)) })).status).toBe(200);
  expect((await fetch(`${collector.address}/health`)).status).toBe(200);
  expect(await stored()).toBe(1);
});

test("acknowledges nothing while the database is damaged, and says what to do at the next start", async () => {
  await post({ body: otlpJson(Array.from({ length: 10 }, (_, batch) => events(50, `${batch}-`)).flat()) });
  await stop(collector, "SIGTERM");
  collector = await start();
  // Over the pages behind the first ones, in the file that is open.
  writeFileSync(database, Buffer.concat([readFileSync(database).subarray(0, 8192), randomBytes(400_000)]));
  const damaged = await post({ body: otlpJson(events(500, "damaged ")) });
  expect(damaged.status).toBe(503);
  await stop(collector, "SIGKILL");
  await expect(start()).rejects.toThrow(/damaged or no SQLite file.*\.recover/s);
});

test("asks to come again while the disk is full, and loses nothing", async () => {
  expect((await post({ body: otlpJson(events(20)) })).status).toBe(200);
  await stop(collector, "SIGTERM");
  // The kernel refuses to let any file grow beyond 400 kB.
  collector = await start([], "ulimit -f 400;");
  let acknowledged = 20;
  let status = 200;
  for (let batch = 0; status === 200 && batch < 40; batch++) {
    status = (await post({ body: otlpJson(events(50, `full ${batch}-`)) })).status;
    if (status === 200) acknowledged += 50;
  }
  expect(status).toBe(503);
  expect((await fetch(`${collector.address}/metrics`)).status).toBe(200);
  await stop(collector, "SIGKILL");
  collector = await start();
  expect((await post({ body: otlpJson(events(20)) })).status).toBe(200);
  expect(await stored()).toBeGreaterThanOrEqual(acknowledged);
});
