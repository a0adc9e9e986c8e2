// What the server notices of the machine, and that Horizon's own work is no reason to save.
import { expect, test } from "vitest";
import { Machine } from "../../../server/src/features/machine.js";
import { othersLoadBetween, readBattery, readProcessorTimes } from "../../../server/src/workspace/machine.js";

/** A machine of two processors whose times the test says. */
function machineWith(charge?: number) {
  const times = { busy: 0, total: 0 };
  let own = 0;
  let isOnBattery = charge !== undefined;
  const machine = new Machine(() => 0, {
    readBattery: async () => ({ isOnBattery, charge }),
    readProcessorTimes: () => ({ ...times }),
    ownTime: () => own,
  });
  return {
    machine,
    plugIn(): void {
      isOnBattery = false;
    },
    /** Five seconds in which others and Horizon take so much of both processors. */
    async pass(others: number, ours: number): Promise<void> {
      times.total += 10_000;
      times.busy += (others + ours) * 10_000;
      own += ours * 10_000;
      await machine.look();
    },
  };
}

test("others' work is noticed, and told once", async () => {
  const { machine, pass } = machineWith();
  const levels: string[] = [];
  machine.onDidChange(({ level }) => levels.push(level));
  await pass(0, 0);
  for (const others of [0.1, 0.6, 0.6, 0.95, 0.95, 0.1]) {
    await pass(others, 0);
  }
  expect(levels).toEqual(["some", "much", "none"]);
});

test("Horizon's own work does not count", async () => {
  const { machine, pass } = machineWith();
  await pass(0, 0);
  await pass(0.05, 0.9);
  expect(machine.pressure.level).toBe("none");
});

test("a battery is noticed at once, and the mains within a minute", async () => {
  const { machine, pass, plugIn } = machineWith(0.5);
  await pass(0, 0);
  expect(machine.pressure.level).toBe("some");
  plugIn();
  for (let look = 0; look < 12; look++) {
    await pass(0, 0);
  }
  expect(machine.pressure.level).toBe("none");
});

test("this machine can be asked", async () => {
  const before = readProcessorTimes();
  expect(before.total).toBeGreaterThanOrEqual(before.busy);
  const { charge } = await readBattery();
  expect(charge === undefined || (charge >= 0 && charge <= 1)).toBe(true);
  const load = othersLoadBetween(before, readProcessorTimes(), 0);
  expect(load === undefined || (load >= 0 && load <= 1)).toBe(true);
});

test("a system that does not count processor time has no load", () => {
  expect(othersLoadBetween({ busy: 0, total: 0 }, { busy: 0, total: 0 }, 0)).toBeUndefined();
});
