// VS Code served to a browser (code-server): installed once into a cache folder outside the repository, started on
// 127.0.0.1. `npm start` uses it where no desktop VS Code is on the PATH, the end-to-end tests always.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import path from "node:path";
import { installOnce } from "./installOnce.mjs";
import { endGroup, npmCommand, succeeds } from "./processes.mjs";
import { progress, UserError } from "./repository.mjs";
import { ensureBuildTools } from "./systemPackages.mjs";

const CODE_SERVER_VERSION = "4.139.1";

/** code-server's own requirement, newer than ours; it comes as a package with binary and headers. */
const NODE_VERSION = "24.21.0";

/** Compiles native modules; runs on the Node above. */
const NODE_GYP_VERSION = "13.1.0";

/**
 * The native modules that the workbench does not start without, and the terminal's. The others (kerberos, secrets)
 * need libraries of the system and are for things that a local editor does not do.
 */
const NATIVE_MODULES = ["@vscode/spdlog", "@vscode/native-watchdog", "node-pty"];

/** How long a server may take to answer; a cold disk is the reason for so much. */
const START_DEADLINE_MILLISECONDS = 60_000;

/** Between two questions whether the server answers. */
const POLL_MILLISECONDS = 25;

/** Where things are kept that are too large to make again for each clone. */
export const cacheFolder = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "horizon");

/**
 * @typedef {object} CodeServer
 * @property {string} address where the browser finds it, without a slash at the end
 * @property {import("node:child_process").ChildProcess} process
 * @property {() => Promise<void>} stop ends it and all that it started
 */

/**
 * Installs code-server if it is not in the cache; a half-finished install is begun again.
 * @returns {Promise<string>} the folder of the install
 */
export async function ensureCodeServer() {
  const folder = path.join(cacheFolder, `code-server-${CODE_SERVER_VERSION}-node-${NODE_VERSION}`);
  if (existsSync(folder)) {
    return folder;
  }
  const nodePackage = nodePackageName();
  await ensureBuildTools();
  await mkdir(cacheFolder, { recursive: true });
  await removeAbandonedInstalls(folder);
  progress(`installing code-server ${CODE_SERVER_VERSION} (once, about a minute)`);
  await installOnce(folder, (unfinished) => installInto(unfinished, nodePackage));
  return folder;
}

/**
 * Starts code-server and waits until it answers.
 * @param {object} options
 * @param {string} options.folder the folder of code to open
 * @param {string} options.userDataFolder settings, logs and state
 * @param {string} options.extensionsFolder holds `publisher.name-version` folders
 * @param {number} [options.port] a free one if not told
 * @param {boolean} [options.allowTelemetry] extensions are told that telemetry is on; what code-server would send of its
 *   own goes nowhere
 * @param {"inherit" | "ignore"} [options.output] where its output goes; it is ignored if not told
 * @returns {Promise<CodeServer>}
 */
export async function startCodeServer({
  folder,
  userDataFolder,
  extensionsFolder,
  port,
  allowTelemetry = false,
  output = "ignore",
}) {
  const install = await ensureCodeServer();
  const usedPort = port ?? (await freePort());
  const address = `http://127.0.0.1:${usedPort}`;
  const serverArguments = [
    path.join(install, "node_modules", "code-server", "out", "node", "entry.js"),
    ...["--auth", "none", "--bind-addr", `127.0.0.1:${usedPort}`],
    ...["--user-data-dir", userDataFolder, "--extensions-dir", extensionsFolder],
    ...(allowTelemetry ? [] : ["--disable-telemetry"]),
    ...["--disable-update-check", "--disable-workspace-trust", "--disable-getting-started-override"],
    ...["--config", path.join(userDataFolder, "config.yaml")],
    folder,
  ];
  await mkdir(userDataFolder, { recursive: true });
  await mkdir(extensionsFolder, { recursive: true });
  await writeFile(path.join(userDataFolder, "config.yaml"), "");
  const child = spawn(nodeExecutable(install), serverArguments, {
    // A group of its own: ending the group ends the extension host and the language server too.
    detached: true,
    stdio: ["ignore", output, output],
    // VSCODE_CLI: this environment is the user's already. Without it VS Code runs a login shell to ask for it, while the
    // extension host waits: 0.4 s, and more where the shell's start-up files are slow.
    env: { ...withoutEditorVariables(process.env), VSCODE_CLI: "1", CS_TELEMETRY_URL: "http://127.0.0.1:9/" },
  });
  const stop = () => endGroup(child);
  try {
    await untilHealthy(child, address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, process: child, stop };
}

/**
 * @param {string} folder
 * @param {string} nodePackage
 */
async function installInto(folder, nodePackage) {
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ private: true }));
  const npmArguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const [npm, ...first] = npmCommand();
  const step = async (/** @type {string} */ what, /** @type {Promise<boolean>} */ result) => {
    if (!(await result)) {
      throw new UserError(`code-server could not be installed: ${what} failed, its message is above.`);
    }
  };
  const packages = [
    `code-server@${CODE_SERVER_VERSION}`,
    `${nodePackage}@${NODE_VERSION}`,
    `node-gyp@${NODE_GYP_VERSION}`,
  ];
  // engine-strict would refuse code-server: it is our Node that npm looks at, not the one we run it on.
  await step(
    "its download",
    succeeds(npm, [...first, ...npmArguments, "--engine-strict=false", ...packages], { cwd: folder }),
  );
  const workbench = path.join(folder, "node_modules", "code-server", "lib", "vscode");
  await step(
    "the download of its workbench's packages",
    succeeds(npm, [...first, ...npmArguments, "--omit=dev", "--engine-strict=false"], { cwd: workbench }),
  );
  const node = nodeExecutable(folder);
  const nodeGyp = path.join(folder, "node_modules", "node-gyp", "bin", "node-gyp.js");
  for (const name of NATIVE_MODULES) {
    await step(
      `compiling ${name}`,
      succeeds(node, [nodeGyp, "rebuild", "--silent", `--nodedir=${nodeFolder(folder)}`], {
        cwd: path.join(workbench, "node_modules", name),
        env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ""}` },
      }),
    );
  }
}

/**
 * Removes what installs left behind whose process has gone.
 * @param {string} folder
 */
async function removeAbandonedInstalls(folder) {
  const prefix = `${path.basename(folder)}.`;
  for (const name of await readdir(path.dirname(folder))) {
    const pid = Number(name.startsWith(prefix) ? name.slice(prefix.length).split(".")[0] : Number.NaN);
    if (Number.isInteger(pid) && !isRunning(pid)) {
      await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
    }
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

function nodePackageName() {
  const { platform, arch } = process;
  if (platform === "linux" && (arch === "x64" || arch === "arm64")) {
    return `node-linux-${arch}`;
  }
  throw new UserError(
    `a served VS Code is to be had for Linux on x64 and arm64, not for ${platform} on ${arch}. ` +
      "Install VS Code and put its `code` command on the PATH.",
  );
}

/** @param {string} install */
function nodeFolder(install) {
  return path.join(install, "node_modules", nodePackageName());
}

/** @param {string} install */
function nodeExecutable(install) {
  return path.join(nodeFolder(install), "bin", "node");
}

/** @returns {Promise<number>} a port of 127.0.0.1 that nobody listens on */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} address
 */
async function untilHealthy(child, address) {
  const deadline = Date.now() + START_DEADLINE_MILLISECONDS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new UserError(`code-server ended while it started (exit code ${child.exitCode ?? child.signalCode}).`);
    }
    try {
      if ((await fetch(`${address}/healthz`)).ok) {
        return;
      }
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  throw new UserError(`code-server did not answer at ${address} within ${START_DEADLINE_MILLISECONDS / 1000} s.`);
}

/**
 * Inside a terminal of VS Code these variables would make ours believe that it is the outer one's child.
 * @param {NodeJS.ProcessEnv} environment
 */
function withoutEditorVariables(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(?:VSCODE_|ELECTRON_|npm_)/.test(name)));
}
