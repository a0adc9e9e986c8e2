// The code of a repository as it was at a commit, in a folder of its own: for an index that must not know what came later.
// Reads git's objects; nothing is checked out, so that no filter or hook of the repository runs.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Languages } from "../syntax/languages.js";
import { languageIdOf } from "../workspace/installation.js";
import { safeGitEnvironment, safeGitOptions } from "../workspace/runGit.js";
import { largestFileBytes, readGit } from "./masking/repositoryFiles.js";

/** Objects that are read at once: their contents are in memory together. */
const objectsAtOnce = 500;

/** Holds one commit's files at a time. Dispose it. */
export class RevisionFolder {
  /** Absolute path. */
  readonly path: string;
  readonly #repository: string;
  readonly #languages: Languages;
  /** Names of git's objects, by path. */
  #objects: ReadonlyMap<string, string> = new Map();

  private constructor(path: string, repository: string, languages: Languages) {
    this.path = path;
    this.#repository = repository;
    this.#languages = languages;
  }

  static async create(repository: string, languages: Languages): Promise<RevisionFolder> {
    return new RevisionFolder(await mkdtemp(join(tmpdir(), "horizon-revision-")), repository, languages);
  }

  /**
   * Makes the folder hold a commit's code; writes what differs from what it holds.
   *
   * @returns the paths that changed, relative
   * @throws {InputError} when git cannot read the commit
   */
  async checkOut(revision: string, signal: AbortSignal): Promise<readonly string[]> {
    const objects = await this.#list(revision, signal);
    const gone = [...this.#objects.keys()].filter((path) => !objects.has(path));
    for (const path of gone) {
      await rm(join(this.path, path), { force: true });
    }
    const changed = [...objects].filter(([path, name]) => this.#objects.get(path) !== name);
    for (let start = 0; start < changed.length; start += objectsAtOnce) {
      const some = changed.slice(start, start + objectsAtOnce);
      const contents = await readObjects(
        this.#repository,
        some.map(([, name]) => name),
        signal,
      );
      for (const [index, [path]] of some.entries()) {
        const file = join(this.path, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, contents[index] ?? "");
      }
    }
    this.#objects = objects;
    return [...gone, ...changed.map(([path]) => path)];
  }

  async dispose(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** The objects of a commit's code, by path from the repository's top. */
  async #list(revision: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const args = ["ls-tree", "-r", "-l", "-z", "--full-tree", revision];
    const output = (await readGit(this.#repository, args, signal)).toString("utf8");
    const objects = new Map<string, string>();
    for (const line of output.split("\0")) {
      // Links and submodules have other modes; a path that leads out of the folder is none of git's making.
      const [, name, size, path] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line) ?? [];
      const isInside = path !== undefined && !path.split("/").some((part) => part === ".." || part === "");
      const isCode = isInside && languageIdOf(path, this.#languages) !== "plaintext";
      if (name !== undefined && isCode && Number(size) <= largestFileBytes) {
        objects.set(path, name);
      }
    }
    return objects;
  }
}

/** The contents of git's objects, in the order asked for. */
async function readObjects(
  repository: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const child = spawn("git", [...safeGitOptions, "cat-file", "--batch"], {
    cwd: repository,
    signal,
    stdio: ["pipe", "pipe", "ignore"],
    env: safeGitEnvironment(),
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on("error", () => {}); // it has ended: its exit tells
  child.stdin.end(`${names.join("\n")}\n`);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  const output = Buffer.concat(chunks);
  const contents: Buffer[] = [];
  for (let at = 0; at < output.length; ) {
    const lineEnd = output.indexOf("\n", at);
    const size = Number(/ blob (\d+)$/.exec(output.toString("latin1", at, lineEnd))?.[1] ?? 0);
    contents.push(output.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 1 + size + 1;
  }
  return contents;
}
