// `horizon complete` as its users meet it: a process, its standard output and its exit code.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { descendantsOf, type RunningProcess } from "../support/processTree.js";
import { until } from "../support/until.js";
import { breakages, breakModel, removeModel } from "./brokenModel.js";
import { CodeFolder, makeHoles, openGrowingHole, WITHIN_A_LINE } from "./realCode.js";
import { bundledModel, commandBundle, ServerProcess } from "./serverProcess.js";

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

// What is missing is so plain that the model finds it whatever instructions the machine's processor computes it with.
const GOOD = `class Point:
    def __init__(self, left, top, width, height):
        self.left = left
        self.top = top
        self.width = width
        self.height = `;

let folder: string;
let code: CodeFolder;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-command-"));
  code = await CodeFolder.create();
  await writeFile(path.join(folder, "good.py"), GOOD);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await code.remove();
});

function start(args: readonly string[], directory: string) {
  return spawn(process.execPath, [commandBundle, ...args], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs `horizon`, by default in the folder of this file's documents. */
async function horizon(args: readonly string[], directory = folder): Promise<Outcome> {
  const child = start(args, directory);
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code: status, output, errors };
}

describe("horizon", () => {
  it("says its version and what it can do", async () => {
    const { version } = JSON.parse(await readFile(path.join(import.meta.dirname, "../../package.json"), "utf8"));
    expect(await horizon(["--version"])).toEqual({ code: 0, output: `${version}\n`, errors: "" });
    const help = await horizon(["--help"]);
    expect(help.code).toBe(0);
    expect(help.output).toMatch(/complete[\s\S]*serve/);
    expect((await horizon(["complete", "--help"])).output).toMatch(
      /--workspace[\s\S]*--json[\s\S]*--stream[\s\S]*--model/,
    );
  });

  it.each([
    [["no-such-command"], /unknown command/],
    [["complete"], /FILE:LINE:COLUMN/],
    [["complete", "good.py:1:1", "--no-such-option"], /unknown option/],
    [["complete", "good.py"], /FILE:LINE:COLUMN/],
    [["serve"], /horizon serve --stdio/],
  ])("%j is refused with code 2 and nothing on standard output", async (args, message) => {
    const { code: status, output, errors } = await horizon(args);
    expect(errors).toMatch(message);
    expect(output).toBe("");
    expect(status).toBe(2);
  });
});

describe("horizon complete", () => {
  it("prints the text and nothing else", async () => {
    const { code: status, output, errors } = await horizon(["complete", "good.py:6:23"]);
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    expect(output).toMatch(/^\S[\s\S]*\S\n$/);
  });

  it("prints JSON with completions, timings, prompt and model", async () => {
    const { code: status, output, errors } = await horizon(["complete", "good.py:6:23", "--json"]);
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    const result = JSON.parse(output);
    const number = expect.any(Number);
    const manifest = JSON.parse(await readFile(path.join(bundledModel, "manifest.json"), "utf8"));
    expect(result).toEqual({
      completions: [
        {
          text: expect.stringMatching(/\S/),
          range: { start: { line: 6, column: 23 }, end: { line: 6, column: 23 } },
          logProbability: number,
          horizon: { fraction: number, remainingTokens: number },
          stopReason: expect.stringMatching(/^(endOfMiddle|lineEnd|blockEnd|horizon|suffixLine|repetition|budget)$/),
          tokens: number,
        },
      ],
      timings: {
        pause: number,
        context: number,
        prompt: number,
        prefill: number,
        firstLine: number,
        decode: number,
        total: number,
      },
      prompt: { tokens: number, reusedTokens: number, snippets: [] },
      model: { id: manifest.id, sha256: manifest.files.weights.sha256 },
    });
    expect(result.completions[0].logProbability).toBeLessThanOrEqual(0);
    expect(result.prompt.tokens).toBeGreaterThan(10);
    const text = await horizon(["complete", "good.py:6:23"]);
    expect(text.output).toBe(`${result.completions[0].text}\n`);
  });

  it("streams the text in pieces that together are the text, and JSON in lines of which the last is the whole", async () => {
    const server = await ServerProcess.start({
      workspaceFolders: [code.workspace()],
      settings: { context: { enabled: false } },
      initializationOptions: { streaming: true },
    });
    await server.untilState("ready");
    const files = [await code.python, await code.typeScript];
    const { text, position, item, source } = await openGrowingHole(server, files);
    await server.stop();
    await writeFile(source.file, text);
    const place = `${source.path}:${position.line + 1}:${position.character + 1}`;

    const whole = JSON.parse((await horizon(["complete", place, "--json", "--no-context"], code.folder)).output);
    expect(whole.completions[0].text).toBe(item.insertText);
    const stream = await horizon(["complete", place, "--json", "--stream", "--no-context"], code.folder);
    const steps = stream.output
      .trimEnd()
      .split("\n")
      .map((step) => JSON.parse(step));
    expect(steps.at(-1)).toEqual({ ...whole, timings: expect.anything() });
    const texts = steps.map(({ completions }) => completions[0].text);
    expect(new Set(texts).size).toBeGreaterThan(1);
    for (const [index, now] of texts.entries()) {
      expect(now.startsWith(texts[index - 1] ?? "")).toBe(true);
    }
    const plain = await horizon(["complete", place, "--stream", "--no-context"], code.folder);
    expect(plain.output).toBe(`${item.insertText}\n`);
    await writeFile(source.file, source.text);
  });

  it("gives the text that the editor shows at the same place of the same workspace", async () => {
    const python = await code.python;
    const typeScript = await code.typeScript;
    const server = await ServerProcess.start({
      workspaceFolders: [code.workspace(), code.workspace("python")],
      // What each knows of the repository differs by what was edited before: repositoryContext.test.ts is about that.
      settings: { context: { enabled: false } },
    });
    await server.untilState("ready");
    await server.changeFolders([code.workspace("typescript")], []);
    let compared = 0;
    for (const [file, workspace] of [
      [python, "python"],
      [typeScript, "typescript"],
    ] as const) {
      await server.open(file.uri, file.languageId, file.text);
      for (const { text, position } of makeHoles(file.text, WITHIN_A_LINE, 8)) {
        await writeFile(file.file, text);
        await server.change(file.uri, { text });
        const [shown] = await server.inlineCompletion(file.uri, position);
        const place = `${file.file}:${position.line + 1}:${position.character + 1}`;
        const args = ["complete", place, "--json", "--no-context", "--workspace", path.join(code.folder, workspace)];
        const [completion] = JSON.parse((await horizon(args)).output).completions;
        expect(completion?.text).toBe(shown?.insertText);
        compared += shown === undefined ? 0 : 1;
      }
    }
    await server.stop();
    expect(compared).toBeGreaterThanOrEqual(4);
  });

  it("takes paths from the folder it is called in, and another model", async () => {
    await mkdir(path.join(folder, "inner"), { recursive: true });
    const { code: status, output } = await horizon(
      [
        "complete",
        "../good.py:6:23",
        "--model",
        path.relative(path.join(folder, "inner"), bundledModel),
        "--workspace",
        "..",
      ],
      path.join(folder, "inner"),
    );
    expect(status).toBe(0);
    expect(output).toBe((await horizon(["complete", "good.py:6:23"])).output);
  });

  it("is ended by Ctrl-C, and the model's process with it", async () => {
    // A terminal sends the signal to all processes of its group, and so does this test.
    const child = spawn(process.execPath, [commandBundle, "complete", "good.py:6:23"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [model] = await until("the model's process", () => {
      // Not before it runs its own program: a fork that is stopped earlier stops its parent, too.
      const isModel = ({ commandLine }: RunningProcess) => commandLine.some((word) => word.endsWith("modelHost.js"));
      const processes = descendantsOf(child.pid ?? 0).filter(isModel);
      return processes.length > 0 ? processes : undefined;
    });
    process.kill(model?.pid ?? 0, "SIGSTOP"); // so that it cannot be done before the signal comes
    process.kill(-(child.pid ?? 0), "SIGINT");
    expect(await exit).toBe(130);
    expect(output).toBe("");
    await until("the model's process to end", () => {
      try {
        process.kill(model?.pid ?? 0, 0);
        return false;
      } catch {
        return true;
      }
    });
  });
});

describe("horizon complete, bad input", () => {
  beforeAll(async () => {
    await writeFile(path.join(folder, "binary.py"), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1]));
    await writeFile(path.join(folder, "ten-megabytes.py"), "value = compute(the, next, value)\n".repeat(400_000));
  });

  it.each([
    ["none.py:1:1", /There is no file .*none\.py/],
    [".:1:1", /is a folder/],
    ["good.py:7:1", /good\.py has 6 lines; there is no line 7/],
    ["good.py:3:26", /Line 3 of good\.py has 24 characters.*columns 1 to 25, not in column 26/],
    ["good.py:0:1", /count from 1/],
    ["binary.py:1:1", /binary/],
    ["ten-megabytes.py:400001:1", /10|MB|million/],
  ])("%s is refused with code 2", async (place, message) => {
    const { code: status, output, errors } = await horizon(["complete", place]);
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(/^\s+at /m);
    expect(output).toBe("");
    expect(status).toBe(2);
  });

  it("a workspace that is no folder, or another one, is refused", async () => {
    expect(await horizon(["complete", "good.py:6:23", "--workspace", "none"])).toMatchObject({
      code: 2,
      output: "",
      errors: expect.stringContaining("is no folder"),
    });
    expect(await horizon(["complete", "good.py:6:23", "--workspace", code.folder])).toMatchObject({
      code: 2,
      output: "",
      errors: expect.stringContaining("is not inside"),
    });
  });

  const files: [string, string | Buffer, string][] = [
    ["an empty file", "", "1:1"],
    ["CRLF", GOOD.replaceAll("\n", "\r\n"), "5:12"],
    ["tabs", GOOD.replaceAll("    ", "\t"), "5:9"],
    ["no line end at all", "x = ", "1:5"],
    ["UTF-8 with a byte order mark", `\ufeff${GOOD}`, "5:12"],
    ["UTF-16 with half a surrogate pair", Buffer.from(`\ufeffa = "\ud83d"\n${GOOD}`, "utf16le"), "6:12"],
    ["a byte that is no UTF-8", Buffer.concat([Buffer.from("# caf\xe9\n", "latin1"), Buffer.from(GOOD)]), "6:12"],
    ["an emoji left of the caret", 'greeting = "😀" + ', "1:19"],
    ["the caret in the middle of an emoji", 'x = "😀"', "1:7"],
    ["nine megabytes", `${"value = compute(the, next, value)\n".repeat(280_000)}${GOOD}`, "280005:12"],
    ["a language that Horizon does not know", "local total = ", "1:15"],
  ];
  it.each(files)("%s has a sound completion", async (what, content, place) => {
    const name = what.startsWith("a language") ? "odd.lua" : "odd.py";
    await writeFile(path.join(folder, name), content);
    const { code: status, output, errors } = await horizon(["complete", `${name}:${place}`, "--json"]);
    if (what.startsWith("the caret in the middle")) {
      expect({ status, output }).toEqual({ status: 2, output: "" });
      expect(errors).toMatch(/within a character/);
      return;
    }
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    for (const { text } of JSON.parse(output).completions) {
      expect(text).toMatch(/\S/);
      expect(text).not.toMatch(/\p{Surrogate}|\ufeff/u);
    }
  });

  it.each(breakages)("a model with $what is refused with code 1", async (breakage) => {
    const model = await breakModel(breakage);
    try {
      const { code: status, output, errors } = await horizon(["complete", "good.py:6:23", "--model", model]);
      expect(errors).toMatch(breakage.says);
      expect(errors).not.toMatch(/^\s+at /m);
      expect(output).toBe("");
      expect(status).toBe(1);
    } finally {
      await removeModel(model);
    }
  });

  it("a model process that cannot be started is refused with code 1", async () => {
    const copy = await mkdtemp(path.join(tmpdir(), "horizon-broken-"));
    try {
      await mkdir(path.join(copy, "dist"));
      await writeFile(path.join(copy, "dist", "cli.js"), await readFile(commandBundle));
      await mkdir(path.join(copy, "syntaxes"));
      const child = spawn(
        process.execPath,
        [path.join(copy, "dist", "cli.js"), "complete", "good.py:6:23", "--model", bundledModel],
        { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
      );
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        errors += text;
      });
      const status = await new Promise((resolve) => child.once("close", resolve));
      expect(status).toBe(1);
      expect(errors).toMatch(/a file of Horizon is missing/);
    } finally {
      await rm(copy, { recursive: true });
    }
  });
});
