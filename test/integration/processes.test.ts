// Processes that die, models that cannot be used, editors that go away: the server lives as long as it should, and no
// longer, and nothing stays behind.
import { fork, spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { descendantsOf } from "../support/processTree.js";
import { until } from "../support/until.js";
import { breakages, breakModel, removeModel } from "./brokenModel.js";
import { commandBundle, type ServerOptions, ServerProcess, serverBundle } from "./serverProcess.js";

const DOCUMENT = "file:///shop/cart.py";
const TEXT = "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return ";
const CARET = { line: 4, character: 11 };

const running: ServerProcess[] = [];

async function startReady(options: ServerOptions = {}): Promise<ServerProcess> {
  const server = await ServerProcess.start(options);
  running.push(server);
  await server.untilState("ready");
  await server.open(DOCUMENT, "python", TEXT);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function modelProcessOf(server: ServerProcess): Promise<number> {
  const [pid, ...others] = server.modelProcesses();
  expect(others).toEqual([]);
  if (pid === undefined) {
    throw new Error("the server has no model process");
  }
  return pid;
}

describe("a model process that is killed", () => {
  it("is an error in the status, comes back, and answers as before", async () => {
    const server = await startReady();
    const before = await server.inlineCompletion(DOCUMENT, CARET);
    expect(before).not.toEqual([]);
    const pid = await modelProcessOf(server);
    const from = server.states.length;

    process.kill(pid, "SIGKILL");
    await server.until("an error, then ready", () => {
      const states = server.states.slice(from).map(({ state }) => state);
      return states.includes("error") && states.at(-1) === "ready";
    });

    expect(server.states[from]).toMatchObject({ state: "error", message: expect.stringContaining("SIGKILL") });
    await server.change(DOCUMENT, { text: `${TEXT} ` });
    await server.change(DOCUMENT, { text: TEXT });
    expect(await server.inlineCompletion(DOCUMENT, CARET)).toEqual(before);
    expect(await modelProcessOf(server)).not.toBe(pid);
  });

  it("while it answers: that request ends, the next one is answered", async () => {
    const server = await startReady();
    const pid = await modelProcessOf(server);
    process.kill(pid, "SIGSTOP");
    const interrupted = server.inlineCompletion(DOCUMENT, CARET);
    await server.untilState("working");
    process.kill(pid, "SIGKILL");
    // Empty, or answered by the next process if this one had not been given the prompt yet.
    expect((await interrupted).length).toBeLessThanOrEqual(1);
    await server.change(DOCUMENT, { text: `${TEXT}\n# Changed.\n` });
    expect(await server.inlineCompletion(DOCUMENT, CARET)).not.toEqual([]);
    expect(await modelProcessOf(server)).not.toBe(pid);
  });
});

describe("a model process that is killed again and again", () => {
  it("is started three times; then the status says that Horizon stays off, and the server lives on", async () => {
    const server = await startReady();
    const killed = new Set<number>();
    const isOver = (): boolean => server.state?.state === "error" && /stays off/.test(server.state.message);
    while (!isOver()) {
      const next = server.modelProcesses().find((pid) => !killed.has(pid));
      if (next === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        killed.add(next);
        process.kill(next, "SIGKILL");
      }
    }
    expect(killed.size).toBe(4);
    expect(server.state).toMatchObject({ message: expect.stringMatching(/3 times.*five minutes.*Restart/) });
    expect(await server.inlineCompletion(DOCUMENT, CARET)).toEqual([]);
    await server.change(DOCUMENT, { text: `${TEXT}# Still here.\n` });
    expect(server.modelProcesses()).toEqual([]);
    expect(isAlive(server.child.pid ?? 0)).toBe(true);
  });
});

describe("a model that cannot be used", () => {
  it.each(breakages)("$what: the status says so, the server lives on", async (breakage) => {
    const folder = await breakModel(breakage);
    try {
      const server = await ServerProcess.start({ settings: { model: { path: folder } } });
      running.push(server);
      await server.until("an error", () => server.state?.state === "error");
      expect(server.state).toMatchObject({ message: expect.stringMatching(breakage.says) });
      await server.open(DOCUMENT, "python", TEXT);
      expect(await server.inlineCompletion(DOCUMENT, CARET)).toEqual([]);

      await server.configure({});
      await server.until("ready", () => server.state?.state === "ready");
      expect(await server.inlineCompletion(DOCUMENT, CARET)).not.toEqual([]);
    } finally {
      await removeModel(folder);
    }
  });
});

describe("the end", () => {
  it("shutdown and exit end the server with code 0, and the model's process with it", async () => {
    const server = await startReady();
    const pid = await modelProcessOf(server);
    await server.stop();
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
  });

  it("exit in the middle of a completion ends both", async () => {
    const server = await startReady();
    const pid = await modelProcessOf(server);
    process.kill(pid, "SIGSTOP");
    const answer = server.inlineCompletion(DOCUMENT, CARET).catch(() => []);
    await server.untilState("working");
    await server.stop();
    expect(isAlive(pid)).toBe(false);
    await answer;
  });

  it("a closed standard input ends both", async () => {
    const server = await startReady();
    const pid = await modelProcessOf(server);
    server.child.stdin?.end();
    await server.ended;
    await until("the model's process to end", () => !isAlive(pid));
  });

  it("the end of the editor's process ends both, though the pipe is still open", async () => {
    const editor = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
    const server = await startReady({ processId: editor.pid ?? 0 });
    const pid = await modelProcessOf(server);
    editor.kill("SIGKILL");
    await server.ended;
    await until("the model's process to end", () => !isAlive(pid));
  });

  it("a killed server takes the model's process with it", async () => {
    const server = await startReady();
    const pid = await modelProcessOf(server);
    server.child.kill("SIGKILL");
    await server.ended;
    await until("the model's process to end", () => !isAlive(pid));
  });

  it("with node-ipc, the end of the channel ends both", async () => {
    const child = fork(serverBundle, ["--node-ipc"], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const ready = new Promise<void>((resolve) => {
      child.on("message", (message: { method?: string; id?: number; params?: { state?: string } }) => {
        if (message.id === 1) {
          child.send({ jsonrpc: "2.0", method: "initialized", params: {} });
        }
        if (message.method === "horizon/status" && message.params?.state === "ready") {
          resolve();
        }
      });
    });
    const params = { processId: process.pid, rootUri: null, capabilities: { textDocument: { inlineCompletion: {} } } };
    child.send({ jsonrpc: "2.0", id: 1, method: "initialize", params });
    await ready;
    const models = descendantsOf(child.pid ?? 0).map(({ pid }) => pid);
    expect(models).toHaveLength(1);
    child.disconnect();
    await ended;
    await until("the model's process to end", () => models.every((pid) => !isAlive(pid)));
  });
});

describe("horizon serve --stdio", () => {
  it("is the same server", async () => {
    const server = await startReady({ command: [commandBundle, "serve", "--stdio"] });
    const direct = await startReady();
    expect(server.initializeResult).toEqual(direct.initializeResult);
    const answer = await server.inlineCompletion(DOCUMENT, CARET);
    expect(answer).not.toEqual([]);
    expect(answer).toEqual(await direct.inlineCompletion(DOCUMENT, CARET));
    await server.stop();
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });
});
