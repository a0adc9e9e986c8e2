// Telemetry's processes are killed at any time: what was kept is there, and what was acknowledged arrived.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TelemetryEvent } from "../../server/src/telemetry/event.js";
import { readEvents } from "../../server/src/telemetry/eventReader.js";
import { deleteEvents, EventStore, listSegments } from "../../server/src/telemetry/eventStore.js";
import { forgetUser, readUser } from "../../server/src/telemetry/identity.js";
import { completionEvent, uuidOf } from "../support/exampleEvents.js";
import { OtlpReceiver } from "../support/otlpReceiver.js";
import { seededRandom } from "../support/seededRandom.js";
import { until } from "../support/until.js";
import { bundleScript } from "./bundleScript.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "horizon-telemetry-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  output(): string;
}

function run(script: string, ...parameters: string[]): Running {
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return { child, ended: new Promise((resolve) => child.once("close", resolve)), output: () => output };
}

test("a process that records can be killed at any time: what it said was kept is there", async () => {
  const directory = path.join(folder, "events");
  const script = path.join(folder, "recordingProcess.js");
  await bundleScript("recordingProcess.ts", script);
  const kept: number[] = [];
  for (let round = 0; round < 10; round++) {
    const first = round * 1_000_000;
    const { child, ended, output } = run(script, directory, String(first));
    await until("something kept", () => output().split("kept").length > 2);
    // Each round ends somewhere else in a write.
    await new Promise((resolve) => setTimeout(resolve, round * 5));
    child.kill("SIGKILL");
    await ended;
    const last = Number(output().trim().split("\n").at(-1)?.replace("kept ", ""));
    for (let number = first; number <= last; number++) {
      kept.push(number);
    }
  }
  const read = new Set<string>();
  for await (const { event } of readEvents(directory, { onDamage: (segment) => expect.fail(`damage in ${segment}`) })) {
    expect(read.has(event.id)).toBe(false);
    read.add(event.id);
  }
  expect(kept.length).toBeGreaterThan(70);
  expect(kept.filter((number) => !read.has(uuidOf(number)))).toEqual([]);
}, 120_000);

test("a sender that is killed again and again: every event arrives, under its one id", async () => {
  const store = new EventStore({ directory: path.join(folder, "events"), session: uuidOf(1), startedAt: 1 });
  const events: TelemetryEvent[] = Array.from({ length: 500 }, (_, sequence) =>
    completionEvent({ id: uuidOf(sequence), sequence }),
  );
  for (const event of events) {
    store.record(event);
  }
  await store.close();
  const script = path.join(folder, "sendingProcess.js");
  await bundleScript("sendingProcess.ts", script);
  const receiver = await OtlpReceiver.start();
  const random = seededRandom(5);
  let kills = 0;
  let isDone = false;
  while (!isDone && kills < 40) {
    // The window that was killed has left its lease behind; two minutes later it does not count.
    rmSync(path.join(folder, "sending.lock"), { force: true });
    const { child, ended, output } = run(script, folder, receiver.endpoint);
    let batches = 1 + Math.floor(random() * 2);
    const isAcknowledged = random() < 0.5;
    receiver.answer = () => {
      if (--batches === 0) {
        // Before the acknowledgement, or between it and the note of it.
        const kill = (): boolean => child.kill("SIGKILL");
        isAcknowledged ? setImmediate(kill) : kill();
      }
      return 200;
    };
    await ended;
    isDone = output().includes("ended");
    kills += isDone ? 0 : 1;
  }
  await receiver.stop();
  expect(kills).toBeGreaterThan(3);
  expect(new Set(receiver.ids).size).toBe(500);
}, 120_000);

test("windows that are open when the user deletes all data go on under the new id, and nothing of the old one stays", async () => {
  const directory = path.join(folder, "events");
  const script = path.join(folder, "windowProcess.js");
  await bundleScript("windowProcess.ts", script);
  const windows = [1, 2].map(() => run(script, folder));
  const untilBothWrite = (user: string) =>
    until("both windows to write", () => windows.every(({ output }) => output().includes(`wrote ${user}`)));
  let user = await readUser(folder, randomUUID);
  await untilBothWrite(user);
  for (let round = 0; round < 10; round++) {
    await forgetUser(folder);
    await deleteEvents(directory);
    const before = user;
    user = await readUser(folder, randomUUID);
    expect(user).not.toBe(before);
    await untilBothWrite(user);
    const users = new Set<string>();
    for await (const { event } of readEvents(directory)) users.add(event.user);
    expect([...users]).toEqual([user]);
  }
  for (const { child, ended, output } of windows) {
    child.stdin?.end();
    await ended;
    expect(output()).not.toContain("problem");
  }
  for await (const { event } of readEvents(directory)) expect(event.user).toBe(user);
}, 120_000);

test("a file that is cut at any byte by a power failure loses the events behind the cut alone", async () => {
  const directory = path.join(folder, "events");
  const store = new EventStore({ directory, session: uuidOf(1), startedAt: 1 });
  for (let sequence = 0; sequence < 50; sequence++) {
    store.record(completionEvent({ id: uuidOf(sequence), sequence }));
  }
  await store.close();
  const [segment] = await listSegments(directory);
  const file = path.join(directory, segment?.name ?? "");
  const random = seededRandom(9);
  for (let size = segment?.bytes ?? 0; size > 0; size -= 1 + Math.floor(random() * 700)) {
    truncateSync(file, size);
    const sequences: number[] = [];
    for await (const { event } of readEvents(directory)) {
      sequences.push(event.sequence);
    }
    expect(sequences).toEqual(sequences.map((_, index) => index));
    expect(sequences.length).toBe(Math.floor(size / ((segment?.bytes ?? 0) / 50) + 1e-9));
  }
  // The next window writes to a file of its own.
  appendFileSync(file, "{");
  const next = new EventStore({ directory, session: uuidOf(2), startedAt: 2 });
  next.record(completionEvent());
  await next.close();
  expect(readdirSync(directory)).toHaveLength(2);
});
