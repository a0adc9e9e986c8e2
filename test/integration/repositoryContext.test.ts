// What is defined elsewhere in the workspace stands in the prompt: the real server with its index's worker, and the
// commands.
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DidChangeWatchedFilesNotification, FileChangeType } from "vscode-languageserver-protocol/node";
import type { PromptRecording } from "../../server/src/completion/recording.js";
import {
  ExplainRequest,
  LocatedNamesNotification,
  TrustNotification,
  ViewNotification,
} from "../../server/src/protocol.js";
import { until } from "../support/until.js";
import { commandBundle, type ServerOptions, ServerProcess } from "./serverProcess.js";

const run = promisify(execFile);

let folder: string;
let recording: string;
let server: ServerProcess | undefined;

beforeEach(async () => {
  const place = await mkdtemp(path.join(tmpdir(), "horizon-context-"));
  folder = path.join(place, "shop");
  recording = path.join(place, "prompts.jsonl");
  await mkdir(folder);
  await writeFile(
    path.join(folder, "prices.py"),
    "def discounted_price(item, customer):\n    return item.price * customer.rate\n",
  );
  await writeFile(path.join(folder, "app.py"), app);
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(path.dirname(folder), { recursive: true });
});

const app = "from prices import discounted_price\n\n\ndef total(items, customer):\n    return sum(\n";
/** Within the brackets of `sum(`. */
const caret = { line: 4, character: 15 };

const uriOf = (name: string): string => pathToFileURL(path.join(folder, name)).href;

async function start(options: ServerOptions = {}): Promise<ServerProcess> {
  server = await ServerProcess.start({
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "shop" }],
    settings: { context: { timeLimit: 1000 } },
    ...options,
    initializationOptions: { recordPromptsTo: recording, ...(options.initializationOptions as object) },
  });
  await server.untilState("ready");
  return server;
}

/** Asks at the caret of app.py, with another name in it each time, until the prompt is as wanted. */
async function askUntil(editor: ServerProcess, wanted: (prompt: PromptRecording) => boolean): Promise<PromptRecording> {
  await editor.open(uriOf("app.py"), "python", app);
  let asked = 0;
  return until("such a prompt", async () => {
    const name = "x".repeat(++asked);
    await editor.change(uriOf("app.py"), { text: app.replace("total(", `${name}(`) });
    await editor.inlineCompletion(uriOf("app.py"), caret);
    const lines = (await readFile(recording, "utf8").catch(() => "")).trimEnd().split("\n");
    const last = lines.at(-1);
    const prompt = last === undefined || last === "" ? undefined : (JSON.parse(last) as PromptRecording);
    return prompt !== undefined && wanted(prompt) ? prompt : undefined;
  });
}

const textOf = (prompt: PromptRecording): string => prompt.state.snippets.map(({ text }) => text).join("\n");

describe("what the editor's language services say", () => {
  it("stands in the prompt", async () => {
    await writeFile(path.join(folder, "ledger.py"), "\n\nclass Ledger:\n    def settle(self, until):\n        pass\n");
    const editor = await start();
    await editor.untilIndexed(3);
    await editor.connection.sendNotification(LocatedNamesNotification.type, {
      uri: uriOf("app.py"),
      names: [
        { name: "items", relation: "type", uri: uriOf("ledger.py"), position: { line: 2, character: 6 } },
        {
          name: "customer",
          relation: "definition",
          uri: "file:///elsewhere/a.py",
          position: { line: 0, character: 0 },
        },
      ],
    });
    const prompt = await askUntil(editor, (one) => textOf(one).includes("class Ledger:"));
    expect(textOf(prompt)).toContain("def settle(self, until):");
  });
});

describe("a function that another file defines", () => {
  it("stands in the prompt; after an edit of that file, as it is then; after a change on disk, too", async () => {
    const editor = await start();
    await editor.untilIndexed(2);
    const first = await askUntil(editor, (prompt) => textOf(prompt).includes("discounted_price(item, customer)"));
    expect(first.state.snippets.map((snippet) => snippet.path)).toContain("prices.py");

    const edited = "def discounted_price(item, customer, *, coupon=None):\n    return item.price\n";
    await editor.open(uriOf("prices.py"), "python", edited);
    await askUntil(editor, (prompt) => textOf(prompt).includes("coupon=None"));

    await editor.close(uriOf("prices.py"));
    await writeFile(path.join(folder, "prices.py"), "def discounted_price(item, *, member):\n    return item.price\n");
    await editor.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: uriOf("prices.py"), type: FileChangeType.Changed }],
    });
    await askUntil(editor, (prompt) => textOf(prompt).includes("*, member"));

    // What was recorded builds the same prompts again, snippets and all.
    await editor.stop();
    const { stdout } = await run(process.execPath, [commandBundle, "eval", "parity", recording]);
    expect(stdout).toMatch(/^(\d+) of \1 prompts have the same tokens\n$/);
  });

  it("is told by “Why this suggestion?” with its source and score", async () => {
    const editor = await start();
    expect(await editor.connection.sendRequest(ExplainRequest.type, {})).toBeNull();
    await editor.untilIndexed(2);
    await askUntil(editor, (prompt) => prompt.state.snippets.length > 0);
    const explanation = await editor.connection.sendRequest(ExplainRequest.type, {});
    expect(explanation).toMatchObject({ uri: uriOf("app.py"), position: caret, source: "model" });
    expect(explanation?.snippets[0]).toMatchObject({ path: "prices.py", score: expect.any(Number) });
    expect(explanation?.snippets[0]?.sources.map(({ name }) => name)).toContain("definitions");
    expect(explanation?.timings.context).toBeGreaterThan(0);
  });

  it("is left out where the settings want no context, or not that source", async () => {
    const sources = { definitions: false, callGraph: false, bm25: false, similarCode: false };
    const editor = await start({ settings: { context: { enabled: false } } });
    expect(editor.indexStates.map(({ state }) => state)).toEqual(["off"]);
    expect(textOf(await askUntil(editor, () => true))).toBe("");
    await editor.configure({ context: { timeLimit: 1000, sources } });
    await editor.untilIndexed(2);
    for (const name of ["a", "b"]) {
      await editor.change(uriOf("app.py"), { text: app.replace("total(", `${name}(`) });
      await editor.inlineCompletion(uriOf("app.py"), caret);
    }
    const lines = (await readFile(recording, "utf8")).trimEnd().split("\n");
    expect(lines.slice(-2).map((line) => textOf(JSON.parse(line)))).toEqual(["", ""]);
  });
});

describe("what the user looks at", () => {
  it("is a source", async () => {
    await writeFile(path.join(folder, "zebra.py"), "def zebra_crossing():\n    return 'black and white'\n");
    const editor = await start();
    await editor.untilIndexed(3);
    await editor.open(uriOf("zebra.py"), "python", await readFile(path.join(folder, "zebra.py"), "utf8"));
    const range = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
    await editor.connection.sendNotification(ViewNotification.type, { uri: uriOf("zebra.py"), ranges: [range] });
    await askUntil(editor, (prompt) => textOf(prompt).includes("zebra_crossing"));
  });
});

describe("an untrusted workspace", () => {
  it("is read as text: git is not run in it until it is trusted", async () => {
    // A git that says when it is called stands first on the path of the server.
    const place = path.dirname(folder);
    const called = path.join(place, "git-was-called");
    const bin = path.join(place, "bin");
    await mkdir(bin);
    await writeFile(path.join(bin, "git"), `#!/bin/sh\ntouch '${called}'\nexit 1\n`, { mode: 0o755 });
    execFileSync("git", ["init", "--quiet", "--initial-branch=feature/zebra", folder]);
    const before = process.env.PATH;
    process.env.PATH = `${bin}${path.delimiter}${before}`;
    try {
      const editor = await start();
      await editor.untilIndexed(2);
      await askUntil(editor, (prompt) => textOf(prompt).includes("discounted_price(item, customer)"));
      expect(existsSync(called)).toBe(false);
      await editor.connection.sendNotification(TrustNotification.type, {});
      await until("git is asked", () => existsSync(called));
    } finally {
      process.env.PATH = before;
    }
  });
});

describe("the commands", () => {
  it("horizon context shows the snippets with sources, scores and tokens", async () => {
    const place = `${path.join(folder, "app.py")}:5:16`;
    const { stdout } = await run(process.execPath, [commandBundle, "context", place, "--workspace", folder, "--json"]);
    const answer = JSON.parse(stdout);
    expect(answer.snippets.at(-1)).toMatchObject({
      path: "prices.py",
      text: expect.stringContaining("def discounted_price(item, customer):"),
      tokens: expect.any(Number),
      sources: expect.arrayContaining([{ name: "definitions", rank: 1 }]),
    });
    expect(answer.prompt.prefix.endsWith("return sum(")).toBe(true);
    expect(answer.prompt.tokens).toBeGreaterThan(answer.snippets.at(-1).tokens);
    expect(answer.index.files).toBe(2);
    expect(answer.sources.map(({ name }: { name: string }) => name)).toContain("bm25");

    const text = await run(process.execPath, [commandBundle, "context", place, "--workspace", folder]);
    expect(text.stdout).toMatch(/1\. prices\.py:0-\d+, \d+ tokens, score [\d.]+ \(.*definitions 1/);
  });

  it("horizon context refuses what it cannot do, in words", async () => {
    const place = `${path.join(folder, "app.py")}:5:16`;
    await expect(run(process.execPath, [commandBundle, "context", place, "--disable", "magic"])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no source "magic"'),
    });
    await expect(run(process.execPath, [commandBundle, "context", `${place}9`])).rejects.toMatchObject({ code: 2 });
  });

  it("horizon complete uses the context, and does without it when asked to", async () => {
    const place = `${path.join(folder, "app.py")}:5:16`;
    const complete = async (...more: readonly string[]) => {
      const args = [commandBundle, "complete", place, "--workspace", folder, "--json", ...more];
      return JSON.parse((await run(process.execPath, args)).stdout);
    };
    expect((await complete()).prompt.snippets[0]).toMatchObject({ path: "prices.py", score: expect.any(Number) });
    expect((await complete("--no-context")).prompt.snippets).toEqual([]);
  });
});
