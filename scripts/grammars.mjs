// Finds the grammars that the languages in syntaxes/ ask for in the packages that have them.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { root } from "./repository.mjs";

/** Where packages of grammars keep them; the first that has a file gives it. */
const FOLDERS = ["@vscode/tree-sitter-wasm/wasm", "tree-sitter-c"];

/** @returns {Promise<string[]>} the paths of the grammars, each once */
export async function grammarFiles() {
  const require = createRequire(path.join(root, "server", "package.json"));
  const nodeModules = require.resolve.paths("tree-sitter-c") ?? [];
  const folders = FOLDERS.flatMap((folder) => nodeModules.map((modules) => path.join(modules, folder)));
  return (await grammarNames()).map((name) => {
    const file = folders.map((folder) => path.join(folder, name)).find((candidate) => existsSync(candidate));
    if (file === undefined) {
      throw new Error(
        `No package has the grammar ${name}. Run npm install, or name its package in scripts/grammars.mjs.`,
      );
    }
    return file;
  });
}

/** @returns {Promise<string[]>} the file names that the languages' definitions name */
async function grammarNames() {
  const syntaxes = path.join(root, "syntaxes");
  const names = new Set();
  for (const folder of await readdir(syntaxes)) {
    const definition = path.join(syntaxes, folder, "language.json");
    // Some folders hold queries that languages have in common, and no language.
    if (existsSync(definition)) {
      names.add(JSON.parse(await readFile(definition, "utf8")).grammar);
    }
  }
  return [...names];
}
