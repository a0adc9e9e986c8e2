// Brings a clone to the point where it runs: packages as in the lock file, bundles as in the sources. Cheap when nothing
// has changed. Only Node's own modules at the top: this runs before an install.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { npmCommand, succeeds } from "./processes.mjs";
import { progress, root, UserError } from "./repository.mjs";

/** Oldest Node that the packages run on. */
const OLDEST_NODE = [20, 19];

/** What the bundles are made of. */
const BUILD_INPUTS = [
  "client/src",
  "server/src",
  "test/bench",
  "test/desktop",
  "scripts/build.mjs",
  "package-lock.json",
];

/** Installs and builds whatever is missing or out of date. */
export async function prepare() {
  await ensureInstalled();
  await ensureBuilt();
}

/** Installs the packages when they are not the lock file's. */
export async function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new UserError(`Node ${OLDEST_NODE.join(".")} or later is needed; this is ${process.versions.node}.`);
  }
  if (await isInstalled()) {
    return;
  }
  progress("installing packages");
  const [npm, ...first] = npmCommand();
  // Development packages are needed to build, whatever NODE_ENV says.
  const npmArguments = [...first, "ci", "--include=dev", "--loglevel=error", "--no-progress"];
  if (!(await succeeds(npm, npmArguments, { cwd: root }))) {
    throw new UserError(
      "the packages could not be installed; npm's message is above. The package registry must be reachable.",
    );
  }
}

/** Builds dist/ when a source is another than at the last build. */
export async function ensureBuilt() {
  const stampPath = path.join(root, "build", "stamp");
  const stamp = await sourceStamp();
  if (existsSync(path.join(root, "dist")) && (await readIfThere(stampPath)) === stamp) {
    return;
  }
  progress("building");
  const { build } = await import("./build.mjs");
  try {
    await build();
  } catch (error) {
    // The bundler has said what is wrong, and where.
    throw new UserError(`the build failed: ${/** @type {Error} */ (error).message.split("\n")[0]}`);
  }
  await mkdir(path.dirname(stampPath), { recursive: true });
  await writeFile(stampPath, stamp);
}

/** Whether node_modules holds what the lock file names, by npm's own note of what it put there. */
async function isInstalled() {
  const installed = await readIfThere(path.join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) {
    return false;
  }
  const installedPackages = JSON.parse(installed).packages;
  const lockedPackages = JSON.parse(await readFile(path.join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(lockedPackages).every(
    ([name, locked]) =>
      locked.integrity === undefined || locked.optional || installedPackages[name]?.integrity === locked.integrity,
  );
}

/** Changes when a source file is changed, added or taken away. */
async function sourceStamp() {
  const hash = createHash("sha256");
  for (const input of BUILD_INPUTS) {
    for (const file of await filesUnder(path.join(root, input))) {
      const { mtimeMs, size } = await stat(file);
      hash.update(`${path.relative(root, file)}\0${mtimeMs}\0${size}\n`);
    }
  }
  return hash.digest("hex");
}

/**
 * @param {string} fileOrFolder
 * @returns {Promise<string[]>} all files under it, itself if it is one; none if it does not exist
 */
async function filesUnder(fileOrFolder) {
  if (!existsSync(fileOrFolder)) {
    return [];
  }
  if ((await stat(fileOrFolder)).isFile()) {
    return [fileOrFolder];
  }
  const entries = await readdir(fileOrFolder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** @param {string} file */
async function readIfThere(file) {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
