// What git knows of a folder: its branch, read as text, and by git itself, in a trusted workspace only, what changes
// together.
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runGit } from "./runGit.js";

/**
 * Commits that are looked at. Older ones say how the project was, not how it is; reading a thousand takes git about 0.2 s
 * where the history is in a pack.
 */
const mostCommits = 1000;

/** A commit with more files is a sweep (formatting, a rename): it says nothing of any two of them. */
const mostFilesOfCommit = 30;

/** Name of a folder's branch; empty outside of git, and where no branch is checked out. Never rejects. */
export async function readBranch(folder: string): Promise<string> {
  for (let directory = folder; ; directory = resolve(directory, "..")) {
    const head = await readFile(join(await gitFolderOf(directory), "HEAD"), "utf8").catch(() => undefined);
    if (head !== undefined) {
      return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1]?.trim() ?? "";
    }
    if (directory === resolve(directory, "..")) {
      return "";
    }
  }
}

/** `.git`, or the folder that it names: linked work trees and submodules have a file there. */
async function gitFolderOf(directory: string): Promise<string> {
  const path = join(directory, ".git");
  const entry = await stat(path).catch(() => undefined);
  const link = entry?.isFile() === true ? await readFile(path, "utf8").catch(() => "") : "";
  const named = /^gitdir: (.+)$/m.exec(link)?.[1]?.trim();
  return named === undefined ? path : resolve(directory, named);
}

/** Files that change together with one, at most: what comes after the first few is chance. */
const mostCoChanged = 8;

/** Which files of a folder change in the same commits. */
export class CoChanges {
  /** Files of each commit, newest first. */
  readonly #commits: readonly (readonly string[])[];

  constructor(commits: readonly (readonly string[])[]) {
    this.#commits = commits.filter(({ length }) => length > 1 && length <= mostFilesOfCommit);
  }

  /** The files that changed together with this one most often, with how often; at least twice, as once is chance. */
  of(path: string): readonly { readonly path: string; readonly times: number }[] {
    const times = new Map<string, number>();
    for (const files of this.#commits) {
      for (const other of files.includes(path) ? files : []) {
        if (other !== path) {
          times.set(other, (times.get(other) ?? 0) + 1);
        }
      }
    }
    return [...times]
      .filter(([, often]) => often > 1)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, mostCoChanged)
      .map(([other, often]) => ({ path: other, times: often }));
  }
}

/**
 * Reads git's log. Runs git, by its name alone: only for a folder that the user trusts. Never rejects: without git, or
 * without a history, nothing changes together.
 */
export async function readCoChanges(folder: string, signal: AbortSignal): Promise<CoChanges> {
  const log = ["log", `--max-count=${mostCommits}`, "--no-merges", "--no-renames", "--no-ext-diff", "--no-textconv"];
  try {
    const output = await runGit(
      folder,
      [...log, "--relative", "--name-only", "-z", "--format=%x01", "--", "."],
      signal,
    );
    return new CoChanges(parseLog(output.toString("utf8")));
  } catch {
    return new CoChanges([]);
  }
}

/** Paths of each commit in git's output: a mark before each commit, zeros between names. */
export function parseLog(output: string): readonly (readonly string[])[] {
  return output
    .split("\u0001")
    .slice(1)
    .map((commit) =>
      commit
        .split("\0")
        .map((path) => path.replace(/^\n/, ""))
        .filter((path) => path !== ""),
    );
}
