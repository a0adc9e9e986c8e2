// A run: what is chosen, what is written, what a kill and a crash leave behind.
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HoleAnswer } from "../../../server/src/evaluation/askEngine.js";
import type { Hole, SampleRecord } from "../../../server/src/evaluation/hole.js";
import { describeDuration, describeProgress, ProgressLine } from "../../../server/src/evaluation/progress.js";
import { findMissed, parseRequirement } from "../../../server/src/evaluation/requirement.js";
import { type RunOptions, runSamples } from "../../../server/src/evaluation/runner.js";
import { claimFolder, type RunSettings } from "../../../server/src/evaluation/runSettings.js";
import { readSamples, SampleFiles } from "../../../server/src/evaluation/sampleFiles.js";
import { scoreAnswer, scoreFailure } from "../../../server/src/evaluation/scoring.js";
import { type HoleSource, type SelectionOptions, selectHoles } from "../../../server/src/evaluation/selection.js";
import { ModelError } from "../../../server/src/inference/errors.js";
import { holeOf } from "./evaluationFixtures.js";

const never = new AbortController().signal;
const holes = Array.from({ length: 20 }, (_, index) => holeOf({ id: `hole${index}`, middle: `${index}` }));
const source: HoleSource = {
  identity: { dataset: "test" },
  async *read() {
    yield* holes;
  },
};
const all: SelectionOptions = { limit: undefined, seed: 0, shard: { index: 1, count: 1 } };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-run-"));
});

afterEach(() => rm(folder, { recursive: true }));

async function chosen(options: Partial<SelectionOptions>, skip = 0): Promise<string[]> {
  const selection = await selectHoles(source, { ...all, ...options }, never);
  const ids: string[] = [];
  for await (const { id } of selection.read(skip)) {
    ids.push(id);
  }
  expect(ids).toHaveLength(Math.max(0, selection.count - skip));
  return ids;
}

describe("the choice", () => {
  it("is everything in the order of the data, or a seeded part in the same order", async () => {
    expect(await chosen({})).toEqual(holes.map(({ id }) => id));
    const five = await chosen({ limit: 5, seed: 7 });
    expect(five).toHaveLength(5);
    expect(five).toEqual(await chosen({ limit: 5, seed: 7 }));
    expect(five).not.toEqual(await chosen({ limit: 5, seed: 8 }));
    expect(five).toEqual(holes.map(({ id }) => id).filter((id) => five.includes(id)));
    expect(await chosen({ limit: 100 })).toEqual(await chosen({}));
    expect(await chosen({ limit: 5, seed: 7 }, 3)).toEqual(five.slice(3));
  });

  it.each([undefined, 7])("falls into shards that together are the whole, with a limit of %s", async (limit) => {
    const shards = await Promise.all(
      [1, 2, 3].map((index) => chosen({ ...(limit === undefined ? {} : { limit }), shard: { index, count: 3 } })),
    );
    const dealt = Array.from({ length: shards[0]?.length ?? 0 }, (_, row) => shards.map((shard) => shard[row])).flat();
    expect(dealt.filter((id) => id !== undefined)).toEqual(await chosen({ limit }));
  });
});

function answerOf(hole: Hole): HoleAnswer {
  return {
    suggestion: {
      text: hole.middle,
      raw: `${hole.middle}\n`,
      replaces: 0,
      tokens: 2,
      promptTokens: 10,
      reusedTokens: 0,
      snippets: [],
    },
    timings: { firstLine: 1, prompt: 1, prefill: 1, decode: 1, total: 4 },
    promptSha256: "",
    source: "model",
  };
}

async function runIn(directory: string, options: Partial<RunOptions> = {}) {
  const files = await SampleFiles.open(directory);
  const asked: string[] = [];
  let now = 0;
  try {
    const outcome = await runSamples({
      selection: await selectHoles(source, all, never),
      files,
      score: async (hole, answer) => scoreAnswer(hole, answer, { metrics: [] }),
      scoreFailure: (hole, error) => scoreFailure(hole, error, { metrics: [] }),
      onProgress: () => {},
      now: () => now++,
      signal: never,
      ...options,
      ask: async (hole, signal) => {
        asked.push(hole.id);
        return (options.ask ?? (async (one) => answerOf(one)))(hole, signal);
      },
    });
    return { outcome, asked };
  } finally {
    await files.close();
  }
}

function lines(name: string): Promise<string> {
  return readFile(path.join(folder, name), "utf8");
}

async function recordsIn(): Promise<SampleRecord[]> {
  const records: SampleRecord[] = [];
  for await (const { record } of readSamples(folder)) {
    records.push(record);
  }
  return records;
}

describe("a run that is ended", () => {
  it("goes on behind the last whole sample, and comes to the same files", async () => {
    await runIn(folder);
    const whole = await lines("samples.jsonl");
    expect(whole.trimEnd().split("\n")).toHaveLength(20);
    for (const cut of [0, 1, 100, 555, whole.length - 1]) {
      await truncate(path.join(folder, "samples.jsonl"), cut);
      const { asked } = await runIn(folder);
      expect(await lines("samples.jsonl")).toBe(whole);
      expect(asked).toHaveLength(20 - (whole.slice(0, cut).split("\n").length - 1));
    }
    await truncate(path.join(folder, "timings.jsonl"), 200);
    await runIn(folder);
    expect(await lines("samples.jsonl")).toBe(whole);
    expect((await recordsIn()).map(({ id }) => id)).toEqual(holes.map(({ id }) => id));
    expect((await runIn(folder)).asked).toEqual([]);
  });

  it("by a signal, keeps what it has", async () => {
    const controller = new AbortController();
    const ask = async (hole: Hole) => {
      if (hole.id === "hole5") {
        controller.abort();
        controller.signal.throwIfAborted();
      }
      return answerOf(hole);
    };
    await expect(runIn(folder, { ask, signal: controller.signal })).rejects.toMatchObject({ name: "AbortError" });
    expect((await recordsIn()).map(({ id }) => id)).toEqual(holes.slice(0, 5).map(({ id }) => id));
    expect((await runIn(folder)).asked[0]).toBe("hole5");
  });

  it("is not gone on with on other data, nor on what is no sample", async () => {
    const first = holeOf({ id: "other" });
    await writeFile(
      path.join(folder, "samples.jsonl"),
      `${JSON.stringify(scoreFailure(first, "", { metrics: [] }))}\n`,
    );
    await writeFile(path.join(folder, "timings.jsonl"), "{}\n");
    await expect(runIn(folder)).rejects.toThrow(/timings\.jsonl:1: this line is no sample/);
    await writeFile(path.join(folder, "timings.jsonl"), '{"id":"other"}\n');
    await expect(runIn(folder)).rejects.toThrow(/Sample 1 in the folder is "other", but of this data it is "hole0"/);
  });

  it("says of a broken line where it is", async () => {
    await runIn(folder);
    await appendFile(path.join(folder, "samples.jsonl"), "{}\n");
    await expect(recordsIn()).rejects.toThrow(/timings\.jsonl ends before line 21|samples\.jsonl:21/);
  });
});

describe("a model that fails", () => {
  it("costs one sample", async () => {
    const ask = async (hole: Hole) => {
      if (hole.id === "hole3") throw new ModelError("crashed", "The model's process died.");
      return answerOf(hole);
    };
    const { outcome } = await runIn(folder, { ask });
    expect(outcome).toMatchObject({ asked: 20, failures: 1 });
    const records = await recordsIn();
    expect(records[3]).toMatchObject({ id: "hole3", text: "", error: "The model's process died." });
    expect(records.filter(({ error }) => error !== undefined)).toHaveLength(1);
  });

  it("again and again ends the run, which can go on", async () => {
    const ask = async (): Promise<HoleAnswer> => {
      throw new ModelError("outOfMemory", "There is no memory.");
    };
    await expect(runIn(folder, { ask })).rejects.toThrow(/10 samples in a row: There is no memory/);
    expect(await recordsIn()).toHaveLength(9);
  });

  it("is not what a mistake of ours is", async () => {
    const ask = async (): Promise<HoleAnswer> => {
      throw new TypeError("a bug");
    };
    await expect(runIn(folder, { ask })).rejects.toThrow("a bug");
  });
});

describe("run.json", () => {
  const settings: RunSettings = {
    version: "1",
    source: { dataset: "d" },
    model: { id: "m", sha256: "0" },
    backend: null,
    threads: 2,
    completion: { maxLines: 12 },
    disabled: [],
    seed: 0,
    limit: null,
    samplesPerTask: 1,
    temperature: 0,
    execution: "none",
    shard: { index: 1, count: 1 },
    samples: 3,
  };

  it("holds a folder to its settings", async () => {
    await claimFolder(folder, settings);
    await claimFolder(folder, settings);
    await expect(claimFolder(folder, { ...settings, seed: 1, disabled: ["reuse"] })).rejects.toThrow(
      /other settings: disabled: \[\] there, \["reuse"\] now; seed: 0 there, 1 now\. .*another --out/,
    );
    await writeFile(path.join(folder, "run.json"), "{");
    await expect(claimFolder(folder, settings)).rejects.toThrow(/run\.json is no JSON/);
  });
});

describe("bars", () => {
  it("are read, and told when they are missed", () => {
    const figures = {
      metrics: { exactMatch: { value: 0.3 }, "pass@1": { value: 0.1 } },
      rawMetrics: { exactMatch: { value: 0.1 } },
    };
    const missed = (...texts: string[]) => findMissed(texts.map(parseRequirement), figures);
    expect(missed("exactMatch>=0.3", "exactMatch <= 0.3", "pass@1>0.05", "raw.exactMatch<0.2")).toEqual([]);
    expect(missed("exactMatch>=0.31")).toEqual(["--require exactMatch>=0.31 is missed: exactMatch is 0.3."]);
    expect(missed("exactmatch>=0.3")).toEqual([
      expect.stringContaining('no figure "exactmatch". It has: exactMatch, pass@1'),
    ]);
  });

  it.each(["exactMatch", "exactMatch=0.3", ">=0.3", "exactMatch>=many"])("%j is none", (text) => {
    expect(() => parseRequirement(text)).toThrow(/must be METRIC>=NUMBER/);
  });
});

describe("progress", () => {
  it("says how long it will still take", () => {
    expect(describeProgress({ done: 120, count: 1000, asked: 20, milliseconds: 2000 })).toBe(
      "120 of 1000 samples (12%), 10.0 per second, 1 min 28 s left",
    );
    expect(describeProgress({ done: 0, count: 10, asked: 0, milliseconds: 0 })).toBe("0 of 10 samples (0%)");
    expect([12_000, 109_000, 11_520_000].map(describeDuration)).toEqual(["12 s", "1 min 49 s", "3 h 12 min"]);
  });

  it("does not fill a log file", () => {
    const written: string[] = [];
    let now = 0;
    const line = new ProgressLine({ write: (text) => written.push(text), isTerminal: false, now: () => now });
    for (let done = 1; done <= 1000; done++) {
      now += 100;
      line.show({ done, count: 1000, asked: done, milliseconds: now });
    }
    expect(written.length).toBeLessThan(13);
    expect(written.at(-1)).toMatch(/^1000 of 1000 samples.*\n$/);
  });
});
