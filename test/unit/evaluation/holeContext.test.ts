// The repository around a hole helps, and gives nothing of the answer away.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hole } from "../../../server/src/evaluation/hole.js";
import { createHoleAsker } from "../../../server/src/evaluation/holeAsker.js";
import { HoleContext } from "../../../server/src/evaluation/holeContext.js";
import { openCommits } from "../../../server/src/evaluation/masking/commitHoles.js";
import type { Prompt, PromptParts } from "../../../server/src/inference/generation.js";
import { DEFAULT_SETTINGS } from "../../../server/src/settings.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import type { Installation } from "../../../server/src/workspace/installation.js";
import { ScriptedModel } from "../completion/scriptedModel.js";
import { languagesDirectory, loadTestLanguages, wasmFiles } from "../syntax/testLanguages.js";

const secret = "planted_7f3a";
const never = new AbortController().signal;

let languages: Languages;
let folder: string;
let installation: Installation;

beforeAll(async () => {
  languages = await loadTestLanguages();
  folder = mkdtempSync(path.join(tmpdir(), "horizon-hole-context-"));
  const wasmDirectory = path.join(folder, "wasm");
  cpSync(wasmFiles.grammars, wasmDirectory, { recursive: true });
  cpSync(wasmFiles.runtime, path.join(wasmDirectory, "web-tree-sitter.wasm"));
  installation = {
    modelDirectory: "",
    hostScript: "",
    indexScript: "",
    syntaxesDirectory: languagesDirectory,
    wasmDirectory,
  };
});

afterAll(async () => {
  await languages.dispose();
  rmSync(folder, { recursive: true });
});

/** Sees 60 characters around the caret, so that the rest of the file may come again, and tells what it was given. */
class NarrowModel extends ScriptedModel {
  override buildPrompt(parts: PromptParts): Prompt {
    this.prompts.push(parts);
    const lengths = {
      prefixLength: Math.min(60, parts.prefix.length),
      suffixLength: Math.min(60, parts.suffix.length),
    };
    return { tokenIds: new Array(120 + parts.snippets.join("").length).fill(0), snippets: parts.snippets, ...lengths };
  }
}

/** The snippets of the prompts at holes, and all texts of these prompts but the document's own. */
async function ask(directory: string, holes: readonly Hole[], disabled: readonly string[] = []) {
  const model = new NarrowModel({ text: "x" });
  const context = new HoleContext({
    installation,
    languages,
    directory,
    settings: DEFAULT_SETTINGS,
    disabled,
    signal: never,
    onProblem: (problem) => {
      throw new Error(problem);
    },
  });
  try {
    const asker = createHoleAsker({
      model,
      settings: DEFAULT_SETTINGS,
      languages,
      disabled: new Set(disabled),
      context,
    });
    const snippets: (readonly string[])[] = [];
    for (const hole of holes) {
      snippets.push((await asker(hole, never)).suggestion.snippets);
    }
    return { snippets, prompts: model.prompts };
  } finally {
    await context.dispose();
  }
}

const filler = Array.from(
  { length: 12 },
  (_, number) => `def filler_${number}(steps):\n    return steps + ${number}\n`,
).join("\n\n");

describe("the files as they are now", () => {
  const text = `from tools import start\n\n\n${filler}\n\ndef plan(steps):\n    result = start(steps)\n    token = ${secret}(result)\n    return token\n\n\n${filler.replaceAll("filler", "after")}`;
  const at = text.indexOf(`${secret}(result)`);
  const hole: Hole = {
    id: "plan.py:1",
    cluster: "plan.py",
    path: "plan.py",
    repository: "repo",
    languageId: "python",
    prefix: text.slice(0, at),
    middle: `${secret}(result)`,
    suffix: text.slice(at + `${secret}(result)`.length),
    kind: "line",
  };
  let directory: string;

  beforeAll(() => {
    directory = path.join(folder, "now");
    mkdirSync(directory);
    writeFileSync(path.join(directory, "plan.py"), text);
    writeFileSync(path.join(directory, "tools.py"), "def start(steps, deadline=None):\n    return steps\n");
    writeFileSync(path.join(directory, "other.py"), "from tools import start\n\nsteps = start([1])\n");
  });

  it("are in the prompt, but for what the hole hides", async () => {
    // The same hole before and after one of another file, which closes it.
    const other: Hole = {
      ...hole,
      id: "other.py:1",
      path: "other.py",
      prefix: "from tools import start\n\n",
      suffix: "\n",
    };
    const { snippets, prompts } = await ask(directory, [hole, other, hole]);
    expect(snippets[0]?.join("\n")).toContain("def start(steps, deadline=None):");
    // Its own file comes again, too, from outside of the window.
    expect(snippets[0]?.join("\n")).toMatch(/def (filler|after)_/);
    expect(JSON.stringify([prompts[0], ...prompts.slice(-4)])).not.toContain(secret);
    expect(snippets[2]).toEqual(snippets[0]);
    // With the file as it is on disk the string would have come: the test can fail.
    const open = await ask(directory, [{ ...hole, path: "elsewhere.py" }]);
    expect(open.snippets.join("\n")).toContain(secret);
  });

  it("are left out by --disable context, and a source's by its name", async () => {
    expect((await ask(directory, [hole], ["context"])).snippets).toEqual([[]]);
    const without = await ask(directory, [hole], ["definitions", "callGraph", "bm25", "similarCode", "similarUses"]);
    expect(without.snippets.join("\n")).not.toContain("def start(steps, deadline=None):");
  });
});

describe("the files before a commit", () => {
  it("are what its holes have around them: nothing that the commit brought, nor a later one", async () => {
    const directory = path.join(folder, "history");
    mkdirSync(directory);
    const git = (...args: readonly string[]): void => {
      const identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"];
      execFileSync("git", [...identity, ...args], { cwd: directory });
    };
    const write = (name: string, text: string): void => writeFileSync(path.join(directory, name), text);
    git("init", "--quiet");
    // A filter of the repository would run with a real checkout.
    git("config", "filter.evil.smudge", "touch run-by-git");
    write(".gitattributes", "*.py filter=evil\n");
    write("tools.py", "def start(steps, deadline=None):\n    return steps\n");
    write(
      "plan.py",
      `from tools import start\n\n\n${filler}\n\ndef plan(steps):\n    result = start(steps)\n    return result\n`,
    );
    git("add", ".");
    git("commit", "--quiet", "-m", "one");
    write(
      "plan.py",
      `from tools import start\n\n\n${filler}\n\ndef plan(steps):\n    result = start(steps)\n    result = ${secret}(start, result)\n    return result\n`,
    );
    write(
      "tools.py",
      `def start(steps, deadline=None):\n    return steps\n\n\ndef ${secret}(start, result):\n    return start(result)\n`,
    );
    write("new.py", `from tools import start, ${secret}\n\nresult = ${secret}(start, start([1]))\n`);
    git("add", ".");
    git("commit", "--quiet", "-m", "two");

    const source = await openCommits({ directory, languages, commits: 5, signal: never });
    const holes: Hole[] = [];
    for await (const hole of source.read()) {
      if (hole !== undefined) {
        holes.push(hole);
      }
    }
    expect(holes.map(({ path: file }) => file).sort()).toEqual(["plan.py", "tools.py"]);
    const { snippets, prompts } = await ask(directory, holes);
    expect(snippets.flat().join("\n")).toContain("def start(steps, deadline=None):");
    expect(JSON.stringify(prompts)).not.toContain(secret);
    expect(() => execFileSync("test", ["-e", path.join(directory, "run-by-git")])).toThrow();
  });
});
