// The first-run benchmark on this machine, with the real model.
import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { measureMachine, measuringMilliseconds } from "../../server/src/inference/measureMachine.js";
import { hostScript, modelDirectory } from "./modelSupport.js";

const now = (): number => performance.now();

it("takes five seconds at most, and what it measured is plausible", async () => {
  const started = now();
  const options = { directory: modelDirectory, hostScript, signal: new AbortController().signal, now };
  const speeds = await measureMachine(options);
  // A process that is in the middle of something has another second to end.
  expect(now() - started).toBeLessThan(measuringMilliseconds + 2500);
  for (const { threads, prefillTokensPerSecond, decodeTokensPerSecond } of speeds) {
    expect(threads).toBeLessThanOrEqual(availableParallelism());
    expect(prefillTokensPerSecond).toBeGreaterThan(decodeTokensPerSecond);
  }
  expect(new Set(speeds.map(({ threads }) => threads)).size).toBe(speeds.length);
});

it("stops when it is given up", async () => {
  const signal = AbortSignal.abort();
  expect(await measureMachine({ directory: modelDirectory, hostScript, signal, now })).toEqual([]);
});
