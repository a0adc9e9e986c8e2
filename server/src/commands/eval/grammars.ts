// Where the grammars of the metrics and the holes are.
import { join } from "node:path";
import { createMetrics, type Metrics } from "../../evaluation/metrics/index.js";
import type { Languages } from "../../syntax/languages.js";
import type { WasmFiles } from "../../syntax/parser.js";
import type { Installation } from "../../workspace/installation.js";

/** The WebAssembly files of an installation. */
export function wasmFilesOf({ wasmDirectory }: Installation): WasmFiles {
  return { runtime: join(wasmDirectory, "web-tree-sitter.wasm"), grammars: wasmDirectory };
}

/** All metrics, with the installation's grammars. Dispose them. */
export function loadMetrics(installation: Installation, languages: Languages): Promise<Metrics> {
  return createMetrics({
    languages,
    wasm: wasmFilesOf(installation),
    onProblem: (problem) => process.stderr.write(`horizon: ${problem}\n`),
  });
}
