// The server's side of the worker, against a worker of a few lines that repeats what it was told.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ContextQuery } from "../../../../server/src/context/contextSource.js";
import type { ContextOptions } from "../../../../server/src/context/findContext.js";
import { IndexClient } from "../../../../server/src/context/index/client.js";
import { until } from "../../../support/until.js";
import { temporaryFolder } from "./temporaryFolder.js";

/** Answers a question with the messages so far; dies when it is told to look again; is silent about "silence". */
const script = `
const { parentPort, workerData } = require("node:worker_threads");
const told = [];
parentPort.on("message", (message) => {
  if (message.type === "rescan") throw new Error("told to die");
  if (message.type === "dispose") { parentPort.postMessage({ type: "disposed" }); return; }
  if (message.type !== "query") { told.push(message); return; }
  if (message.query.path === "silence") return;
  Atomics.sub(new Int32Array(workerData.waiting), 0, 1);
  if (message.query.path === "failure") {
    parentPort.postMessage({ type: "failed", request: message.request, message: "cannot" });
    return;
  }
  const answer = { snippets: [], sources: [{ name: JSON.stringify(told), candidates: 0, milliseconds: 0 }] };
  parentPort.postMessage({ type: "answer", request: message.request, answer });
});
`;

const options: ContextOptions = { disabled: [], snippetLength: 100, limit: 1 };
const signal = new AbortController().signal;

function query(path: string): ContextQuery {
  return {
    folder: "file:///a",
    path,
    language: undefined,
    text: "",
    offset: 0,
    window: { start: 0, end: 0 },
    edits: [],
    views: [],
    branch: "",
    coChanged: [],
  };
}

function start(): { client: IndexClient; problems: string[]; told: () => Promise<unknown[]> } {
  const folder = temporaryFolder({ "worker.cjs": script });
  const problems: string[] = [];
  const client = new IndexClient({
    script: join(folder, "worker.cjs"),
    setup: { syntaxesDirectory: "", wasm: { runtime: "", grammars: "" }, memoryLimit: 1, gitUser: { home: undefined } },
    onStatus: () => {},
    onProblem: (problem) => problems.push(problem),
  });
  const told = async (): Promise<unknown[]> => {
    const { sources } = await client.ask(query("a.ts"), options, signal);
    return JSON.parse(sources[0]?.name ?? "[]");
  };
  return { client, problems, told };
}

describe("the index's client", () => {
  it("starts a worker that died again, and tells it what is open, as it is now", async () => {
    const { client, problems, told } = start();
    client.setFolders([{ uri: "file:///a", directory: "/a" }]);
    client.setDocument("file:///a/x.ts", "one two");
    client.setDocument("file:///a/y.ts", "closed");
    client.closeDocument("file:///a/y.ts");
    client.editDocument("file:///a/x.ts", [
      { start: 0, end: 3, text: "1" },
      { start: 2, end: 5, text: "2" },
    ]);
    client.pause();
    expect(await told()).toHaveLength(6);
    client.rescan();
    await until("the end of the worker", () => problems.length === 1);
    expect(problems[0]).toMatch(/stopped working \(told to die\); Horizon starts it again/);
    await until("another worker", () => client.threadId);
    expect(await told()).toEqual([
      { type: "pause", isPaused: true },
      { type: "folders", folders: [{ uri: "file:///a", directory: "/a" }] },
      { type: "document", uri: "file:///a/x.ts", text: "1 2" },
    ]);
    await client.dispose();
  });

  it("answers with nothing what is aborted, what fails, and what waits while the worker dies", async () => {
    const { client, problems } = start();
    const abort = new AbortController();
    const aborted = client.ask(query("silence"), options, abort.signal);
    abort.abort();
    expect(await aborted).toEqual({ snippets: [], sources: [] });
    expect(await client.ask(query("failure"), options, signal)).toEqual({ snippets: [], sources: [] });
    expect(problems).toEqual([expect.stringMatching(/could not answer: cannot/)]);
    const waiting = client.ask(query("silence"), options, signal);
    client.rescan();
    expect(await waiting).toEqual({ snippets: [], sources: [] });
    await client.dispose();
    expect(await client.ask(query("a.ts"), options, signal)).toEqual({ snippets: [], sources: [] });
  });
});
