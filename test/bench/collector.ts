// `npm run bench:collector`: how much the collector takes, how long a sender waits, and how long a report takes.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openStorage } from "../../server/src/collector/storage/index.js";
import { hashToken } from "../../server/src/collector/tokens.js";
import type { ExperimentAnalysis } from "../../server/src/experiments/analysis/analysis.js";
import { LatencyHistogram } from "../../server/src/statistics/latency.js";
import { startPostgres } from "../support/postgres.js";
import { completionEvent, otlpJson, uuidOf } from "../support/telemetryEvents.js";
import { checkCopies, days, fill, users } from "./collectorFill.js";

const cli = resolve(process.cwd(), "dist/cli.js");
const token = "hzn_bench";
const batchSize = 50;
/** Editors that send at once; each waits for its answer before it sends again. */
const senders = 32;

interface Options {
  readonly seconds: number;
  /** Events a second that are sent. */
  readonly rate: number;
  /** Events of the report. */
  readonly events: number;
  readonly json: boolean;
  /** Databases that are kept: filled where they are empty, and then only measured. */
  readonly keep: string | undefined;
  /** What is not to be measured. */
  readonly skip: readonly string[];
}

const databases = ["SQLite", "PostgreSQL"] as const;
type DatabaseName = (typeof databases)[number];

async function main(): Promise<void> {
  const options = readOptions();
  const folder = options.keep ?? mkdtempSync(join(tmpdir(), "horizon-bench-"));
  mkdirSync(folder, { recursive: true });
  const wanted = databases.filter((name) => !options.skip.includes(name.toLowerCase()));
  const postgres = wanted.includes("PostgreSQL")
    ? await startPostgres(options.keep && join(folder, "postgres"))
    : undefined;
  const placeOf = async (name: DatabaseName, use: string) =>
    name === "SQLite" ? join(folder, `${use}.db`) : ((await postgres?.createDatabase(use)) ?? "");
  const results: Record<string, unknown> = {};
  try {
    for (const name of wanted) {
      results[name] = await measure(name, (use) => placeOf(name, use), folder, options);
    }
    const settings = { ...options, batchSize, senders, users, days };
    if (options.json) process.stdout.write(`${JSON.stringify({ ...results, settings }, undefined, 2)}\n`);
  } finally {
    await postgres?.dispose();
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param placeOf a database of ours for a use; the same one for the same use */
async function measure(
  name: DatabaseName,
  placeOf: (use: string) => Promise<string>,
  folder: string,
  { skip, keep, json, events, ...options }: Options,
): Promise<Readonly<Record<string, unknown>>> {
  const measured: Record<string, unknown> = {};
  const tell = (what: string, result: unknown) => {
    measured[what] = result;
    if (!json) process.stdout.write(`${name}, ${what}: ${describe(result)}\n`);
  };
  if (!skip.includes("report")) {
    const filled = await placeOf("report");
    if (await hasEvents(filled)) await checkCopies(filled);
    else tell("fill", await fill(filled, events));
    if (!skip.includes("measure")) tell("report", await measureReport(filled, folder));
  }
  if (!skip.includes("ingestion")) {
    // Where databases are kept, into the one that is full: is it as fast there?
    tell("ingestion", await measureIngestion(await placeOf(keep === undefined ? "ingestion" : "report"), options));
  }
  return measured;
}

async function hasEvents(place: string): Promise<boolean> {
  const storage = await openStorage(place);
  try {
    for await (const _ of storage.sums()) return true;
    return false;
  } finally {
    await storage.close();
  }
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "20" },
      rate: { type: "string", default: "6000" },
      events: { type: "string", default: "10000000" },
      json: { type: "boolean", default: false },
      keep: { type: "string" },
      // Some of sqlite, postgresql, ingestion, report, and measure (then the databases are filled and no more).
      skip: { type: "string", default: "" },
    },
  });
  return {
    seconds: Number(values.seconds),
    rate: Number(values.rate),
    events: Number(values.events),
    json: values.json,
    keep: values.keep,
    skip: values.skip.split(","),
  };
}

/** Sends at a steady rate, and looks whether all that was acknowledged is there, once. */
async function measureIngestion(place: string, { seconds, rate }: Pick<Options, "seconds" | "rate">) {
  const storage = await openStorage(place);
  await storage.addToken({ name: "bench", created: 0 }, hashToken(token));
  const before = await storage.countEvents();
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
  const stored = (await after.countEvents()) - before;
  await after.close();
  const { p50, p99, greatest } = latency.summary() ?? {};
  const processorMicroseconds = (1e6 * processor) / acknowledged;
  return {
    before,
    eventsPerSecond: acknowledged / elapsed,
    p50,
    p99,
    greatest,
    acknowledged,
    stored,
    processorMicroseconds,
  };
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

/** Measures a report as a user calls it. */
async function measureReport(place: string, folder: string) {
  const file = join(folder, "experiments.json");
  writeFileSync(file, JSON.stringify(experimentsFile));
  const started = performance.now();
  const child = spawn(process.execPath, [cli, "experiment", "report", file, "--database", place, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const [code] = await once(child, "close");
  const seconds = (performance.now() - started) / 1000;
  const [analysis] = JSON.parse(output) as ExperimentAnalysis[];
  const answered = analysis?.comparisons[0]?.metrics.find(({ metric }) => metric === "latency");
  // 14 of 20 events are answers: the report has read all of them.
  const answers = (answered?.control.denominator ?? 0) + (answered?.treatment.denominator ?? 0);
  return { answers, looks: analysis?.looks, seconds, exitCode: code };
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
