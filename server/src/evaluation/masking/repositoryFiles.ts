// The source files of a folder: those that git would not ignore, of languages that Horizon knows, as text.
import { lstat, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Languages } from "../../syntax/languages.js";
import { isMissing } from "../../workspace/fileError.js";
import { InputError } from "../../workspace/inputError.js";
import { languageIdOf } from "../../workspace/installation.js";
import { runGit } from "../../workspace/runGit.js";
import { decodeSource } from "../../workspace/sourceFile.js";

/** Larger files are data and bundles: nobody writes them by hand. */
export const largestFileBytes = 512 * 1024;

/** Characters per line, on average, above which a file is minified or generated. */
const longestAverageLine = 200;

/** A source file. */
export interface RepositoryFile {
  /** Path in the folder, with forward slashes. */
  readonly path: string;
  readonly languageId: string;
  readonly text: string;
}

/**
 * Runs git in a folder and returns what it writes.
 *
 * @throws {InputError} when git is missing or fails
 */
export async function readGit(directory: string, args: readonly string[], signal: AbortSignal): Promise<Buffer> {
  try {
    return await runGit(directory, args, signal);
  } catch (error) {
    signal.throwIfAborted();
    const output = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new InputError(
      isMissing(error)
        ? "git is not installed; install it and try again."
        : `git cannot read ${directory}: ${output || error}`,
    );
  }
}

/** @throws {InputError} when it is no folder */
export async function checkFolder(directory: string): Promise<void> {
  const entry = await stat(directory).catch(() => undefined);
  if (entry?.isDirectory() !== true) {
    throw new InputError(`--repo: ${directory} is no folder.`);
  }
}

/** Paths of the files that git would not ignore, whether it knows them already or not; sorted, so always the same. */
export async function listFiles(directory: string, signal: AbortSignal): Promise<readonly string[]> {
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const isRepository = await readGit(directory, ["rev-parse", "--git-dir"], signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof InputError) return false;
      throw error;
    },
  );
  let output: Buffer;
  if (isRepository) {
    output = await readGit(directory, list, signal);
  } else {
    // Outside every repository: an empty one elsewhere, for which this folder is the work tree, reads .gitignore all the same.
    const empty = await mkdtemp(join(tmpdir(), "horizon-git-"));
    try {
      await runGit(empty, ["init", "--quiet", "--bare", "."], signal);
      output = await readGit(directory, ["--git-dir", empty, "--work-tree", directory, ...list], signal);
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
  }
  return [...new Set(output.toString("utf8").split("\0"))].filter((path) => path !== "").sort();
}

/** The text of a file if it is code that somebody wrote; undefined for all else. */
export async function readSource(
  directory: string,
  path: string,
  languages: Languages,
): Promise<RepositoryFile | undefined> {
  const languageId = languageIdOf(path, languages);
  if (languageId === "plaintext") {
    return undefined;
  }
  const file = join(directory, path);
  const entry = await lstat(file).catch(() => undefined);
  if (entry?.isFile() !== true || entry.size > largestFileBytes) {
    return undefined;
  }
  const text = toSource(await readFile(file));
  return text === undefined ? undefined : { path, languageId, text };
}

/** Text that somebody wrote; undefined for binary, minified and empty files. */
export function toSource(bytes: Uint8Array): string | undefined {
  const text = bytes.length > largestFileBytes ? undefined : decodeSource(bytes);
  if (text === undefined || text.trim() === "" || text.includes("\ufffd")) {
    return undefined;
  }
  const lines = text.split("\n").length;
  return text.length / lines > longestAverageLine ? undefined : text;
}

/** The name of a folder, as the prompt states it. */
export function repositoryName(directory: string): string {
  return basename(directory);
}
