// `horizon eval` as its users meet it: a process, its files, its exit code.
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashTokenIds } from "../../server/src/completion/recording.js";
import type { SampleRecord } from "../../server/src/evaluation/hole.js";
import type { TrainingPrompt } from "../../server/src/evaluation/trainingPrompts.js";
import { readTokenizer } from "../../server/src/inference/tokenizer.js";
import { copyPythonCode } from "../support/codeFolders.js";
import { descendantsOf } from "../support/processTree.js";
import { until } from "../support/until.js";
import { fixture } from "../unit/evaluation/evaluationFixtures.js";
import { bundledModel, commandBundle } from "./serverProcess.js";

const SINGLE_LINE = ["--dataset", "humaneval-infilling:single-line", "--data", fixture("humanEvalSingleLine.jsonl.gz")];
const SAMPLES = 11;

/** Short answers: what is tested here does not depend on their length. */
let fast: readonly string[];

let folder: string;
let reference: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-eval-"));
  await writeFile(path.join(folder, "fast.json"), JSON.stringify({ settings: { "completion.maxLines": 1 } }));
  fast = ["--config", path.join(folder, "fast.json")];
  reference = path.join(folder, "reference");
  const { code, errors } = await horizon("run", ...fast, ...SINGLE_LINE, "--out", reference, "--execute");
  expect({ code, errors }).toMatchObject({ code: 0 });
});

afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `horizon eval`. */
function horizon(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [commandBundle, "eval", ...args],
      { cwd: folder, maxBuffer: 1e8 },
      (error, output, errors) => {
        resolve({ code: error === null ? 0 : Number(error.code), output, errors });
      },
    );
  });
}

function records(directory: string): SampleRecord[] {
  const lines = readFileSync(path.join(directory, "samples.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as SampleRecord);
}

function samplesOf(directory: string): Promise<string> {
  return readFile(path.join(directory, "samples.jsonl"), "utf8");
}

/** Starts a run and waits until it has written some samples. */
async function startRun(directory: string, samples: number, extra: readonly string[] = []) {
  const child = spawn(
    process.execPath,
    [commandBundle, "eval", "run", ...fast, ...SINGLE_LINE, "--out", directory, ...extra],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const file = path.join(directory, "samples.jsonl");
  await until("some samples", () => existsSync(file) && readFileSync(file, "utf8").split("\n").length > samples);
  return { child, ended };
}

describe("horizon eval run", () => {
  it("writes samples, timings, summary, settings and reports", async () => {
    expect((await readdir(reference)).sort()).toEqual([
      "report.html",
      "report.md",
      "run.json",
      "samples.jsonl",
      "summary.json",
      "timings.jsonl",
    ]);
    const samples = records(reference);
    expect(samples).toHaveLength(SAMPLES);
    for (const sample of samples) {
      expect(sample.promptTokens).toBeGreaterThan(20);
      expect(sample.reusedTokens).toBe(0);
      expect(sample.raw.startsWith(sample.text.trimStart().slice(0, 1)) || sample.raw !== "").toBe(true);
      expect(sample.horizon?.remainingTokens).toBeGreaterThanOrEqual(0);
      expect(sample.metrics["pass@1"]).toBeGreaterThanOrEqual(sample.metrics.exactMatch ?? 0);
      expect(sample.rawMetrics).toHaveProperty("pass@1");
    }
    const summary = JSON.parse(await readFile(path.join(reference, "summary.json"), "utf8"));
    const interval = { value: expect.any(Number), low: expect.any(Number), high: expect.any(Number), n: SAMPLES };
    expect(summary.metrics).toMatchObject({ exactMatch: interval, editSimilarity: interval, "pass@1": interval });
    expect(summary.rawMetrics).toMatchObject({ exactMatch: interval });
    const html = await readFile(path.join(reference, "report.html"), "utf8");
    expect(html).toContain("humaneval-infilling:single-line");
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    expect(await readFile(path.join(reference, "report.md"), "utf8")).toMatch(/exactMatch/);
  });

  it("writes the same samples again, byte for byte; shards merge into them", async () => {
    const again = path.join(folder, "again");
    await horizon("run", ...fast, ...SINGLE_LINE, "--out", again, "--execute");
    expect(await samplesOf(again)).toBe(await samplesOf(reference));
    const shards = ["s1", "s2"].map((name) => path.join(folder, name));
    for (const [index, shard] of shards.entries()) {
      await horizon("run", ...fast, ...SINGLE_LINE, "--out", shard, "--execute", "--shard", `${index + 1}/2`);
    }
    const merged = path.join(folder, "merged");
    expect(await horizon("merge", "--out", merged, shards[0] ?? "")).toMatchObject({
      code: 2,
      errors: expect.stringContaining("2/2 is missing"),
    });
    const whole = await horizon("merge", "--out", merged, ...shards.toReversed());
    expect(whole).toMatchObject({ code: 0, errors: expect.stringContaining("11 samples of 2 shards") });
    expect(await samplesOf(merged)).toBe(await samplesOf(reference));
    const read = async (name: string) => JSON.parse(await readFile(path.join(name, "summary.json"), "utf8"));
    expect((await read(merged)).metrics).toEqual((await read(reference)).metrics);
  });

  it("goes on after a kill and after Ctrl-C, losing and repeating nothing", async () => {
    const directory = path.join(folder, "killed");
    const killed = await startRun(directory, 2, ["--execute"]);
    process.kill(killed.child.pid ?? 0, "SIGKILL");
    await killed.ended;
    await appendFile(path.join(directory, "samples.jsonl"), '{"id":"half a li');
    const interrupted = await startRun(directory, 5, ["--execute"]);
    process.kill(-(interrupted.child.pid ?? 0), "SIGINT");
    expect(await interrupted.ended).toBe(130);
    const { code, errors } = await horizon("run", ...fast, ...SINGLE_LINE, "--out", directory, "--execute");
    expect(code).toBe(0);
    expect(errors).toMatch(/of 11 samples are there already/);
    expect(await samplesOf(directory)).toBe(await samplesOf(reference));
  });

  it("loses no more than one sample to a crash of the model", async () => {
    const directory = path.join(folder, "crashed");
    const { child, ended } = await startRun(directory, 1);
    const host = descendantsOf(child.pid ?? 0).find(({ commandLine }) =>
      commandLine.some((word) => word.endsWith("modelHost.js")),
    );
    process.kill(host?.pid ?? 0, "SIGKILL");
    expect(await ended).toBe(0);
    const all = records(directory);
    expect(all).toHaveLength(SAMPLES);
    const failed = all.filter(({ error }) => error !== undefined);
    expect(failed.length).toBeLessThanOrEqual(1);
    for (const sample of failed) {
      expect(sample).toMatchObject({
        text: "",
        raw: "",
        error: expect.stringMatching(/\S/),
        metrics: { exactMatch: 0 },
      });
    }
  });

  it("says when a bar is missed", async () => {
    const args = ["run", ...fast, ...SINGLE_LINE, "--out", reference, "--execute", "--require"];
    expect(await horizon(...args, "exactMatch>=0", "--require", "pass@1>=0")).toMatchObject({ code: 0 });
    expect(await horizon(...args, "exactMatch>=0.99")).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/--require exactMatch>=0\.99 is missed: exactMatch is 0/),
    });
  });

  it("takes its options from a file, and does without features", async () => {
    const config = path.join(folder, "config.json");
    const directory = path.join(folder, "config");
    const settings = { "completion.maxLines": 1 };
    await writeFile(
      config,
      JSON.stringify({ dataset: SINGLE_LINE[1], data: SINGLE_LINE[3], limit: 9, disable: ["horizon"], settings }),
    );
    expect(await horizon("run", "--config", config, "--out", directory, "--limit", "3")).toMatchObject({ code: 0 });
    expect(records(directory)).toHaveLength(3);
    expect(JSON.parse(await readFile(path.join(directory, "run.json"), "utf8"))).toMatchObject({
      limit: 3,
      disabled: ["horizon"],
      completion: { maxLines: 1 },
    });
  });

  const refused: readonly [readonly string[], RegExp][] = [
    [[], /Name one source of holes/],
    [["--dataset", "x", "--data", "y", "--out", "o"], /no dataset "x"/],
    [["--dataset", "safim", "--out", "o"], /--data FILE is missing/],
    [[...SINGLE_LINE], /--out DIR is missing/],
    [["--dataset", "safim", "--data", "none.jsonl", "--out", "o"], /There is no file/],
    [
      ["--dataset", "safim", "--data", fixture("crossCodeEval.jsonl"), "--out", "o"],
      /crossCodeEval\.jsonl:1: the field "task_id" is missing/,
    ],
    [[...SINGLE_LINE, "--out", "o", "--shard", "3/2"], /--shard/],
    [[...SINGLE_LINE, "--out", "o", "--limit", "many"], /--limit/],
    [[...SINGLE_LINE, "--out", "o", "--disable", "everything"], /no feature "everything"\. There are trigger/],
    [[...SINGLE_LINE, "--out", "o", "--require", "exactMatch"], /METRIC>=NUMBER/],
    [[...SINGLE_LINE, "--out", "o", "--samples-per-task", "3"], /needs --execute/],
    [[...SINGLE_LINE, "--repo", ".", "--out", "o"], /Name one source/],
    [["--repo", "none", "--out", "o"], /none is no folder/],
    [["--replay", "none.py", "--out", "o"], /There is no file/],
    [[...SINGLE_LINE, "--out", "o", "--backend", "localhost"], /must be a URL/],
  ];
  it.each(refused)("%j is refused with code 2", async (args, message) => {
    const { code, output, errors } = await horizon("run", ...args);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/^\s+at /m);
    expect({ code, output }).toEqual({ code: 2, output: "" });
  });

  it("other settings than a folder's are refused", async () => {
    const { code, errors } = await horizon("run", ...fast, ...SINGLE_LINE, "--out", reference, "--seed", "4");
    expect({ code, errors }).toEqual({
      code: 2,
      errors: expect.stringMatching(/other settings: .*seed: 0 there, 4 now/),
    });
  });

  it("a model that is none is refused with code 1", async () => {
    const { code, errors } = await horizon(
      "run",
      ...SINGLE_LINE,
      "--out",
      path.join(folder, "none"),
      "--model",
      folder,
    );
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringMatching(/manifest\.json/) });
  });
});

describe("horizon eval run --repo", () => {
  let repository: string;

  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: repository });

  beforeAll(async () => {
    repository = path.join(folder, "repository");
    await mkdir(repository);
    git("init", "--quiet");
    await copyPythonCode(path.join(repository, "lib"));
    await writeFile(path.join(repository, ".gitignore"), "ignored/\n");
    await mkdir(path.join(repository, "ignored"));
    await writeFile(path.join(repository, "ignored", "secret.py"), "planted_in_ignored = compute(1, 2)\n");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    const file = path.join(repository, "lib", "textwrap.py");
    const text = await readFile(file, "utf8");
    await writeFile(file, `${text}\n\ndef planted_by_commit(value):\n    return value * 2\n`);
    git("commit", "--quiet", "-am", "second");
  });

  it("cuts holes of all kinds out of what git does not ignore", async () => {
    const directory = path.join(folder, "repo-run");
    expect(await horizon("run", ...fast, "--repo", repository, "--out", directory, "--limit", "8")).toMatchObject({
      code: 0,
    });
    const all = records(directory);
    expect(all).toHaveLength(8);
    expect(new Set(all.map(({ kind }) => kind)).size).toBeGreaterThan(3);
    expect(all.every((sample) => sample.path.startsWith("lib/"))).toBe(true);
    expect(await samplesOf(directory)).not.toContain("planted_in_ignored");
  });

  it("takes what the last commits added, at their parents", async () => {
    const directory = path.join(folder, "git-run");
    expect(await horizon("run", ...fast, "--repo", repository, "--git", "5", "--out", directory)).toMatchObject({
      code: 0,
    });
    const [sample, ...more] = records(directory);
    expect(more).toEqual([]);
    expect(sample).toMatchObject({ kind: "commit:lines", path: "lib/textwrap.py" });
    expect(sample?.truth).toContain("def planted_by_commit(value):\n    return value * 2");
    expect(sample?.raw).not.toContain("planted_by_commit");
  });

  it("writes for training the very prompts that it asks, with what belongs there", async () => {
    const directory = path.join(folder, "asked");
    // What a model is trained on begins at the caret, within words as well.
    const asking = ["--repo", repository, "--out", directory, "--limit", "6", "--seed", "3", "--disable", "healing"];
    await horizon("run", ...asking);
    const asked = records(directory);
    const written = await horizon("prompts", "--repo", repository, "plain-of-prompts", "--limit", "6", "--seed", "3");
    expect(written).toMatchObject({ code: 2, errors: expect.stringContaining("plain-of-prompts") });

    const { output, errors, code } = await horizon("prompts", "--repo", repository, "--limit", "6", "--seed", "3");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const prompts = output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as TrainingPrompt);
    const wanted = asked.filter(({ promptSha256 }) => promptSha256 !== "");
    expect(prompts.length).toBeGreaterThan(2);
    expect(prompts.map(({ path, kind, prompt }) => ({ path, kind, promptSha256: hashTokenIds(prompt) }))).toEqual(
      wanted.map(({ path, kind, promptSha256 }) => ({ path, kind, promptSha256 })),
    );
    const tokenizer = await readTokenizer(path.join(bundledModel, "tokenizer.json"));
    expect(prompts.map(({ middle }) => middle)).toEqual(wanted.map(({ truth }) => tokenizer.encode(truth)));
  });

  it("reads a folder that is no repository, and refuses one without code", async () => {
    const plain = path.join(folder, "plain");
    await cp(path.join(repository, "lib"), plain, { recursive: true });
    await writeFile(path.join(plain, ".gitignore"), "json/\n");
    const directory = path.join(folder, "plain-run");
    expect(await horizon("run", ...fast, "--repo", plain, "--out", directory, "--limit", "3")).toMatchObject({
      code: 0,
    });
    expect(records(directory).some((sample) => sample.path.startsWith("json/"))).toBe(false);
    await mkdir(path.join(folder, "empty"));
    expect(await horizon("run", ...fast, "--repo", "empty", "--out", directory)).toMatchObject({
      code: 2,
      errors: expect.stringContaining("there is no code in"),
    });
  });
});

describe("horizon eval run --replay", () => {
  it("types a file, the same way each time, and goes on after a kill", async () => {
    const file = path.join(folder, "typed.py");
    await writeFile(
      file,
      "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result\n",
    );
    const first = path.join(folder, "typed");
    expect(await horizon("run", ...fast, "--replay", file, "--out", first)).toMatchObject({ code: 0 });
    const all = records(first);
    expect(all.length).toBeGreaterThan(30);
    expect(new Set(all.map(({ kind }) => kind))).toContain("replay:typedThrough");
    expect(JSON.parse(await readFile(path.join(first, "summary.json"), "utf8")).metrics).toMatchObject({
      answeredInTime: expect.anything(),
      rightPerKey: expect.anything(),
      charactersSaved: expect.anything(),
    });
    expect(existsSync(path.join(first, "replay.json"))).toBe(true);
    const whole = await samplesOf(first);
    await writeFile(path.join(first, "samples.jsonl"), whole.slice(0, whole.length / 2));
    expect(await horizon("run", ...fast, "--replay", file, "--out", first)).toMatchObject({ code: 0 });
    expect(await samplesOf(first)).toBe(whole);
  });
});

describe("horizon eval compare", () => {
  it("says what is better and what is worse", async () => {
    const other = path.join(folder, "without");
    await horizon("run", ...fast, ...SINGLE_LINE, "--out", other, "--disable", "blockEnd", "--disable", "horizon");
    const { code, output } = await horizon("compare", reference, other, "--out", path.join(folder, "comparison"));
    expect(code).toBe(0);
    expect(output).toMatch(/Samples in both: 11[\s\S]*Right → wrong[\s\S]*exactMatch/);
    expect((await readdir(path.join(folder, "comparison"))).sort()).toEqual([
      "comparison.html",
      "comparison.json",
      "comparison.md",
    ]);
    expect(JSON.parse((await horizon("compare", reference, other, "--json")).output)).toHaveProperty("comparison");
  });

  it("refuses what cannot be compared", async () => {
    expect(await horizon("compare", reference, folder)).toMatchObject({
      code: 2,
      errors: expect.stringContaining("holds no run"),
    });
    expect(await horizon("compare", reference, path.join(folder, "repo-run"))).toMatchObject({ code: 2 });
  });
});

describe("horizon eval gains", () => {
  it("puts what a feature brings into the report, which loses nothing", async () => {
    const base = path.join(folder, "everything");
    await cp(reference, base, { recursive: true });
    const read = (name: string) => readFile(path.join(base, name), "utf8");
    const kept = ["samples.jsonl", "timings.jsonl", "summary.json", "run.json"];
    const before = await Promise.all([...kept, "report.html", "report.md"].map(read));
    const without = path.join(folder, "without-maxLines");
    const run = ["run", ...fast, ...SINGLE_LINE, "--execute"];
    expect(await horizon(...run, "--out", without, "--disable", "maxLines")).toMatchObject({ code: 0 });

    const { code, output } = await horizon("gains", base, without);
    expect(code).toBe(0);
    expect(output).toMatch(/^\| Source \| Exact match \|.*\n.*\n\| maxLines \| \S+ \(\S+ to \S+\) \|/);
    expect(await Promise.all(kept.map(read))).toEqual(before.slice(0, kept.length));
    expect(JSON.parse(await read("gains.json"))).toMatchObject({
      gains: [{ source: "maxLines", samples: SAMPLES, differences: { exactMatch: { n: SAMPLES } } }],
    });
    // Twice, and the report is the first one but for the gains: its examples have kept what stood around them.
    expect(await horizon("gains", base, without)).toMatchObject({ code: 0 });
    const page = await read("report.html");
    expect(page).toContain('<span class="around">def ');
    expect(page.replace(/<h2>Gains by[\s\S]*?(?=\n<h2>)/, "")).toBe(before[kept.length]);
    expect(await read("report.md")).toContain(output.trim());

    expect(await horizon("gains", base, without, without)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('are both without "maxLines"'),
    });
  });
});

describe("horizon eval run --backend", () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      for await (const _ of request) {
        // read to its end
      }
      if (request.url === "/v1/models") {
        response.end(JSON.stringify({ data: [{ id: "remote" }] }));
        return;
      }
      const chunk = {
        choices: [
          {
            text: "    total = 0",
            finish_reason: "stop",
            logprobs: { tokens: ["    total = 0"], token_logprobs: [-0.1] },
          },
        ],
      };
      response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("measures a model on a server", async () => {
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const directory = path.join(folder, "remote");
    expect(
      await horizon("run", ...fast, ...SINGLE_LINE, "--out", directory, "--backend", url, "--require", "exactMatch>0"),
    ).toMatchObject({ code: 0 });
    expect(records(directory)[0]).toMatchObject({ text: "    total = 0", metrics: { exactMatch: 1 } });
    expect(JSON.parse(await readFile(path.join(directory, "run.json"), "utf8"))).toMatchObject({
      backend: url,
      model: { id: "remote" },
    });
  });

  it("says when there is none", async () => {
    const { code, errors } = await horizon(
      "run",
      ...SINGLE_LINE,
      "--out",
      path.join(folder, "nowhere"),
      "--backend",
      "http://127.0.0.1:9",
    );
    expect({ code, errors }).toEqual({
      code: 1,
      errors: expect.stringMatching(/No server answers at http:\/\/127\.0\.0\.1:9/),
    });
  });
});
