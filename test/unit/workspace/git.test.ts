// What git says of a folder.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CoChanges, parseLog, readBranch, readCoChanges } from "../../../server/src/workspace/git.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-git-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;

function git(...args: readonly string[]): void {
  const identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"];
  execFileSync("git", [...identity, ...args], { cwd: folder, stdio: "ignore" });
}

describe("the branch", () => {
  it("is read from git's files, from within a folder, too", async () => {
    git("init", "--quiet", "--initial-branch=fix/482-rates");
    await mkdir(path.join(folder, "deep", "er"), { recursive: true });
    expect(await readBranch(folder)).toBe("fix/482-rates");
    expect(await readBranch(path.join(folder, "deep", "er"))).toBe("fix/482-rates");
  });

  it("is that of a linked work tree, and nothing where none is checked out, or there is no git", async () => {
    git("init", "--quiet");
    git("commit", "--quiet", "--allow-empty", "-m", "one");
    git("worktree", "add", "--quiet", "-b", "other", "linked");
    expect(await readBranch(path.join(folder, "linked"))).toBe("other");
    git("checkout", "--quiet", "--detach");
    expect(await readBranch(folder)).toBe("");
    expect(await readBranch(path.parse(folder).root)).toBe("");
  });
});

describe("what changes together", () => {
  it("is counted over commits, without sweeps, and needs more than one", () => {
    const many = Array.from({ length: 40 }, (_, file) => `m${file}.py`);
    const changes = new CoChanges([
      ["a", "b", "c"],
      ["a", "b"],
      ["b", "d"],
      ["a"],
      ["a", "c"],
      ["a", ...many],
      ["a", ...many],
    ]);
    expect(changes.of("a")).toEqual([
      { path: "b", times: 2 },
      { path: "c", times: 2 },
    ]);
    expect(changes.of("d")).toEqual([]);
  });

  it("is the first few of those", () => {
    const files = Array.from({ length: 20 }, (_, file) => `f${file}.py`);
    expect(new CoChanges([files, files]).of("f0.py")).toHaveLength(8);
  });

  it("is read from git's log, of this folder alone, with names as they are", async () => {
    git("init", "--quiet");
    await mkdir(path.join(folder, "src"));
    for (const text of ["1", "2", "3"]) {
      for (const name of ["src/ä b.py", "src/c.py", "outside.py"]) {
        await writeFile(path.join(folder, name), text);
      }
      git("add", ".");
      git("commit", "--quiet", "-m", text);
    }
    const changes = await readCoChanges(path.join(folder, "src"), never);
    expect(changes.of("c.py")).toEqual([{ path: "ä b.py", times: 3 }]);
  });

  it("runs nothing that the repository's configuration names", async () => {
    git("init", "--quiet");
    await writeFile(path.join(folder, "a.py"), "1");
    git("add", ".");
    git("commit", "--quiet", "-m", "one");
    const mark = path.join(folder, "was-run");
    const program = path.join(folder, "program");
    await writeFile(program, `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
    for (const key of ["core.fsmonitor", "gpg.program", "core.pager", "diff.external", "core.sshCommand"]) {
      git("config", key, program);
    }
    git("config", "log.showSignature", "true");
    await readCoChanges(folder, never);
    expect(existsSync(mark)).toBe(false);
  });

  it("is nothing outside of git, and when it is stopped", async () => {
    expect((await readCoChanges(folder, never)).of("a")).toEqual([]);
    expect((await readCoChanges(folder, AbortSignal.abort())).of("a")).toEqual([]);
  });

  it("is read whatever the names are", () => {
    expect(parseLog("\u0001\0\na\nb.py\0c.py\0\u0001\0\nd.py\0")).toEqual([["a\nb.py", "c.py"], ["d.py"]]);
    expect(parseLog("")).toEqual([]);
  });
});
