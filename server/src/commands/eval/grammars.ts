// The metrics, with the grammars that some of them need.
import { createMetrics, type Metrics } from "../../evaluation/metrics/index.js";
import type { Languages } from "../../syntax/languages.js";
import { type Installation, wasmFilesOf } from "../../workspace/installation.js";

/** All metrics, with the installation's grammars. Dispose them. */
export function loadMetrics(installation: Installation, languages: Languages): Promise<Metrics> {
  return createMetrics({
    languages,
    wasm: wasmFilesOf(installation),
    onProblem: (problem) => process.stderr.write(`horizon: ${problem}\n`),
  });
}
