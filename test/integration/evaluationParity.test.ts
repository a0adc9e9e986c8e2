// What the editor's server records is built again by the command, token by token.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BLOCK_START, CodeFolder, makeHoles, WITHIN_A_LINE } from "./realCode.js";
import { commandBundle, ServerProcess } from "./serverProcess.js";

const run = promisify(execFile);

let folder: string;
let code: CodeFolder;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-parity-"));
  code = await CodeFolder.create();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await code.remove();
});

/** Completes at holes of real files as an editor does, key stroke by key stroke in one of them. */
async function work(options: unknown): Promise<void> {
  const server = await ServerProcess.start({
    workspaceFolders: [code.workspace("python"), code.workspace("typescript")],
    initializationOptions: options,
  });
  await server.untilState("ready");
  for (const file of [await code.python, await code.typeScript]) {
    const holes = [...makeHoles(file.text, WITHIN_A_LINE, 2), ...makeHoles(file.text, BLOCK_START, 2, 3)];
    await server.open(file.uri, file.languageId, file.text);
    for (const { text, position, missing } of holes) {
      await server.change(file.uri, { text });
      await server.inlineCompletion(file.uri, position);
      for (const [index, character] of [...missing.slice(0, 2)].entries()) {
        const start = { line: position.line, character: position.character + index };
        if (character === "\n") break;
        await server.change(file.uri, { range: { start, end: start }, text: character });
        await server.inlineCompletion(file.uri, { line: start.line, character: start.character + 1 });
      }
    }
    await server.close(file.uri);
  }
  await server.stop();
}

describe("a recording of the editor", () => {
  it("gives the same token ids through the command", async () => {
    const recording = path.join(folder, "prompts.jsonl");
    await work({ recordPromptsTo: recording, streaming: true });
    const lines = (await readFile(recording, "utf8")).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(8);
    expect((await stat(recording)).mode & 0o077).toBe(0);
    const { stdout } = await run(process.execPath, [commandBundle, "eval", "parity", recording]);
    expect(stdout).toBe(`${lines.length} of ${lines.length} prompts have the same tokens\n`);

    // A recording that says something else is told apart: the command does compare.
    const broken = JSON.parse(lines[0] ?? "");
    await writeFile(recording, `${JSON.stringify({ ...broken, offset: broken.offset - 1 })}\n`);
    await expect(run(process.execPath, [commandBundle, "eval", "parity", recording])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the prompts differ at"),
    });
  });

  it("that is broken is refused with its place", async () => {
    const file = path.join(folder, "broken.jsonl");
    await writeFile(file, '{"format":"horizon-recording-1"}\n');
    await expect(run(process.execPath, [commandBundle, "eval", "parity", file])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/broken\.jsonl:1: this line is no recorded prompt/),
    });
  });
});
