// Bundles the extension, the server, the command line and the model's child process into dist/, each as one CommonJS
// file, and puts the WebAssembly they load beside them.

import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { grammarFiles } from "./grammars.mjs";
import { root } from "./repository.mjs";

/** Bundle (relative to the root, without .js) → its entry point. */
const entryPoints = {
  "dist/extension": "client/src/extension.ts",
  "dist/telemetryTools": "server/src/telemetryView/tools.ts",
  "dist/server": "server/src/main.ts",
  "dist/cli": "server/src/cli.ts",
  "dist/modelHost": "server/src/modelHost.ts",
  "dist/indexWorker": "server/src/context/index/worker.ts",
  "build/bench": "test/bench/main.ts",
  "build/inferenceBench": "test/bench/inferenceBench.ts",
  "build/memoryBench": "test/bench/memoryBench.ts",
  "build/latencyGate": "test/bench/latencyGate.ts",
  "build/contextBench": "test/bench/contextBench.ts",
  "build/telemetryBench": "test/bench/telemetryBench.ts",
  "build/collectorBench": "test/bench/collector.ts",
  "build/experimentsBench": "test/bench/experiments.ts",
  "build/contextRecall": "test/contextRecall/main.ts",
  "build/extensionHostTests": "test/desktop/suite.ts",
};

/** Packages with native code, and the editor's own module: resolved at run time. */
const external = ["vscode", "onnxruntime-node", "koffi", "tree-sitter", "libsql", "pg-native"];

/**
 * Builds everything into dist/ (and the benchmark into build/).
 * @returns {Promise<void>}
 */
export async function build() {
  const esbuild = await import("esbuild");
  await mkdir(path.join(root, "dist"), { recursive: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: ".",
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "external",
    logLevel: "warning",
    // The sources are ES modules; in a CommonJS bundle these three stand for the bundle itself.
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: {
      "import.meta.url": "importMetaUrl",
      "import.meta.dirname": "__dirname",
      "import.meta.filename": "__filename",
    },
  });
  const require = createRequire(path.join(root, "server", "package.json"));
  const wasmFiles = [require.resolve("web-tree-sitter/web-tree-sitter.wasm"), ...(await grammarFiles())];
  await Promise.all(wasmFiles.map((file) => copyFile(file, path.join(root, "dist", path.basename(file)))));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const start = performance.now();
  await build();
  process.stderr.write(`built dist/ in ${Math.round(performance.now() - start)} ms\n`);
}
