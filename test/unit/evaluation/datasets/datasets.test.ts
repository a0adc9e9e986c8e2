// Every public dataset is read as its authors publish it, and what is wrong with a file is said with its place.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findDataset, readHoles } from "../../../../server/src/evaluation/datasets/index.js";
import { restoreSeam } from "../../../../server/src/evaluation/datasets/santaCoderFim.js";
import type { Hole } from "../../../../server/src/evaluation/hole.js";
import { fixture } from "../evaluationFixtures.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-datasets-"));
});

afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, file: string): Promise<Hole[]> {
  const holes: Hole[] = [];
  for await (const hole of readHoles(findDataset(name), file)) {
    holes.push(hole);
  }
  return holes;
}

/** Writes a file of rows and reads it as a dataset. */
async function readRows(name: string, rows: readonly (object | string)[]): Promise<Hole[]> {
  const file = path.join(folder, "rows.jsonl");
  await writeFile(file, rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join(""));
  return read(name, file);
}

describe("HumanEval-Infilling", () => {
  it("is holes of whole lines, at a caret on a line of its own", async () => {
    const holes = await read("humaneval-infilling:single-line", fixture("humanEvalSingleLine.jsonl.gz"));
    expect(holes).toHaveLength(11);
    expect(holes[1]).toMatchObject({
      id: "SingleLineInfilling/HumanEval/0/L1",
      cluster: "HumanEval/0",
      languageId: "python",
      middle: "    for number in numbers:",
      suffix: "\n        total += number\n    return total\n",
    });
    expect(holes[1]?.prefix.endsWith("    total = 0\n")).toBe(true);
    expect(holes[1]?.test?.after).toMatch(/def check[\s\S]*check\(add_all\)\n$/);
  });

  it.each([
    ["multi-line", "humanEvalMultiLine.jsonl.gz", "    total = 0\n    for number in numbers:"],
    [
      "random-span",
      "humanEvalRandomSpan.jsonl.gz",
      " = 0\n    for number in numbers:\n        total += number\n    return t",
    ],
    [
      "random-span-light",
      "humanEvalRandomSpanLight.jsonl.gz",
      " = 0\n    for number in numbers:\n        total += number\n    return t",
    ],
  ])("%s", async (part, file, middle) => {
    const holes = await read(`humaneval-infilling:${part}`, fixture(file));
    expect(holes).toHaveLength(3);
    expect(holes[0]?.middle).toBe(middle);
    const [first] = holes;
    expect(`${first?.prefix}${first?.middle}${first?.suffix}`).toContain("    return total\n");
  });

  it("leaves out the empty spans that the authors' file has", async () => {
    const row = { entry_point: "f", prompt: "a", suffix: "b", canonical_solution: "", test: "" };
    const rows = [
      { ...row, task_id: "RandomSpanInfilling/HumanEval/7/10" },
      { ...row, task_id: "RandomSpanInfilling/HumanEval/7/11", canonical_solution: " " },
    ];
    expect((await readRows("humaneval-infilling:random-span", rows)).map(({ middle }) => middle)).toEqual([" "]);
    const light = rows.map((one) => ({ ...one, task_id: one.task_id.replace("Infilling/", "InfillingLight/") }));
    await expect(readRows("humaneval-infilling:random-span-light", light)).rejects.toThrow(/the truth of .* is empty/);
  });

  it("of another part is refused", async () => {
    await expect(read("humaneval-infilling:multi-line", fixture("humanEvalSingleLine.jsonl.gz"))).rejects.toThrow(
      /humanEvalSingleLine\.jsonl\.gz:1: the field "task_id": must begin with "MultiLineInfilling\/"/,
    );
  });
});

describe("SantaCoder-FIM", () => {
  it("has the seams of its lines restored, and its names made unique", async () => {
    const holes = await read("santacoder-fim", fixture("santaCoderFim.jsonl"));
    expect(holes.map(({ id, languageId }) => [id, languageId])).toEqual([
      ["py/HumanEval_0_add_all/0", "python"],
      ["py/HumanEval_0_add_all/1", "python"],
      ["java/HumanEval_1_largest/0", "java"],
      ["js/HumanEval_2_shout/0", "javascript"],
    ]);
    for (const { prefix, suffix, comparesStripped } of holes) {
      expect(prefix).toMatch(/\n$/);
      expect(prefix).not.toMatch(/\n\n$/);
      expect(suffix).toMatch(/^\n/);
      expect(comparesStripped).toBe(true);
    }
    expect(holes[0]?.suffix).toBe("\n    for number in numbers:\n        total += number\n    return total");
  });

  it.each([
    ["def f():", "    return 1", "def f():\n"],
    ["def f():\n", "    return 1", "def f():\n"],
    ["def f():\n    ", "return 1", "def f():\n    "],
    ["", "x = 1", ""],
  ])("the seam of %j and %j", (prompt, solution, restored) => {
    expect(restoreSeam(prompt, solution)).toBe(restored);
  });
});

describe("the others", () => {
  it("SAFIM takes the document without its description, and knows its kinds", async () => {
    const holes = await read("safim", fixture("safim.jsonl.gz"));
    expect(holes.map(({ kind, languageId }) => [kind, languageId])).toEqual([
      ["block", "python"],
      ["control", "java"],
      ["api", "cpp"],
    ]);
    expect(holes[0]).toMatchObject({
      prefix: "a, b = map(int, input().split())\n",
      middle: "print(a + b)",
      suffix: "\n",
    });
  });

  it("CrossCodeEval", async () => {
    const [first, second] = await read("crosscodeeval", fixture("crossCodeEval.jsonl"));
    expect(first).toMatchObject({
      id: "project_cc_typescript/62",
      path: "src/main.ts",
      repository: "some-app-1a2b3c",
      languageId: "typescript",
      middle: 'connect("localhost");',
      suffix: "\nclient.close();\n",
    });
    expect(second).toMatchObject({ path: "app/main.py", languageId: "python" });
  });

  it.each(["repoBench.parquet", "repoBenchZstd.parquet"])("RepoBench, %s", async (file) => {
    const holes = await read("repobench", fixture(file));
    expect(holes.length).toBe(file === "repoBench.parquet" ? 6 : 3);
    expect(new Set(holes.map(({ id }) => id)).size).toBe(holes.length);
    expect(holes[1]).toMatchObject({
      id: "someone/tool/tool/cli.py#1",
      repository: "tool",
      prefix: 'from tool.run import run\n\n\ndef main_1():\n    """Entry point."""\n',
      middle: "    return run(1)",
      suffix: "",
    });
  });
});

describe("bad input", () => {
  const good = {
    task_id: "block_completion_1",
    lang: "python",
    prompt: "",
    eval_prompt: "x = {{completion}}",
    ground_truth: "1",
    unit_tests: [],
  };

  it("an unknown dataset is refused with the names of those there are", () => {
    expect(() => findDataset("humaneval")).toThrow(/no dataset "humaneval"[\s\S]*humaneval-infilling:single-line/);
  });

  const rows: readonly [string, readonly (object | string)[], RegExp][] = [
    [
      "a missing field",
      [good, { ...good, task_id: "2", ground_truth: undefined }],
      /rows\.jsonl:2: the field "ground_truth" is missing/,
    ],
    ["a field of another type", [{ ...good, lang: 3 }], /rows\.jsonl:1: the field "lang"/],
    ["no hole", [{ ...good, eval_prompt: "x" }], /rows\.jsonl:1: .*\{\{completion\}\} in it once/],
    [
      "an id twice",
      [good, { ...good, task_id: "other" }, "", good],
      /rows\.jsonl:4: the id "block_completion_1" is there already/,
    ],
    ["an empty truth", [{ ...good, ground_truth: " \n" }], /rows\.jsonl:1: the truth of block_completion_1 is empty/],
    ["no JSON", [good, '{"task_id": '], /rows\.jsonl:2: this line is no JSON/],
    ["another JSON", ["[1]"], /rows\.jsonl:1: this line is no JSON object/],
  ];
  it.each(rows)("%s", async (_, lines, message) => {
    await expect(readRows("safim", lines)).rejects.toThrow(message);
  });

  it("a gzip file that is cut off", async () => {
    const rows = Array.from(
      { length: 4000 },
      (_, index) => `${JSON.stringify({ ...good, task_id: `block_${index}` })}\n`,
    );
    const whole = gzipSync(rows.join(""));
    const file = path.join(folder, "cut.jsonl.gz");
    await writeFile(file, whole.subarray(0, whole.length * 0.8));
    await expect(read("safim", file)).rejects.toThrow(/cut\.jsonl\.gz:\d{3,4}: the gzip data is cut off here/);
  });

  it("a gzip file that is broken", async () => {
    const bytes = Buffer.from(await readFile(fixture("safim.jsonl.gz")));
    bytes.fill(0x55, 40, 80);
    const file = path.join(folder, "broken.jsonl.gz");
    await writeFile(file, bytes);
    await expect(read("safim", file)).rejects.toThrow(/broken\.jsonl\.gz:\d+: /);
  });

  it("a Parquet file that is cut off, and one of other columns", async () => {
    const bytes = await readFile(fixture("repoBench.parquet"));
    const file = path.join(folder, "cut.parquet");
    await writeFile(file, bytes.subarray(0, bytes.length - 20));
    await expect(read("repobench", file)).rejects.toThrow(/cut\.parquet is a Parquet file whose end is missing/);
    await expect(read("safim", fixture("repoBench.parquet"))).rejects.toThrow(/row 1: the field "task_id" is missing/);
  });

  it.each([
    ["an archive", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), /\.xz archive; unpack it/],
    ["an empty file", Buffer.alloc(0), /is empty/],
  ])("%s", async (_, bytes, message) => {
    const file = path.join(folder, "other.jsonl");
    await writeFile(file, bytes);
    await expect(read("safim", file)).rejects.toThrow(message);
  });

  it("no file, and a folder", async () => {
    await expect(read("safim", path.join(folder, "none.jsonl"))).rejects.toThrow(/There is no file/);
    await expect(read("safim", folder)).rejects.toThrow(/is a folder/);
  });

  it("a byte order mark and CRLF are no errors", async () => {
    const file = path.join(folder, "windows.jsonl");
    const text = gunzipSync(await readFile(fixture("safim.jsonl.gz"))).toString("utf8");
    await writeFile(file, `\ufeff${text.replaceAll("\n", "\r\n")}`);
    expect(await read("safim", file)).toEqual(await read("safim", fixture("safim.jsonl.gz")));
  });
});
