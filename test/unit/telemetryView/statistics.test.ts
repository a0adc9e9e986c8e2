// The statistics that a user sees are those of the events, and the page needs nothing from elsewhere.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unescapeHtml } from "../../../server/src/report/html.js";
import type { Outcome, TelemetryEvent } from "../../../server/src/telemetry/event.js";
import { EventStore } from "../../../server/src/telemetry/eventStore.js";
import {
  exportEvents,
  type MyDataState,
  renderMyData,
  renderUserStatistics,
} from "../../../server/src/telemetryView/pages.js";
import { computeStatistics } from "../../../server/src/telemetryView/personalStatistics.js";
import { completionEvent, exampleEvents, persistenceEvent, uuidOf, writingEvent } from "../../support/exampleEvents.js";

const accepted: Outcome = { type: "accepted", how: "full", characters: 5, typedCharacters: 0 };
const ignored: Outcome = { type: "ignored", typedCharacters: 0 };

/** Three weeks: in the first nothing is accepted, then a half, then all; each week has five hours of eight suggestions. */
function threeWeeks(): TelemetryEvent[] {
  return [0, 1, 2].flatMap((week) =>
    [0, 1, 2, 3, 4].flatMap((hour) =>
      Array.from({ length: 8 }, (_, index) => {
        const time = new Date(Date.UTC(2026, 2, 2 + 7 * week, 9 + hour, index)).toISOString();
        const isAccepted = week === 2 || (week === 1 && index % 2 === 0);
        const language = index < 4 ? "python" : "rust";
        return completionEvent({
          time,
          language,
          outcome: isAccepted ? accepted : ignored,
          latency: { roundTrip: 50 + index },
        });
      }),
    ),
  );
}

test("acceptance by week and by language, with intervals", async () => {
  const { all, byWeek, byLanguage, events } = await computeStatistics(threeWeeks());
  expect(events).toBe(120);
  expect([...byWeek.keys()]).toEqual(["2026-03-02", "2026-03-09", "2026-03-16"]);
  expect([...byWeek.values()].map(({ figures }) => figures.acceptance?.value)).toEqual([0, 0.5, 1]);
  expect([...byLanguage.keys()].sort()).toEqual(["python", "rust"]);
  expect(all.figures.acceptance).toMatchObject({ value: 0.5, n: 120 });
  for (const { figures } of [all, ...byWeek.values(), ...byLanguage.values()]) {
    const { low = 0, value = 0, high = 0 } = figures.acceptance ?? {};
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    // None of them has no width: not even the week in which all was accepted.
    expect(high - low).toBeGreaterThan(0.05);
  }
});

test("times are those of the answers", async () => {
  const { all, latency } = await computeStatistics([
    ...threeWeeks(),
    completionEvent({ outcome: { type: "expired", reason: "cancelled" }, latency: { roundTrip: 90_000 } }),
  ]);
  expect(all.median?.value).toBe(53);
  expect(all.percentile95).toMatchObject({ value: 57, n: 120 });
  expect(latency?.n).toBe(120);
});

test("persistence leaves out what is not known, and completed code is counted in characters", async () => {
  const { all } = await computeStatistics([
    persistenceEvent({ checkpoint: 300 }),
    persistenceEvent({ checkpoint: 300, result: { type: "censored", reason: "notFound" } }),
    persistenceEvent({
      checkpoint: 300,
      result: { type: "measured", characterSimilarity: 0, tokenSimilarity: 0, keptCharacters: 0 },
    }),
    writingEvent({ typedCharacters: 300, completedCharacters: 100, time: "2026-03-02T09:00:00.000Z" }),
    writingEvent({ typedCharacters: 300, completedCharacters: 100, time: "2026-03-02T11:00:00.000Z" }),
  ]);
  expect(all.figures.persistence300).toMatchObject({ value: 0.5, n: 2 });
  expect(all.figures.completedCode?.value).toBe(0.25);
});

describe("the pages", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "horizon-pages-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function store(events: readonly TelemetryEvent[]): Promise<string> {
    const directory = path.join(folder, "events");
    const store = new EventStore({ directory, session: uuidOf(9), startedAt: 1 });
    for (const event of events) {
      store.record(event);
    }
    await store.close();
    return directory;
  }

  const state: MyDataState = {
    user: uuidOf(2),
    isRecording: true,
    notSent: "you have not agreed to it.",
    endpoint: "",
    agreement: undefined,
    fields: { language: false },
    localOnly: ["/somewhere/typed"],
  };

  test("open offline: no script, and nothing from elsewhere", async () => {
    const directory = await store([...threeWeeks(), ...exampleEvents()]);
    for (const page of [await renderUserStatistics(directory), await renderMyData(directory, state)]) {
      expect(page).toContain("default-src 'none'");
      expect(page).not.toMatch(/<script|<link|<img|src=|url\(|@import|href=/);
    }
  });

  test("statistics have plots with intervals by language and week", async () => {
    const page = await renderUserStatistics(await store(threeWeeks()));
    for (const text of ["python", "rust", "week of 2026-03-16", "Time to an answer", "whisker", "95% interval"]) {
      expect(page).toContain(text);
    }
  });

  test("statistics of nothing say so", async () => {
    expect(await renderUserStatistics(path.join(folder, "none"))).toContain("Nothing has been recorded yet");
  });

  test("My Data shows the JSON that would be sent, without what is switched off", async () => {
    const page = unescapeHtml(await renderMyData(await store(exampleEvents()), state));
    const { language: _, ...sent } = completionEvent();
    expect(page).toContain(JSON.stringify(sent, null, 2));
    expect(page).not.toContain('"language"');
    expect(page).toContain("you have not agreed to it.");
    expect(page).toContain(uuidOf(2));
  });

  test("the export is every event, as it lies in the store", async () => {
    const events = [...exampleEvents(), ...threeWeeks()];
    const file = path.join(folder, "export.jsonl");
    expect(await exportEvents(await store(events), file)).toBe(events.length);
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  });
});
