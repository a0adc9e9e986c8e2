// What came next in the workspace's files is what the editor is suggested, by the memory alone: no snippets are in the prompt.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DidChangeWatchedFilesNotification, FileChangeType } from "vscode-languageserver-protocol/node";
import { contextSources } from "../../server/src/context/sources/index.js";
import { until } from "../support/until.js";
import { ServerProcess } from "./serverProcess.js";

let folder: string;
let server: ServerProcess | undefined;

const noSources = Object.fromEntries(contextSources.map(({ name }) => [name, false]));
const uriOf = (name: string): string => pathToFileURL(path.join(folder, name)).href;

/** Nobody writes that who has not seen it. */
const strange = "    overflow = zq_handle(register_bank_seven, mask=0x7f, carry_lane=quarto)\n";
const app = "def step(register_bank_seven, quarto):\n    overflow = zq_handle(register_bank_seven, ";

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), "horizon-memory-")), "machine");
  await mkdir(folder);
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(path.dirname(folder), { recursive: true });
});

async function start(memory: boolean): Promise<ServerProcess> {
  server = await ServerProcess.start({
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "machine" }],
    settings: { context: { timeLimit: 1000, sources: noSources, memory } },
  });
  await server.untilState("ready");
  return server;
}

/** What is suggested behind the first argument; another text each time, so that no answer is known. */
async function ask(editor: ServerProcess, round: number): Promise<string> {
  const text = app.replace("step", `step${"x".repeat(round)}`);
  if (round === 0) await editor.open(uriOf("app.py"), "python", text);
  else await editor.change(uriOf("app.py"), { text });
  const lines = text.split("\n");
  const end = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  const answer = await editor.inlineCompletion(uriOf("app.py"), end);
  return JSON.stringify(answer);
}

describe("the repository's memory", () => {
  it("lets the editor suggest what stands in other files, as they are now", async () => {
    await writeFile(path.join(folder, "lanes.py"), `def lanes():\n${strange.repeat(4)}`);
    const editor = await start(true);
    await editor.untilIndexed(1);
    let round = 0;
    await until("the line of the other file", async () =>
      (await ask(editor, round++)).includes("mask=0x7f, carry_lane=quarto") ? true : undefined,
    );

    await writeFile(path.join(folder, "lanes.py"), `def lanes():\n${strange.replace("0x7f", "0x3e").repeat(4)}`);
    await editor.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
      changes: [{ uri: uriOf("lanes.py"), type: FileChangeType.Changed }],
    });
    await until("the line as it is now", async () =>
      (await ask(editor, round++)).includes("mask=0x3e") ? true : undefined,
    );
  });

  it("is asked nothing where the settings do not want it", async () => {
    await writeFile(path.join(folder, "lanes.py"), `def lanes():\n${strange.repeat(4)}`);
    const editor = await start(false);
    await editor.untilIndexed(1);
    for (let round = 0; round < 4; round++) expect(await ask(editor, round)).not.toContain("carry_lane");
  });
});
