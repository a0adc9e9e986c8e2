// Child processes: run one to its end, pass signals on, end a whole tree.
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** Signals that end us from outside; a child must get them too. */
const ENDING_SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/** Between two looks whether our parent still lives. */
const PARENT_POLL_MILLISECONDS = 200;

/** How long a process may take to end by itself before it is killed. */
const GRACE_MILLISECONDS = 3000;

/**
 * Runs a program to its end and passes signals on to it.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {import("node:child_process").SpawnOptions} [options] standard input, output and error are ours unless told
 * @returns {Promise<{code: number | null, signal: NodeJS.Signals | null}>}
 */
export function run(command, commandArguments, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, { stdio: "inherit", ...options });
    const stopForwarding = onEndingSignal((signal) => child.kill(signal));
    child.on("error", (error) => {
      stopForwarding();
      reject(error);
    });
    child.on("close", (code, signal) => {
      stopForwarding();
      resolve({ code, signal });
    });
  });
}

/**
 * Runs a program whose output is for the user's information: all of it goes to standard error.
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<boolean>} whether it succeeded
 */
export async function succeeds(command, commandArguments, options = {}) {
  const { code } = await run(command, commandArguments, { stdio: ["ignore", process.stderr, "inherit"], ...options });
  return code === 0;
}

/**
 * Ends this process the way a child ended: with its exit code, or by the signal that ended it.
 * @param {{code: number | null, signal: NodeJS.Signals | null}} end
 * @returns {number}
 */
export function endLike({ code, signal }) {
  if (signal !== null) {
    process.kill(process.pid, signal);
  }
  return code ?? 1;
}

/**
 * Calls back when this process is told to end, instead of ending it. The death of its parent counts: npm passes a
 * signal on to a shell between itself and us, and the shell ends without passing it on.
 * @param {(signal: NodeJS.Signals) => void} listener
 * @returns {() => void} stops listening
 */
export function onEndingSignal(listener) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(watch);
      listener("SIGTERM");
    }
  }, PARENT_POLL_MILLISECONDS).unref();
  for (const signal of ENDING_SIGNALS) {
    process.on(signal, listener);
  }
  return () => {
    clearInterval(watch);
    for (const signal of ENDING_SIGNALS) {
      process.off(signal, listener);
    }
  };
}

/**
 * Ends a process that was spawned `detached`, and all that it started.
 * @param {import("node:child_process").ChildProcess} leader
 * @returns {Promise<void>} resolves when the leader has ended
 */
export async function endGroup(leader) {
  if (leader.pid === undefined) {
    return;
  }
  const group = -leader.pid;
  const ended = new Promise((resolve) => {
    if (leader.exitCode !== null || leader.signalCode !== null) {
      resolve(undefined);
    } else {
      leader.once("exit", resolve);
    }
  });
  signalGroup(group, "SIGTERM");
  const killer = setTimeout(() => signalGroup(group, "SIGKILL"), GRACE_MILLISECONDS);
  await ended;
  clearTimeout(killer);
  // What the leader did not take with it.
  signalGroup(group, "SIGKILL");
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(group, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") {
      throw error;
    }
  }
}

/**
 * Finds a program on the PATH.
 * @param {string} name
 * @returns {string | undefined} its absolute path
 */
export function findProgram(name) {
  const extensions = process.platform === "win32" ? [".cmd", ".exe", ".bat"] : [""];
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const extension of extensions) {
      const candidate = path.join(folder, name + extension);
      if (folder !== "" && isExecutable(candidate)) {
        return candidate;
      }
    }
  }
  return undefined;
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * How to start npm: the one that runs us, else the one on the PATH.
 * @returns {readonly [string, ...string[]]} program and first arguments
 */
export function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith(".js")) {
    return [process.execPath, npm];
  }
  return [findProgram("npm") ?? "npm"];
}
