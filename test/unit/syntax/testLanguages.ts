// The real languages and grammars, from where the packages put them.
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { grammarFiles } from "../../../scripts/grammars.mjs";
import type { QuerySelection } from "../../../server/src/syntax/language.js";
import { type Languages, loadLanguages } from "../../../server/src/syntax/languages.js";
import type { WasmFiles } from "../../../server/src/syntax/wasmParser.js";

const root = join(import.meta.dirname, "..", "..", "..");
const require = createRequire(join(root, "server", "package.json"));

export const languagesDirectory = join(root, "syntaxes");

export const wasmFiles: WasmFiles = {
  runtime: require.resolve("web-tree-sitter/web-tree-sitter.wasm"),
  grammars: await gatherGrammars(join(root, "build", "grammars")),
};

/** Puts the grammars of several packages into one folder, as the build does. */
async function gatherGrammars(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const source of await grammarFiles()) {
    const target = join(folder, basename(source));
    if (!existsSync(target) || statSync(target).size !== statSync(source).size) {
      // Test files run at the same time: none may see half a grammar.
      const copy = `${target}.${process.pid}`;
      copyFileSync(source, copy);
      renameSync(copy, target);
    }
  }
  return folder;
}

/** Loads the languages; a missing grammar fails the test. */
export function loadTestLanguages(queries?: readonly QuerySelection[]): Promise<Languages> {
  return loadLanguages({
    directory: languagesDirectory,
    wasm: wasmFiles,
    queries,
    onProblem: (message) => {
      throw new Error(message);
    },
  });
}
