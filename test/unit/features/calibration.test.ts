// The first-run benchmark: when it is done, what is kept of it, and that nothing it meets is worse than no benchmark.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Calibration, type CalibrationOptions } from "../../../server/src/features/calibration.js";
import { Profiles } from "../../../server/src/features/profiles.js";

const model = path.resolve(import.meta.dirname, "../../../models/default");
const speeds = [{ threads: 1, prefillTokensPerSecond: 5000, decodeTokensPerSecond: 300 }];
const never = new AbortController().signal;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-profile-"));
});
afterAll(() => rm(folder, { recursive: true }));

function calibrate(name: string, options: Partial<CalibrationOptions> = {}) {
  const log: string[] = [];
  const profiles = new Profiles(path.join(folder, name));
  const calibration = new Calibration({
    profiles: () => profiles,
    version: "1",
    measure: async () => speeds,
    isBusy: () => false,
    wait: async () => {},
    now: () => 0,
    log: (message) => log.push(message),
    ...options,
  });
  return { calibration, log };
}

test("what was measured is kept for the next start, on this machine, with this model and version", async () => {
  const { calibration } = calibrate("kept");
  expect(await calibration.find(model)).toBeUndefined();
  const profile = await calibration.measure(model, never);
  expect(profile).toMatchObject({ threads: 1 });
  expect(await calibrate("kept").calibration.find(model)).toEqual(profile);
  expect(await calibrate("kept", { version: "2" }).calibration.find(model)).toBeUndefined();
});

test("it waits until nothing is being written", async () => {
  let busy = 3;
  let waits = 0;
  const { calibration } = calibrate("busy", {
    isBusy: () => busy-- > 0,
    wait: async () => {
      waits++;
    },
  });
  await calibration.measure(model, never);
  expect(waits).toBe(4);
});

test("it is done once at a time, and not where nothing can be kept", async () => {
  const { calibration } = calibrate("once");
  const [first, second] = await Promise.all([calibration.measure(model, never), calibration.measure(model, never)]);
  expect(first).toBeDefined();
  expect(second).toBeUndefined();
  expect(await calibrate("none", { profiles: () => undefined }).calibration.measure(model, never)).toBeUndefined();
});

test("one that fails says why, and leaves everything as it was", async () => {
  const { calibration, log } = calibrate("failed", {
    measure: async () => {
      throw new Error("no memory left");
    },
  });
  expect(await calibration.measure(model, never)).toBeUndefined();
  expect(log).toEqual(["This machine could not be measured: no memory left"]);
  expect(await calibration.find(model)).toBeUndefined();
});

test("one that measured nothing in time chooses nothing", async () => {
  const { calibration, log } = calibrate("late", { measure: async () => [] });
  expect(await calibration.measure(model, never)).toBeUndefined();
  expect(log).toEqual([expect.stringContaining("in time")]);
});

test("a file that is broken is as good as none", async () => {
  const { calibration } = calibrate("broken");
  await calibration.measure(model, never);
  const file = path.join(folder, "broken", "machine.json");
  expect(JSON.parse(await readFile(file, "utf8"))).toBeTypeOf("object");
  await writeFile(file, '{"a": {"threads": "many"}}');
  expect(await calibration.find(model)).toBeUndefined();
  expect(await calibration.measure(model, never)).toBeDefined();
  expect(await calibration.find(model)).toBeDefined();
});

test("a machine that stays slow is measured again half an hour later at the earliest", async () => {
  let now = 0;
  const { calibration } = calibrate("slow", { now: () => now });
  const profile = await calibration.measure(model, never);
  const again: number[] = [];
  for (; now < 3_600_000; now += 5000) {
    if (profile !== undefined && calibration.note(profile, 20)) {
      again.push(now);
    }
  }
  expect(again.length).toBeGreaterThan(0);
  expect(again[0]).toBeGreaterThanOrEqual(30 * 60_000);
});
