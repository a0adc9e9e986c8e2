// The index's worker as the server runs it, and `horizon index`: bundled, with real grammars and processes that are killed.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { ContextQuery } from "../../server/src/context/contextSource.js";
import type { ContextOptions } from "../../server/src/context/findContext.js";
import { IndexClient } from "../../server/src/context/index/client.js";
import { FolderStore } from "../../server/src/context/index/folderStore.js";
import type { IndexStatus } from "../../server/src/context/index/indexStatus.js";
import { diskStorage } from "../../server/src/context/index/storageFiles.js";
import { installationAround, wasmFilesOf } from "../../server/src/workspace/installation.js";
import { copyPythonCode, copyTypeScriptCode } from "../support/codeFolders.js";
import { until } from "../support/until.js";
import { bundleScript } from "./bundleScript.js";
import { pieceOf } from "./savedPieces.js";

const bundles = resolve(import.meta.dirname, "../../dist");
const commandBundle = join(bundles, "cli.js");

const folders: string[] = [];
const clients: IndexClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "horizon-context-"));
  folders.push(folder);
  return folder;
}

/** A folder with code that nobody here wrote, several times under other names. */
async function codeFolder(copies: number): Promise<string> {
  const folder = temporaryFolder();
  await copyPythonCode(join(folder, "python"));
  await copyTypeScriptCode(join(folder, "typescript"));
  for (let copy = 0; copy < copies; copy++) {
    cpSync(join(folder, "typescript"), join(folder, `typescript${copy}`), { recursive: true });
    // Other content, or it would be taken for what is known.
    for (const name of readdirSync(join(folder, `typescript${copy}`))) {
      writeFileSync(join(folder, `typescript${copy}`, name), `export const copy${copy} = ${copy};\n`, { flag: "a" });
    }
  }
  return folder;
}

interface Started {
  readonly client: IndexClient;
  readonly statuses: IndexStatus[];
  readonly problems: string[];
  readonly untilReady: (files: number) => Promise<IndexStatus>;
}

function start(storageDirectory?: string): Started {
  const installation = installationAround(bundles);
  const statuses: IndexStatus[] = [];
  const problems: string[] = [];
  const client = new IndexClient({
    script: join(bundles, "indexWorker.js"),
    setup: {
      syntaxesDirectory: installation.syntaxesDirectory,
      wasm: wasmFilesOf(installation),
      storageDirectory,
      memoryLimit: 256 * 1024 * 1024,
      gitUser: { home: undefined },
    },
    onStatus: (status) => statuses.push(status),
    onProblem: (problem) => problems.push(problem),
  });
  clients.push(client);
  const untilReady = (files: number): Promise<IndexStatus> =>
    until(`${files} files`, () => {
      const last = statuses.at(-1);
      return last?.state === "ready" && last.files === files ? last : undefined;
    });
  return { client, statuses, problems, untilReady };
}

const options: ContextOptions = { disabled: [], snippetLength: 2000, limit: 10 };
const signal = new AbortController().signal;

function queryAt(folder: string, path: string, text: string): ContextQuery {
  return {
    folder: pathToFileURL(folder).href,
    path,
    language: "python",
    text,
    offset: text.length,
    window: { start: 0, end: text.length },
    edits: [],
    views: [],
    branch: "",
    coChanged: [],
  };
}

describe("the worker", () => {
  it("builds, answers from what an open document says now, follows changes, and saves at the end", async () => {
    const folder = await codeFolder(0);
    const storage = temporaryFolder();
    const first = start(storage);
    const folderUri = pathToFileURL(folder).href;
    first.client.setFolders([{ uri: folderUri, directory: folder }]);
    const text = "import shop\n\ndef bill(cart):\n    return shop.total_price(cart, ";
    const uri = pathToFileURL(join(folder, "bill.py")).href;
    first.client.setDocument(uri, "");
    first.client.setDocument(uri, text);
    writeFileSync(join(folder, "shop.py"), "def total_price(cart, discount):\n    return sum(cart) * discount\n");
    first.client.changePaths([join(folder, "shop.py")]);
    const files = await until("a ready index", () => {
      const last = first.statuses.at(-1);
      return last?.state === "ready" && last.files > 10 ? last.files : undefined;
    });
    const { snippets, sources } = await first.client.ask(queryAt(folder, "bill.py", text), options, signal);
    expect(snippets.map(({ path }) => path)).toContain("shop.py");
    expect(snippets.find(({ path }) => path === "shop.py")?.text).toContain("def total_price(cart, discount)");
    expect(sources.length).toBeGreaterThan(5);

    rmSync(join(folder, "shop.py"));
    first.client.changePaths([join(folder, "shop.py")]);
    await first.untilReady(files - 1);
    const gone = await first.client.ask(queryAt(folder, "bill.py", text), options, signal);
    expect(gone.snippets.map(({ path }) => path)).not.toContain("shop.py");
    await first.client.dispose();

    const second = start(storage);
    second.client.setFolders([{ uri: folderUri, directory: folder }]);
    const status = await second.untilReady(files - 2);
    expect(status).toMatchObject({ extracted: 0, reused: files - 2 });
    expect([...first.problems, ...second.problems]).toEqual([]);
  });

  it("answers while it builds, and blocks the server's event loop never", async () => {
    const folder = await codeFolder(40);
    const { client, statuses, problems, untilReady } = start();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    client.setFolders([{ uri: pathToFileURL(folder).href, directory: folder }]);
    await until("some files", () => statuses.some(({ files, state }) => state === "indexing" && files > 5));
    const text = "def parse(value):\n    return decode(value";
    const answer = await client.ask(queryAt(folder, "new.py", text), options, signal);
    expect(statuses.at(-1)?.state).toBe("indexing");
    expect(answer.sources.length).toBeGreaterThan(5);
    const { files } = await until("a ready index", () => {
      const last = statuses.at(-1);
      return last?.state === "ready" ? last : undefined;
    });
    await untilReady(files);
    delay.disable();
    expect(files).toBeGreaterThan(160);
    // Progress goes forward.
    const seen = statuses.map((status) => status.files);
    expect(seen).toEqual([...seen].sort((a, z) => a - z));
    // On a busy machine this thread waits for its turn, too; what it does itself is next to nothing.
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
    expect(problems).toEqual([]);
  });

  it("stops and goes on", async () => {
    const folder = await codeFolder(20);
    const { client, statuses } = start();
    client.setFolders([{ uri: pathToFileURL(folder).href, directory: folder }]);
    await until("some files", () => statuses.some(({ files }) => files > 5));
    client.pause();
    const text = "def parse(value):\n    return ";
    // Answered all the same; and what was sent before has been read.
    await client.ask(queryAt(folder, "new.py", text), options, signal);
    const stopped = statuses.length;
    await client.ask(queryAt(folder, "new.py", text), options, signal);
    expect(statuses.length - stopped).toBeLessThanOrEqual(1);
    client.resume();
    await until("a ready index", () => statuses.at(-1)?.state === "ready");
  });
});

describe("horizon index", () => {
  it("says what is indexed, and uses what was saved", async () => {
    const folder = await codeFolder(0);
    writeFileSync(join(folder, ".env"), "PASSWORD=1\n");
    mkdirSync(join(folder, "node_modules"));
    const storage = temporaryFolder();
    const run = (...more: string[]) =>
      spawnSync(process.execPath, [commandBundle, "index", folder, "--storage", storage, ...more], {
        encoding: "utf8",
      });
    const first = JSON.parse(run("--json").stdout);
    expect(first).toMatchObject({
      folder,
      reused: 0,
      isCapped: false,
      leftOut: { secret: 1, generated: 1 },
      problems: [],
    });
    expect(first.files).toBe(first.extracted);
    expect(Object.keys(first.languages)).toEqual(expect.arrayContaining(["python", "typescript"]));
    const second = JSON.parse(run("--json").stdout);
    expect(second).toMatchObject({ files: first.files, extracted: 0, reused: first.files, chunks: first.chunks });
    const text = run();
    expect(text.stdout).toMatch(/files with .* MB[\s\S]*taken from the saved index[\s\S]*left out/);
    expect([text.status, text.stderr]).toEqual([0, ""]);
  });

  it.each([
    [["index"], /missing required argument/],
    [["index", "/no/such/folder"], /\/no\/such\/folder is no folder/],
    [["index", ".", "--memory", "few"], /--memory: "few" must be a whole number/],
  ])("%j is bad input", (args, message) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [commandBundle, ...args], { encoding: "utf8" });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  it("killed at any time leaves what the next one can use", async () => {
    const folder = await codeFolder(5);
    const storage = temporaryFolder();
    const args = [commandBundle, "index", folder, "--storage", storage, "--json"];
    const started = performance.now();
    const command = [...args.slice(0, 3), "--json"];
    const reference = JSON.parse(spawnSync(process.execPath, command, { encoding: "utf8" }).stdout);
    const whole = performance.now() - started;
    for (let kill = 0; kill < 4; kill++) {
      // Something to save each time.
      writeFileSync(join(folder, `new${kill}.py`), `def new${kill}():\n    pass\n`);
      const child = spawn(process.execPath, args, { stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const timer = setTimeout(() => child.kill("SIGKILL"), (whole * (kill + 7)) / 10);
      await ended;
      clearTimeout(timer);
    }
    const last = JSON.parse(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout);
    expect(last).toMatchObject({ files: reference.files + 4, problems: [] });
    expect(last.chunks).toBe(reference.chunks + 4);
  }, 180_000);
});

describe("the index's own count of its memory", () => {
  it("is about what the process takes", async () => {
    const script = join(temporaryFolder(), "memoryProcess.js");
    await bundleScript("memoryProcess.ts", script);
    const { stdout } = spawnSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" });
    const { counted, used, files } = JSON.parse(stdout);
    expect(files).toBe(6000);
    expect(counted / used).toBeGreaterThan(0.75);
    expect(counted / used).toBeLessThan(1.35);
  });
});

describe("a process that saves", () => {
  it("can be killed at any time: what it said was saved is there, and all of it is whole", async () => {
    const directory = temporaryFolder();
    const script = join(temporaryFolder(), "savingProcess.js");
    await bundleScript("savingProcess.ts", script);
    let before = 0;
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [script, directory], { stdio: ["ignore", "pipe", "inherit"] });
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      await until("something saved", () => output.includes("saved"));
      // A save takes some milliseconds: each round ends somewhere else in one.
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      child.kill("SIGKILL");
      await ended;
      const said = Number(output.trim().split("\n").at(-1)?.replace("saved ", ""));
      const problems: string[] = [];
      const store = new FolderStore({
        files: diskStorage,
        directory,
        onProblem: (problem) => problems.push(problem),
        now: Date.now,
      });
      expect(store.catalog.size).toBeGreaterThanOrEqual(said);
      expect(said).toBeGreaterThan(before);
      for (let number = 0; number < store.catalog.size; number++) {
        const { key, bytes } = pieceOf(number);
        expect(bytes.equals(store.get(key) ?? Buffer.alloc(0))).toBe(true);
      }
      store.release();
      expect([problems, output.includes("problem")]).toEqual([[], false]);
      before = said;
    }
  }, 120_000);
});
