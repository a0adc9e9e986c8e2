import { describe, expect, test } from "vitest";
import { ArmAssigner } from "../../../server/src/experiments/assignment/assignArms.js";
import { readExperiments } from "../../../server/src/experiments/experimentFile.js";
import { uuidOf } from "../../support/telemetryEvents.js";

const hour = 3_600_000;
const users = Array.from({ length: 2000 }, (_, index) => uuidOf(`user ${index}`));

const variants = { control: {}, single: { "completion.maxLines": 1 } };
const own = [{ cat: [{ var: "$flagd.flagKey" }, { var: "targetingKey" }] }];

function flag(targeting: unknown, more: object = {}) {
  return { state: "ENABLED", variants, defaultVariant: "control", targeting, ...more };
}

async function assigner(flags: Readonly<Record<string, unknown>>): Promise<ArmAssigner> {
  return ArmAssigner.create(readExperiments(JSON.stringify({ flags }), "experiments.json"));
}

async function armsOf(
  experiments: ArmAssigner,
  experiment: string,
  time = 0,
): Promise<readonly (string | undefined)[]> {
  return Promise.all(users.map(async (user) => (await experiments.assign(user, time)).arms[experiment]));
}

const count = (arms: readonly (string | undefined)[], arm: string | undefined) =>
  arms.filter((one) => one === arm).length;

describe("arms", () => {
  test("are the same for the same user, by weight, and set what their arm says", async () => {
    const experiments = await assigner({
      lines: flag({ fractional: [...own, ["control", 75], ["single", 25]] }),
    });
    const arms = await armsOf(experiments, "lines");
    expect(await armsOf(experiments, "lines", 1e12)).toEqual(arms);
    // 500 are expected; the deviation is 19.
    expect(Math.abs(count(arms, "single") - 500)).toBeLessThan(4 * 19);
    const single = users[arms.indexOf("single")] as string;
    expect(await experiments.assign(single, 0)).toEqual({
      arms: { lines: "single" },
      settings: { "completion.maxLines": 1 },
    });
  });

  test("of two experiments are independent", async () => {
    const half = { fractional: [...own, ["control", 50], ["single", 50]] };
    const other = { control: {}, single: { "context.enabled": false } };
    const experiments = await assigner({ one: flag(half), other: flag(half, { variants: other }) });
    const [one, two] = [await armsOf(experiments, "one"), await armsOf(experiments, "other")];
    const both = users.filter((_, index) => one[index] === "single" && two[index] === "single").length;
    expect(Math.abs(both - 500)).toBeLessThan(4 * 19);
  });

  test("keep their users when more are let in", async () => {
    const ramp = (share: number) =>
      flag({
        if: [
          {
            "==": [
              { fractional: [{ cat: ["ramp", { var: "targetingKey" }] }, ["in", share], ["out", 100 - share]] },
              "in",
            ],
          },
          { fractional: [...own, ["control", 50], ["single", 50]] },
          null,
        ],
      });
    const few = await armsOf(await assigner({ lines: ramp(10) }), "lines");
    const many = await armsOf(await assigner({ lines: ramp(50) }), "lines");
    expect(Math.abs(count(few, undefined) - 1800)).toBeLessThan(4 * 14);
    expect(Math.abs(count(many, undefined) - 1000)).toBeLessThan(4 * 23);
    few.forEach((arm, index) => {
      if (arm !== undefined) expect(many[index]).toBe(arm);
    });
  });

  test("of experiments that exclude each other share no user", async () => {
    const inLayer = (slot: string) =>
      flag({
        if: [
          { "==": [{ fractional: [{ cat: ["layer", { var: "targetingKey" }] }, ["a", 50], ["b", 50]] }, slot] },
          { fractional: [...own, ["control", 50], ["single", 50]] },
          null,
        ],
      });
    const experiments = await assigner({ one: inLayer("a"), other: inLayer("b") });
    const [one, other] = [await armsOf(experiments, "one"), await armsOf(experiments, "other")];
    expect(users.every((_, index) => (one[index] === undefined) !== (other[index] === undefined))).toBe(true);
  });

  test("that set the same thing for one user are refused", async () => {
    const all = { fractional: [...own, ["single", 1], ["control", 1]] };
    const experiments = await assigner({ one: flag(all), other: flag(all) });
    const assignments = await Promise.allSettled(users.map((user) => experiments.assign(user, 0)));
    expect(assignments.filter(({ status }) => status === "rejected").length).toBeGreaterThan(300);
  });

  test("of too many experiments at once are refused: an event has no room for them", async () => {
    const half = { fractional: [...own, ["control", 50], ["single", 50]] };
    const none = { control: {}, single: {} };
    const of = (count: number) =>
      assigner(
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`e${index}`, flag(half, { variants: none })])),
      );
    const [user] = users as [string];
    expect(Object.keys((await (await of(16)).assign(user, 0)).arms)).toHaveLength(16);
    await expect((await of(17)).assign(user, 0)).rejects.toThrow(/16 experiments at once/);
  });

  test("end with the kill switch", async () => {
    const killed = flag({ fractional: [...own, ["control", 50], ["single", 50]] }, { state: "DISABLED" });
    expect(count(await armsOf(await assigner({ lines: killed }), "lines"), undefined)).toBe(users.length);
  });

  test("change for one user with each block of time, by chance", async () => {
    const blocks = {
      fractional: [{ cat: [{ var: "$flagd.flagKey" }, { var: "unit" }] }, ["control", 50], ["single", 50]],
    };
    const metadata = { unit: "block", blockHours: 2 };
    const experiments = await assigner({ lines: flag(blocks, { metadata }) });
    const [user] = users as [string];
    const armAt = async (time: number) => (await experiments.assign(user, time)).arms.lines as string;
    const arms = await Promise.all(Array.from({ length: 400 }, (_, block) => armAt(2 * hour * block)));
    expect(await armAt(2 * hour * 7 + hour)).toBe(arms[7]);
    // Of 400 blocks and 399 changes half are expected; the deviation is 10.
    expect(Math.abs(count(arms, "single") - 200)).toBeLessThan(40);
    expect(Math.abs(arms.filter((arm, index) => index > 0 && arm !== arms[index - 1]).length - 200)).toBeLessThan(40);
    expect(experiments.nextChange(3 * hour)).toBe(4 * hour);
  });
});

describe("a file", () => {
  const half = { fractional: [...own, ["control", 50], ["single", 50]] };

  test("is read with what the experiment is judged by", () => {
    const metadata = { start: "2026-11-02", days: 21, primary: "persistence300", guardrails: "slow" };
    const text = JSON.stringify({ flags: { lines: flag(half, { metadata: { ...metadata, control: "single" } }) } });
    expect(readExperiments(text, "f").experiments).toEqual([
      {
        name: "lines",
        isRunning: true,
        unit: "user",
        blockHours: 4,
        arms: [
          { name: "single", weight: 50 },
          { name: "control", weight: 50 },
        ],
        startDay: Date.parse("2026-11-02") / 86_400_000,
        days: 21,
        primary: "persistence300",
        guardrails: ["slow"],
        guardrailMargin: 0.1,
        alpha: 0.05,
      },
    ]);
  });

  test.each([
    ["{", /f is no JSON/],
    ['{"flags": {"a": {"state": "ON"}}}', /f does not describe experiments/],
    [JSON.stringify({ flags: { a: flag(undefined) } }), /a draws no arms/],
    [JSON.stringify({ flags: { a: flag({ fractional: [...own, ["control", 1], ["other", 1]] }) } }), /a draws no arms/],
    [JSON.stringify({ flags: { a: flag(half, { metadata: { control: "x" } }) } }), /no arm "x"/],
    [JSON.stringify({ flags: { a: flag(half, { metadata: { guardrails: "speed" } }) } }), /guardrail "speed"/],
    [JSON.stringify({ flags: { a: flag(half, { metadata: { primary: "luck" } }) } }), /primary/],
    [JSON.stringify({ flags: { "a b": flag(half) } }), /f does not describe experiments/],
  ])("%s is refused", (text, message) => {
    expect(() => readExperiments(text, "f")).toThrow(message);
  });
});
