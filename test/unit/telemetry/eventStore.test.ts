// Nothing that was recorded is lost: not to a full disk, not to damage elsewhere in the file, not to another window.
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TelemetryEvent } from "../../../server/src/telemetry/event.js";
import { type ReadOptions, readEvents } from "../../../server/src/telemetry/eventReader.js";
import {
  deleteEvents,
  EventStore,
  type EventStoreOptions,
  listSegments,
} from "../../../server/src/telemetry/eventStore.js";
import { completionEvent, exampleEvents, uuidOf } from "../../support/exampleEvents.js";
import { seededRandom } from "../../support/seededRandom.js";

let folder: string;
let directory: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-events-"));
  directory = path.join(folder, "events");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function openStore(options: Partial<EventStoreOptions> = {}): EventStore {
  return new EventStore({ directory, session: uuidOf(9), startedAt: 1_700_000_000_000, ...options });
}

async function read(options: ReadOptions = {}): Promise<TelemetryEvent[]> {
  const events: TelemetryEvent[] = [];
  for await (const { event } of readEvents(directory, options)) {
    events.push(event);
  }
  return events;
}

function numbered(count: number, first = 0): TelemetryEvent[] {
  return Array.from({ length: count }, (_, index) => completionEvent({ id: uuidOf(first + index), sequence: index }));
}

test("what was recorded is read back, in its order", async () => {
  const store = openStore();
  const events = exampleEvents();
  for (const event of events) {
    store.record(event);
  }
  await store.close();
  expect(await read()).toEqual(events);
});

test("a file is JSON lines, which any tool reads", async () => {
  const store = openStore();
  store.record(completionEvent());
  await store.close();
  const [segment] = await listSegments(directory);
  const text = await readFile(path.join(directory, segment?.name ?? ""), "utf8");
  expect(text).toBe(`${JSON.stringify(completionEvent())}\n`);
});

test("two windows write side by side", async () => {
  const one = openStore();
  const other = openStore({ session: uuidOf(10), startedAt: 1_700_000_000_001 });
  for (const event of numbered(50)) {
    one.record(event);
    other.record({ ...event, session: uuidOf(10) });
  }
  await Promise.all([one.close(), other.close()]);
  expect(await listSegments(directory)).toHaveLength(2);
  expect(await read()).toHaveLength(100);
});

test("the oldest files go when there is too much", async () => {
  const size = JSON.stringify(completionEvent()).length + 1;
  const store = openStore({ segmentBytes: 10 * size, maxBytes: 50 * size });
  for (const event of numbered(200)) {
    store.record(event);
    await store.flush();
  }
  await store.close();
  const segments = await listSegments(directory);
  expect(segments.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(50 * size);
  const kept = await read();
  expect(kept.length).toBeGreaterThan(30);
  expect(kept.at(-1)?.sequence).toBe(199);
  expect(kept.map(({ sequence }) => sequence)).toEqual(kept.map((_, index) => 200 - kept.length + index));
});

describe("when the user has deleted all data", () => {
  /** What `isDeleted` says at each look; then false. */
  function openDeleted(...answers: boolean[]) {
    let told = 0;
    const store = openStore({ isDeleted: async () => answers.shift() ?? false, onDeleted: () => told++ });
    return { store, told: () => told };
  }

  test("what waits is not written, and what is recorded then is", async () => {
    const { store, told } = openDeleted(true);
    store.record(completionEvent({ sequence: 1 }));
    await store.flush();
    expect([await read(), told()]).toEqual([[], 1]);
    store.record(completionEvent({ sequence: 2 }));
    await store.close();
    expect((await read()).map(({ sequence }) => sequence)).toEqual([2]);
  });

  test("what was being written just then is taken back", async () => {
    const { store, told } = openDeleted(false, true);
    store.record(completionEvent({ sequence: 1 }));
    await store.flush();
    expect([await read(), told()]).toEqual([[], 1]);
    await store.close();
  });
});

describe("a full disk", () => {
  test("loses nothing: what could not be written is written when there is room again", async () => {
    let isFull = false;
    const problems: string[] = [];
    const retries: (() => void)[] = [];
    const store = openStore({
      append: async (file, text) => {
        if (isFull) {
          // As much as fitted is on the disk, and cut.
          await appendFile(file, text.slice(0, 100));
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        }
        await appendFile(file, text);
      },
      onProblem: (problem) => problems.push(problem),
      schedule: (_, run) => {
        retries.push(run);
        return () => {};
      },
    });
    const events = numbered(30);
    for (const [index, event] of events.entries()) {
      isFull = index >= 10 && index < 20;
      store.record(event);
      await store.flush();
    }
    await store.close();
    expect(await read()).toEqual(events);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/no space left/);
    expect(retries.length).toBeGreaterThan(0);
    expect(store.lost).toBe(0);
  });

  test("as the system reports it: the next try goes to another file", async () => {
    const problems: string[] = [];
    const store = openStore({ onProblem: (problem) => problems.push(problem), schedule: () => () => {} });
    // Linux has a device that is always full.
    await mkdir(directory);
    await symlink("/dev/full", path.join(directory, `events-1700000000000-${uuidOf(9)}-000000.jsonl`));
    store.record(completionEvent());
    await store.flush();
    expect(problems[0]).toMatch(/ENOSPC/);
    await store.close();
    await rm(path.join(directory, `events-1700000000000-${uuidOf(9)}-000000.jsonl`));
    expect(await read()).toEqual([completionEvent()]);
  });

  test("that stays full costs the oldest events, no memory without end, and it is counted", async () => {
    const store = openStore({ append: () => Promise.reject(new Error("ENOSPC")), schedule: () => () => {} });
    const event = completionEvent();
    for (let count = 0; count < 10_100; count++) {
      store.record(event);
    }
    await store.flush();
    for (let count = 0; count < 10; count++) {
      store.record(event);
    }
    expect(store.lost).toBe(110);
  });
});

describe("a damaged file", () => {
  async function damage(change: (bytes: Buffer) => Buffer): Promise<void> {
    const store = openStore();
    for (const event of numbered(100)) {
      store.record(event);
    }
    await store.close();
    const [segment] = await listSegments(directory);
    const file = path.join(directory, segment?.name ?? "");
    await writeFile(file, change(await readFile(file)));
  }

  test.each([1, 2, 3, 4, 5])("costs the damaged lines alone (%s)", async (seed) => {
    const random = seededRandom(seed);
    let touched = new Set<number>();
    await damage((bytes) => {
      const text = bytes.toString("latin1");
      for (let count = 0; count < 5; count++) {
        const at = Math.floor(random() * bytes.length);
        bytes[at] = 0xff;
        touched = touched.add(text.slice(0, at).split("\n").length - 1);
      }
      return bytes;
    });
    const damaged: number[] = [];
    const kept = await read({ onDamage: (_, offset) => damaged.push(offset) });
    // A newline that was hit joins two lines.
    expect(kept.length).toBeGreaterThanOrEqual(100 - 2 * touched.size);
    expect(kept.length).toBeLessThanOrEqual(100);
    expect(damaged.length).toBeGreaterThan(0);
    expect(kept.every(({ sequence }) => numbered(100)[sequence]?.id === uuidOf(sequence))).toBe(true);
  });

  test("that ends in the middle of a line is read up to there, wherever that is", async () => {
    await damage((bytes) => bytes);
    const [segment] = await listSegments(directory);
    const file = path.join(directory, segment?.name ?? "");
    const whole = await readFile(file);
    const lineLength = whole.indexOf(10) + 1;
    for (const cut of [...Array(lineLength).keys()]
      .filter((byte) => byte % 13 === 0)
      .concat(lineLength - 1, lineLength)) {
      await writeFile(file, whole.subarray(0, lineLength * 2 + cut));
      const damaged: number[] = [];
      expect(await read({ onDamage: (_, offset) => damaged.push(offset) })).toHaveLength(cut === lineLength ? 3 : 2);
      expect(damaged).toEqual([]);
    }
  });
});

test("deleted is deleted, and what comes afterwards is kept again", async () => {
  const store = openStore();
  store.record(completionEvent());
  await store.flush();
  await deleteEvents(directory);
  expect(await read()).toEqual([]);
  store.record(completionEvent({ id: uuidOf(77) }));
  await store.close();
  expect((await read()).map(({ id }) => id)).toEqual([uuidOf(77)]);
});
