// `npm start [folder] [--port N]` opens an editor with Horizon in it; `npm start -- SUBCOMMAND …` runs the `horizon`
// command, whose result alone goes to standard output. Works in a fresh clone: it installs and builds what is missing.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { cacheFolder, ensureCodeServer, startCodeServer } from "./codeServer.mjs";
import { prepare } from "./prepare.mjs";
import { endLike, findProgram, onEndingSignal, run } from "./processes.mjs";
import { callerFolder, progress, root, runMain, UserError } from "./repository.mjs";
import { stageExtension } from "./stageExtension.mjs";

const COMMANDS_FOLDER = path.join(root, "server", "src", "commands");

/** Options that the `horizon` command answers without a subcommand. */
const COMMAND_OPTIONS = ["-h", "--help", "help", "-V", "--version"];

/** What a first start shows: the folder's code, and no panels for services that are not there. */
const FIRST_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
};

runMain(async () => {
  const commandArguments = process.argv.slice(2);
  const [first] = commandArguments;
  if (first !== undefined && (COMMAND_OPTIONS.includes(first) || subcommands().includes(first))) {
    await prepare();
    return endLike(
      await run(process.execPath, ["--enable-source-maps", path.join(root, "dist", "cli.js"), ...commandArguments], {
        cwd: callerFolder,
      }),
    );
  }
  const { folder, port } = readEditorArguments(commandArguments);
  await prepare();
  const desktop = port === undefined ? findProgram("code") : undefined;
  return desktop === undefined ? serveEditor(folder, port) : openDesktop(desktop, folder);
});

/** Names of the `horizon` command's subcommands: each is one file. */
function subcommands() {
  if (!existsSync(COMMANDS_FOLDER)) {
    return [];
  }
  return readdirSync(COMMANDS_FOLDER)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.basename(file, ".ts"));
}

/**
 * @param {string[]} editorArguments
 * @returns {{folder: string, port: number | undefined}}
 */
function readEditorArguments(editorArguments) {
  const { values, positionals } = parse(editorArguments);
  const [typed = ".", ...tooMany] = positionals;
  const folder = path.resolve(callerFolder, typed);
  if (tooMany.length > 0) {
    throw new UserError(`one folder can be opened, not ${positionals.length}: ${positionals.join(" ")}`);
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    const isPath = typed.includes("/") || typed.includes(path.sep) || existsSync(folder);
    const known = isPath ? "" : ` nor is ${typed} a subcommand (${subcommands().join(", ")})`;
    throw new UserError(`${folder} is no folder${isPath ? "" : ","}${known}.`);
  }
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new UserError(`--port takes a number from 1 to 65535, not ${values.port}.`);
  }
  return { folder, port };
}

/** @param {string[]} editorArguments */
function parse(editorArguments) {
  try {
    return parseArgs({ args: editorArguments, allowPositionals: true, options: { port: { type: "string" } } });
  } catch (error) {
    throw new UserError(`${/** @type {Error} */ (error).message}\nUsage: npm start [folder] [-- --port N]`);
  }
}

/**
 * @param {string} code
 * @param {string} folder
 */
async function openDesktop(code, folder) {
  progress(`opening ${folder} in ${code}`);
  return endLike(
    await run(code, [`--extensionDevelopmentPath=${root}`, folder], { shell: process.platform === "win32" }),
  );
}

/**
 * @param {string} folder
 * @param {number | undefined} port
 */
async function serveEditor(folder, port) {
  await ensureCodeServer();
  // Settings and open files are kept from one start to the next, for each clone of Horizon its own.
  const clone = createHash("sha256").update(root).digest("hex").slice(0, 12);
  const state = path.join(cacheFolder, `editor-${clone}`);
  const extensionsFolder = path.join(state, "extensions");
  await stageExtension(extensionsFolder);
  const userDataFolder = path.join(state, "data");
  await writeFirstSettings(path.join(userDataFolder, "User", "settings.json"));
  const ended = new Promise((resolve) => onEndingSignal(resolve));
  const server = await startCodeServer({
    folder,
    extensionsFolder,
    userDataFolder,
    ...(port === undefined ? {} : { port }),
  });
  process.stdout.write(
    `VS Code with Horizon: ${server.address}/?folder=${encodeURIComponent(folder).replaceAll("%2F", "/")}\n`,
  );
  progress("Ctrl+C ends it");
  const exited = new Promise((resolve) => server.process.once("exit", (code) => resolve(code ?? 1)));
  const code = await Promise.race([exited, ended.then(() => 0)]);
  await server.stop();
  return code;
}

/** @param {string} settingsPath left as it is where it exists: from then on the settings are the user's */
async function writeFirstSettings(settingsPath) {
  if (!existsSync(settingsPath)) {
    await mkdir(path.dirname(settingsPath), { recursive: true });
    await writeFile(settingsPath, `${JSON.stringify(FIRST_SETTINGS, null, 2)}\n`);
  }
}
