// The real languages and grammars, from where the packages put them.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Languages, loadLanguages } from "../../../server/src/syntax/languages.js";
import type { WasmFiles } from "../../../server/src/syntax/parser.js";

const root = join(import.meta.dirname, "..", "..", "..");
const require = createRequire(join(root, "server", "package.json"));

export const languagesDirectory = join(root, "syntaxes");

export const wasmFiles: WasmFiles = {
  runtime: require.resolve("web-tree-sitter/web-tree-sitter.wasm"),
  grammars: dirname(require.resolve("@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm")),
};

/** Loads the languages; a missing grammar fails the test. */
export function loadTestLanguages(): Promise<Languages> {
  return loadLanguages({
    directory: languagesDirectory,
    wasm: wasmFiles,
    onProblem: (message) => {
      throw new Error(message);
    },
  });
}
