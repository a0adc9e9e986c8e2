// Typing: what is not typed yet is nowhere, the same seed types the same, and what comes too late is not shown.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SampleRecord } from "../../../../server/src/evaluation/hole.js";
import { createCadence } from "../../../../server/src/evaluation/replay/cadence.js";
import { replaySession } from "../../../../server/src/evaluation/replay/replay.js";
import { limitSessions, nextKey, planSessions } from "../../../../server/src/evaluation/replay/sessions.js";
import { defaultSpeed, VirtualModel } from "../../../../server/src/evaluation/replay/virtualModel.js";
import { DEFAULT_SETTINGS } from "../../../../server/src/settings.js";
import type { Languages } from "../../../../server/src/syntax/languages.js";
import { type Script, ScriptedModel } from "../../completion/scriptedModel.js";
import { loadTestLanguages } from "../../syntax/testLanguages.js";

const never = new AbortController().signal;
const text =
  "def total(prices):\n    result = planted\n    for price in prices:\n        result += price\n    return result\n";

let languages: Languages;

beforeAll(async () => {
  languages = await loadTestLanguages();
});

afterAll(() => languages.dispose());

async function type(script: Script, speed = defaultSpeed, seed = 1) {
  const scripted = new ScriptedModel(script);
  const model = new VirtualModel(scripted, speed);
  const records: SampleRecord[] = [];
  const offsets: number[] = [];
  let real = 0;
  for (const session of planSessions("total.py", "python", text)) {
    const replay = replaySession(session, {
      model,
      settings: DEFAULT_SETTINGS,
      languages,
      disabled: new Set(),
      repository: "shop",
      scoring: { metrics: [] },
      seed,
      signal: never,
      now: () => real++,
    });
    for await (const { record, offset } of replay) {
      records.push(record);
      offsets.push(offset);
    }
  }
  return { records, offsets, scripted };
}

describe("a replay", () => {
  it("never has text in the document that is not typed yet", async () => {
    const { scripted, records } = await type({ text: "nothing_like_it" });
    expect(records.length).toBeGreaterThan(70);
    expect(scripted.prompts.length).toBeGreaterThan(10);
    for (const { prefix, suffix } of scripted.prompts) {
      expect(text.startsWith(prefix.replace(/nothing_like_it$/, ""))).toBe(true);
      expect(suffix).toBe("");
    }
    const before = scripted.prompts.filter(({ prefix }) => prefix.length <= text.indexOf("planted"));
    expect(JSON.stringify(before)).not.toContain("planted");
  });

  it("is the same for the same seed, whatever the real clock says", async () => {
    const first = await type({ text: " result" });
    expect((await type({ text: " result" })).records).toEqual(first.records);
    expect((await type({ text: " result" }, defaultSpeed, 2)).records).not.toEqual(first.records);
  });

  it("accepts what is right and there in time, which saves keys", async () => {
    const scripted = { text: "rices):" };
    const { records, offsets } = await type(scripted);
    const right = records.find(({ metrics }) => metrics.ghostRight === 1);
    expect(right).toMatchObject({ text: "rices):", metrics: { charactersSaved: 6, ghostShown: 1, rightPerKey: 1 } });
    expect(records.length).toBeLessThan((await type({ text: "" })).records.length);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  });

  it("shows nothing that comes after the next key", async () => {
    const slow = { prefillTokensPerSecond: 1, decodeTokensPerSecond: 1 };
    const { records } = await type({ text: "rices):" }, slow);
    expect(records.every(({ metrics }) => metrics.ghostShown === 0 && metrics.charactersSaved === 0)).toBe(true);
    expect(records.some(({ metrics }) => metrics.answeredInTime === 0)).toBe(true);
  });

  it("asks the model nothing while the user types what was suggested", async () => {
    const { records } = await type({ text: "rice" }, { prefillTokensPerSecond: 1e9, decodeTokensPerSecond: 25 });
    expect(new Set(records.map(({ kind }) => kind))).toContain("replay:model");
    const script = { text: "prices_of_all" };
    expect((await type(script)).records.length).toBeGreaterThan(0);
  });
});

describe("sessions and keys", () => {
  it("cover the file once", () => {
    const long = text.repeat(30);
    const sessions = planSessions("a.py", "python", long);
    expect(sessions[0]?.start).toBe(0);
    expect(sessions.at(-1)?.end).toBe(long.trimEnd().length);
    for (const [index, { start }] of sessions.entries()) {
      expect(start).toBe(sessions[index - 1]?.end ?? 0);
    }
    const few = limitSessions(sessions, 900, 3);
    expect(few.length).toBeLessThan(5);
    expect(few).toEqual(sessions.filter((session) => few.includes(session)));
    expect(planSessions("empty.py", "python", "\n\n")).toEqual([]);
  });

  it("give the indentation with the new line, and characters whole", () => {
    expect(nextKey("a\n    b", 1)).toBe("\n    ");
    expect(nextKey("😀", 0)).toBe("😀");
  });

  it("come at a human cadence", () => {
    const cadence = createCadence(1);
    const within = Array.from({ length: 2000 }, () => cadence("a", "b"));
    const lines = Array.from({ length: 2000 }, () => cadence("\n", "b"));
    const median = (values: number[]) => values.sort((a, b) => a - b)[1000] ?? 0;
    expect(Math.min(...within)).toBeGreaterThan(10);
    expect(median(within)).toBeGreaterThan(130);
    expect(median(within)).toBeLessThan(150);
    expect(median(lines)).toBeGreaterThan(700);
    expect(Math.max(...lines)).toBeLessThanOrEqual(10_000);
  });
});
