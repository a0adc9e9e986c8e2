// How git is started: by its name alone, reading only, and without any program that a repository's configuration names.
// Only for a folder that the user trusts, or names.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Names of a hundred thousand files take some megabytes; more than this is another program's output. */
const mostOutput = 256 * 1024 * 1024;

/** `log.showSignature` would start gpg, a promisor remote a download, `core.fsmonitor` and hooks whatever they name. */
export const safeGitOptions: readonly string[] = [
  "--no-pager",
  "--no-optional-locks",
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "core.quotePath=false",
  "-c",
  "log.showSignature=false",
  "-c",
  "protocol.allow=never",
];

/** The environment that git runs in: it asks nobody, and fetches nothing. */
export function safeGitEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_NO_LAZY_FETCH: "1" };
}

const run = promisify(execFile);

/** What git writes in a folder. Rejects when git is missing or fails, with its `stderr` in the error. */
export async function runGit(directory: string, args: readonly string[], signal: AbortSignal): Promise<Buffer> {
  const { stdout } = await run("git", [...safeGitOptions, ...args], {
    cwd: directory,
    encoding: "buffer",
    maxBuffer: mostOutput,
    signal,
    env: safeGitEnvironment(),
  });
  return stdout;
}
