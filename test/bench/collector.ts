// `npm run bench:collector`: how much the collector takes, how long a sender waits, and how long a report takes.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openStorage } from "../../server/src/collector/storage/index.js";
import type { AcceptedEvent } from "../../server/src/collector/storage/storage.js";
import { hashToken } from "../../server/src/collector/tokens.js";
import { LatencyHistogram } from "../../server/src/statistics/latency.js";
import type { TelemetryEvent } from "../../server/src/telemetry/event.js";
import { startPostgres } from "../support/postgres.js";
import { completionEvent, otlpJson, uuidOf } from "../support/telemetryEvents.js";

const cli = resolve(process.cwd(), "dist/cli.js");
const token = "hzn_bench";
const batchSize = 50;
/** Editors that send at once; each waits for its answer before it sends again. */
const senders = 32;

interface Options {
  readonly seconds: number;
  /** Events a second that are sent. */
  readonly rate: number;
  readonly reportEvents: number;
  readonly json: boolean;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), "horizon-bench-"));
  const postgres = await startPostgres();
  try {
    const places = { SQLite: join(folder, "events.db"), PostgreSQL: await postgres.createDatabase() };
    const results: Record<string, unknown> = {};
    for (const [name, place] of Object.entries(places)) {
      results[name] = await measureIngestion(place, options);
      if (!options.json) process.stdout.write(`${name}: ${describe(results[name])}\n`);
    }
    const report = await measureReport(join(folder, "report.db"), folder, options.reportEvents);
    if (!options.json) process.stdout.write(`report: ${describe(report)}\n`);
    const settings = { ...options, batchSize, senders };
    if (options.json) process.stdout.write(`${JSON.stringify({ ...results, report, settings }, undefined, 2)}\n`);
  } finally {
    await postgres.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(given: readonly string[]): Options {
  const value = (name: string, otherwise: number) => {
    const place = given.indexOf(name);
    return place === -1 ? otherwise : Number(given[place + 1]);
  };
  return {
    seconds: value("--seconds", 20),
    rate: value("--rate", 6000),
    reportEvents: value("--events", 10_000_000),
    json: given.includes("--json"),
  };
}

/** Sends at a steady rate, and looks whether all that was acknowledged is there, once. */
async function measureIngestion(place: string, { seconds, rate }: Options) {
  const storage = await openStorage(place);
  await storage.addToken({ name: "bench", created: 0 }, hashToken(token));
  await storage.close();
  const collector = await startCollector(place);
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const latency = new LatencyHistogram();
  let acknowledged = 0;
  let due = performance.now();
  const started = due;
  const end = started + seconds * 1000;
  const interval = (1000 * batchSize) / rate;
  const send = async (sender: number) => {
    for (let batch = 0; ; batch++) {
      // Time runs from when a batch was due, not from when a sender was free: a stall counts for all that it holds up.
      const at = due;
      if (at >= end) return;
      due += interval;
      const body = batchBody(`${sender} ${batch}`);
      await new Promise((resume) => setTimeout(resume, Math.max(0, at - performance.now())));
      const status = await post(agent, collector.address, body);
      latency.add(Math.max(0, performance.now() - at));
      if (status === 200) acknowledged += batchSize;
    }
  };
  await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
  const elapsed = (performance.now() - started) / 1000;
  agent.destroy();
  const processor = await processorSeconds(collector.address);
  collector.process.kill("SIGKILL");
  await once(collector.process, "exit");
  const after = await openStorage(place);
  const stored = await after.countEvents();
  await after.close();
  const { p50, p99, greatest } = latency.summary() ?? {};
  const processorMicroseconds = (1e6 * processor) / acknowledged;
  return { eventsPerSecond: acknowledged / elapsed, p50, p99, greatest, acknowledged, stored, processorMicroseconds };
}

/** What the collector has used of the processor, its start included. */
async function processorSeconds(address: string): Promise<number> {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(metrics)?.[1]);
}

function batchBody(name: string): string {
  const user = uuidOf(`user ${createHash("md5").update(name).digest()[0]}`);
  const now = Date.now();
  const events = Array.from({ length: batchSize }, (_, index) => ({
    ...completionEvent("", { time: now, accepted: index % 3 === 0, experiments: { lines: "one" } }),
    id: randomUUID(),
    request: randomUUID(),
    user,
  }));
  return otlpJson(events);
}

function post(agent: Agent, address: string, body: string): Promise<number> {
  return new Promise((done) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      authorization: `Bearer ${token}`,
    };
    const sent = request(`${address}/v1/logs`, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () => done(response.statusCode ?? 0));
    });
    sent.on("error", () => done(0));
    sent.end(body);
  });
}

async function startCollector(place: string): Promise<{ readonly process: ChildProcess; readonly address: string }> {
  const flags = ["collect", "--database", place, "--port", "0", "--rate", "1000000"];
  const child = spawn(process.execPath, [cli, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { process: child, address: String(line).trim() };
}

/** Users of the experiment whose report is measured, and days that it has run. */
const users = 2000;
const days = 14;

/** Fills a database with an experiment of so many events, and measures the report as a user calls it. */
async function measureReport(place: string, folder: string, count: number) {
  const storage = await openStorage(place);
  const today = Math.floor(Date.now() / 86_400_000);
  const batch: AcceptedEvent[] = [];
  const filling = performance.now();
  for (let day = 0, number = 0; day < days; day++) {
    const received = (today - days + day) * 86_400_000;
    const last = Math.floor((count * (day + 1)) / days);
    for (; number < last; number++) {
      const user = number % users;
      // Work from 8 to 17: so many rows of sums as in real use.
      const time = received + (8 + (Math.floor(number / users) % 9)) * 3_600_000;
      const event: TelemetryEvent = {
        ...completionEvent("", { time, accepted: number % 7 < 2, experiments: { lines: user % 2 ? "one" : "many" } }),
        id: randomUUID(),
        user: uuidOf(`user ${user}`),
      };
      batch.push({ event, body: JSON.stringify(event) });
      if (batch.length === 2000) await storage.add(batch.splice(0), received + 18 * 3_600_000);
    }
    await storage.add(batch.splice(0), received + 18 * 3_600_000);
  }
  const fillSeconds = (performance.now() - filling) / 1000;
  const events = await storage.countEvents();
  await storage.close();
  const file = join(folder, "experiments.json");
  writeFileSync(file, JSON.stringify(experimentsFile));
  const started = performance.now();
  const child = spawn(process.execPath, [cli, "experiment", "report", file, "--database", place, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.resume();
  const [code] = await once(child, "close");
  return { events, users, days, seconds: (performance.now() - started) / 1000, exitCode: code, fillSeconds };
}

const experimentsFile = {
  flags: {
    lines: {
      state: "ENABLED",
      variants: { many: {}, one: { "completion.maxLines": 1 } },
      defaultVariant: "many",
      targeting: { fractional: [{ var: "targetingKey" }, ["many", 50], ["one", 50]] },
      metadata: { days },
    },
  },
};

function describe(result: unknown): string {
  return Object.entries(result as Readonly<Record<string, number>>)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(1)}`)
    .join(", ");
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
