// The index of a folder in the command's own process hears what happens while it reads, and is of use before it has read all.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installationAround } from "../../../server/src/workspace/installation.js";
import { LocalIndex, type LocalIndexOptions } from "../../../server/src/workspace/localIndex.js";

/** Enough for a walk and a reading that do not fit between two turns of the event loop. */
const files = 400;

let folder: string;
let options: LocalIndexOptions;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-local-index-"));
  await mkdir(path.join(folder, "near"));
  const code = "def add(one, other):\n    return one + other\n".repeat(20);
  await Promise.all(Array.from({ length: files }, (_, n) => writeFile(path.join(folder, `module${n}.py`), code)));
  await writeFile(path.join(folder, "near", "caret.py"), code);
  options = {
    installation: installationAround(path.join(import.meta.dirname, "../../../dist")),
    directory: folder,
    memoryLimit: 1 << 28,
    signal: new AbortController().signal,
    onProblem: () => {},
  };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the index of a folder in this process", () => {
  it("does with what it has when patience ends, and goes on where it was", async () => {
    const uri = pathToFileURL(path.join(folder, "near", "caret.py")).href;
    const index = await LocalIndex.open({ ...options, document: { uri, text: "x = 1\n" }, patience: 0 });
    try {
      expect(index.status.state).not.toBe("ready");
      expect(index.text("near/caret.py")).toBe("x = 1\n");
      await index.update();
      expect(index.status).toMatchObject({ state: "ready", files: files + 1 });
    } finally {
      await index.dispose();
    }
  });
});
