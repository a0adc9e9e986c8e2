// `horizon experiment` as a user calls it: on a database of events, from the shell.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStorage } from "../../server/src/collector/storage/index.js";
import type { ExperimentAnalysis } from "../../server/src/experiments/analysis/analysis.js";
import { seededRandom } from "../support/seededRandom.js";
import { completionEvent } from "../support/telemetryEvents.js";

const cli = resolve(import.meta.dirname, "../../dist/cli.js");
const folder = mkdtempSync(join(tmpdir(), "horizon-experiment-"));
const database = join(folder, "events.db");
const experiments = join(folder, "experiments.json");
const day = 86_400_000;

beforeAll(async () => {
  const today = Math.floor(Date.now() / day);
  const start = new Date((today - 3) * day).toISOString().slice(0, 10);
  const variants = { control: {}, short: { "completion.maxLines": 1 } };
  const targeting = { fractional: [{ var: "targetingKey" }, ["control", 50], ["short", 50]] };
  const flag = { state: "ENABLED", variants, targeting, metadata: { start, days: 3 } };
  writeFileSync(experiments, JSON.stringify({ flags: { lines: flag } }));
  const storage = await openStorage(database);
  const random = seededRandom(6);
  for (let user = 0; user < 30; user++) {
    const arm = random() < 0.5 ? "short" : "control";
    for (let back = 3; back >= 1; back--) {
      const time = (today - back) * day + day / 2;
      const events = Array.from({ length: 20 }, (_, index) =>
        completionEvent(`${user} ${back} ${index}`, {
          user: `user ${user}`,
          time,
          experiments: { lines: arm },
          accepted: random() < (arm === "short" ? 0.6 : 0.2),
        }),
      );
      await storage.add(
        events.map((event) => ({ event, body: JSON.stringify(event) })),
        time,
      );
    }
  }
  await storage.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function horizon(
  ...rest: string[]
): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [cli, "experiment", ...rest], (error, output, errors) => {
      done({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

test("a report says that the arm is better, as JSON and as a page", async () => {
  const json = await horizon("report", experiments, "--database", database, "--json");
  expect(json.errors).toBe("");
  const [analysis] = JSON.parse(json.output) as ExperimentAnalysis[];
  expect(analysis).toMatchObject({
    experiment: "lines",
    control: "control",
    looks: 3,
    plannedLooks: 3,
    switchedUnits: 0,
  });
  expect(analysis?.sampleRatio.isAsPlanned).toBe(true);
  expect(analysis?.comparisons[0]?.metrics[0]).toMatchObject({
    metric: "acceptance",
    role: "primary",
    verdict: "better",
  });
  expect(analysis?.latency.control?.p50).toBeGreaterThan(110);
  const page = join(folder, "report.html");
  expect((await horizon("report", experiments, "--database", database, "--out", page)).code).toBe(0);
  expect(readFileSync(page, "utf8")).toContain("short is better by the primary metric");
});

test("a plan takes what it needs to know from the events", async () => {
  const plan = await horizon("plan", "--effect", "0.1", "--database", database, "--json");
  const { users, usersWithOneLook, input } = JSON.parse(plan.output);
  expect(input.perDay).toBeCloseTo(20, 6);
  expect(input.activityVariation).toBeCloseTo(0, 6);
  expect(input.baseline).toBeGreaterThan(0.2);
  expect(users).toBeGreaterThan(10);
  expect(Math.abs(users / usersWithOneLook - 1)).toBeLessThan(0.2);
});

test.each([
  [["plan", "--effect", "0.1"], /--baseline is needed/],
  [["plan", "--effect", "0", "--database", database], /--effect must not be 0/],
  [["plan", "--effect", "0.1", "--database", database, "--metric", "latency"], /must be one of acceptance/],
  [["report", join(folder, "none.json")], /cannot be read/],
  [["report", experiments, "--database", join(folder, "none.db")], /There is no database/],
  [["report", experiments, "--database", database, "--experiment", "other"], /no such experiment; it has lines/],
  [["report", experiments, "--database", experiments], /damaged or no SQLite file/],
])("%j is bad input", async (given, message) => {
  const { code, errors, output } = await horizon(...given);
  expect([code, output]).toEqual([2, ""]);
  expect(errors).toMatch(message);
});
