// Lays the extension out the way an editor expects to find it installed: a folder `publisher.name-version`.
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { root } from "./repository.mjs";

/** Copied: the editor may write to the manifest, and knows whose code is running by the real path of its file. */
const COPIED = ["package.json", "dist"];

/** Linked, for these are large and only read. */
const LINKED = ["models", "syntaxes", "node_modules"];

/**
 * Puts the extension into an extensions folder, in place of an older one.
 * @param {string} extensionsFolder
 * @returns {Promise<string>} the extension's folder
 */
export async function stageExtension(extensionsFolder) {
  const { publisher, name, version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const folder = path.join(extensionsFolder, `${publisher}.${name}-${version}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const entry of COPIED) {
    await cp(path.join(root, entry), path.join(folder, entry), { recursive: true });
  }
  for (const entry of LINKED.filter((linked) => existsSync(path.join(root, linked)))) {
    await symlink(path.join(root, entry), path.join(folder, entry), "dir");
  }
  return folder;
}
