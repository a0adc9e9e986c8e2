import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { analyseExperiment } from "../../../server/src/experiments/analysis/analysis.js";
import { estimatePlanInput } from "../../../server/src/experiments/analysis/planEstimate.js";
import type { Experiment } from "../../../server/src/experiments/experimentFile.js";
import { type Column, columns, type HourSums, metrics } from "../../../server/src/experiments/metrics.js";
import { renderExperiments } from "../../../server/src/experiments/report.js";
import { seededRandom } from "../../support/seededRandom.js";

const experiment: Experiment = {
  name: "lines",
  isRunning: true,
  unit: "user",
  blockHours: 4,
  arms: [
    { name: "many", weight: 50 },
    { name: "one", weight: 50 },
  ],
  startDay: 100,
  days: 5,
  primary: "acceptance",
  guardrails: ["latency"],
  guardrailMargin: 0.1,
  alpha: 0.05,
};
const options = { today: 105, draws: 399, seed: 1 };

function sumsOf(counts: Partial<Record<Column, number>>): number[] {
  return columns.map((column) => counts[column] ?? 0);
}

function row(user: string, arm: string, day: number, counts: Partial<Record<Column, number>>, hour = 0): HourSums {
  return { user, hour: 24 * day + hour, receivedDay: day, arms: { lines: arm }, sums: sumsOf(counts) };
}

/** Sixty users; those with one line accept so much more. */
function team(effect: number): HourSums[] {
  const random = seededRandom(3);
  return Array.from({ length: 60 }, (_, user) => {
    const arm = random() < 0.5 ? "many" : "one";
    const rate = 0.2 + 0.1 * random() + (arm === "one" ? effect : 0);
    return [100, 101, 102, 103, 104].map((day) => {
      const seen = 10 + Math.floor(40 * random());
      const accepted = Math.round(seen * rate);
      return row(`user ${user}`, arm, day, { seen, accepted, answers: seen, latency: 120 * seen, latency7: seen });
    });
  }).flat();
}

const acceptance = async (rows: readonly HourSums[], more: Partial<Experiment> = {}) => {
  const analysis = await analyseExperiment({ ...experiment, ...more }, rows, options);
  return { analysis, metric: analysis.comparisons[0]?.metrics[0] };
};

describe("the analysis", () => {
  test("sees a great effect early, in the right direction, with an interval that holds it", async () => {
    const { metric } = await acceptance(team(0.15));
    expect(metric).toMatchObject({
      role: "primary",
      verdict: "better",
      decidedOn: expect.stringMatching(/^1970-04-1/),
    });
    const { low, high } = metric?.difference ?? {};
    expect(low).toBeGreaterThan(0.08);
    expect(low).toBeLessThan(0.15);
    expect(high).toBeGreaterThan(0.15);
    expect((await acceptance(team(-0.15))).metric?.verdict).toBe("worse");
    expect((await acceptance(team(0))).metric?.verdict).toBe("undecided");
  });

  test("says the same for the same events in whatever order", async () => {
    const rows = team(0.02);
    expect((await acceptance([...rows].reverse())).analysis).toEqual((await acceptance(rows)).analysis);
  });

  test("counts days that are over and were planned, and no others", async () => {
    const rows = team(0.15);
    const { analysis, metric } = await acceptance([
      ...rows,
      ...[99, 105, 106].map((day) => row("user 0", "many", day, { seen: 1e6 })),
    ]);
    expect(analysis).toMatchObject({ from: "1970-04-11", to: "1970-04-15", looks: 5, plannedLooks: 5 });
    expect(metric?.control.denominator).toBeLessThan(1e6);
    const early = await analyseExperiment(experiment, rows, { ...options, today: 102 });
    expect(early.looks).toBe(2);
    expect((await analyseExperiment(experiment, rows, { ...options, today: 100 })).looks).toBe(0);
  });

  test("leaves out users with more than one arm, and says how many", async () => {
    const { analysis } = await acceptance([...team(0), row("user 0", "many", 101, {}), row("user 0", "one", 101, {})]);
    expect(analysis.switchedUnits).toBe(1);
    expect(analysis.sampleRatio.observed.reduce((sum, count) => sum + count)).toBe(59);
  });

  test("raises an alarm where an arm loses its users, and not otherwise", async () => {
    const rows = team(0);
    expect((await acceptance(rows)).analysis.sampleRatio.isAsPlanned).toBe(true);
    const random = seededRandom(9);
    const many = Array.from({ length: 2000 }, (_, user) =>
      row(`u${user}`, random() < 0.43 ? "one" : "many", 100, { seen: 1 }),
    );
    const { analysis } = await acceptance(many);
    expect(analysis.sampleRatio.isAsPlanned).toBe(false);
    expect(renderExperiments([analysis])).toContain("Do not read on");
  }, 60_000);

  test("takes blocks of time of one user for units", async () => {
    const random = seededRandom(5);
    const rows = Array.from({ length: 120 }, (_, block) => {
      const arm = random() < 0.5 ? "many" : "one";
      const accepted = (arm === "one" ? 8 : 4) + Math.floor(3 * random());
      return row("ada", arm, 100 + Math.floor(block / 24), { seen: 20, accepted }, block % 24);
    });
    const { analysis, metric } = await acceptance(rows, { unit: "block", blockHours: 1 });
    expect(analysis.sampleRatio.observed.reduce((sum, count) => sum + count)).toBe(120);
    expect(metric?.verdict).toBe("better");
  });

  test("lets a guardrail hold, and break", async () => {
    const latency = async (slower: number) => {
      const random = seededRandom(7);
      const rows = team(0).map((one) => {
        const factor = (one.arms.lines === "one" ? slower : 1) * (0.95 + 0.1 * random());
        const sums = [...(one.sums as number[])];
        const place = columns.indexOf("latency");
        sums[place] = (sums[place] as number) * factor;
        return { ...one, sums };
      });
      const { analysis } = await acceptance(rows);
      return analysis.comparisons[0]?.metrics.find(({ metric }) => metric === "latency")?.verdict;
    };
    expect(await latency(1)).toBe("holds");
    expect(await latency(1.3)).toBe("worse");
  });

  test("gives the other metrics a share of the error each", async () => {
    const { analysis } = await acceptance(team(0));
    const compared = analysis.comparisons[0]?.metrics ?? [];
    expect(compared.map(({ metric }) => metric)).toEqual(metrics.map(({ name }) => name));
    for (const { role, alpha } of compared) {
      expect(alpha).toBeCloseTo(role === "secondary" ? 0.05 / 8 : 0.05, 10);
    }
    expect(compared.find(({ metric }) => metric === "persistence30")?.verdict).toBe("noData");
  });

  test("is written as a page that asks for nothing from elsewhere", async () => {
    const page = renderExperiments([(await acceptance(team(0.15))).analysis]);
    expect(page).toContain("one is better by the primary metric (Completion acceptance rate)");
    expect(page).not.toMatch(/(src|href)=|@import|url\(/);
  });

  test("says nothing of an experiment that nobody is in", async () => {
    const { analysis, metric } = await acceptance([]);
    expect([analysis.looks, metric?.verdict]).toEqual([5, "noData"]);
    expect(renderExperiments([analysis])).toContain("no data");
  });
});

test("what a plan needs is found in events", async () => {
  const random = seededRandom(11);
  const rows = Array.from({ length: 3000 }, (_, user) => {
    // Rates of 0.2 and 0.4: their deviation is 0.1.
    const rate = user % 2 === 0 ? 0.2 : 0.4;
    const seen = user % 4 < 2 ? 20 : 60;
    const accepted = Array.from({ length: seen }, random).filter((chance) => chance < rate).length;
    return row(`user ${user}`, "many", 100, { seen, accepted });
  });
  const [metric] = metrics;
  const found = await estimatePlanInput(metric as (typeof metrics)[number], rows);
  expect(found?.baseline).toBeCloseTo(0.3, 1);
  expect(found?.userDeviation).toBeCloseTo(0.1, 1);
  expect(found?.perDay).toBe(40);
  expect(found?.activityVariation).toBeCloseTo(0.5, 3);
});

test("the documentation says of each metric what is counted", () => {
  const text = readFileSync(resolve(import.meta.dirname, "../../../docs/experiments.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` ([A-Z][^|]*) \|([^|]+)\|([^|]+)\|/gm)];
  expect(rows.map(([, name, title]) => [name, title])).toEqual(metrics.map(({ name, title }) => [name, title]));
  expect(rows.every(([, , , numerator, denominator]) => numerator?.trim() !== "" && denominator?.trim() !== "")).toBe(
    true,
  );
});
