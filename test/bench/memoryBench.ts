// npm run bench:memory -- FOLDER...: how much the memory should weigh (mixing.ts), and what drafts are worth. Folders of
// repositories that the model was not trained on: the weights are fitted on every other one and checked on the rest.
import path from "node:path";
import { parseArgs } from "node:util";
import { openInPlaceGraph } from "../../server/src/inference/backends/onnxLibrary/inPlaceGraph.js";
import { openLibrary } from "../../server/src/inference/backends/onnxLibrary/openLibrary.js";
import { Decoder } from "../../server/src/inference/decoder.js";
import { loadModel } from "../../server/src/inference/loadModel.js";
import { agreesOnSingleRows } from "../../server/src/inference/singleRows.js";
import { installationAround, loadInstalledLanguages } from "../../server/src/workspace/installation.js";
import { memoryHoles } from "./memoryHoles.js";
import { checkWeights, fitWeights, type TruthToken, truthTokens } from "./mixingWeights.js";
import { Speculation } from "./speculation.js";

const usage = `Usage: npm run bench:memory -- [options] FOLDER...
  --limit N      holes of each repository (default: 20)
  --seed N       seed of their choice (default: 0)
  --model FOLDER the model (default: the one that comes with Horizon)
  --threads N    threads that compute (default: 1)
  --weights      the weights alone, without what drafts are worth`;

/** Tokens that are written at each hole: two lines. */
const writtenTokens = 40;

const checkout = path.join(import.meta.dirname, "..");
const never = new AbortController().signal;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: "string", default: "20" },
      seed: { type: "string", default: "0" },
      model: { type: "string" },
      threads: { type: "string", default: "1" },
      weights: { type: "boolean", default: false },
    },
  });
  if (positionals.length === 0) throw new Error(usage);
  const installation = installationAround(path.join(checkout, "dist"));
  const languages = await loadInstalledLanguages(installation, (problem) => process.stderr.write(`${problem}\n`));
  const directory = values.model ?? installation.modelDirectory;
  // Builds the prompts; what is computed is computed in this process, where it can be looked at.
  const model = await loadModel({ directory, hostScript: installation.hostScript, threads: 1 });
  try {
    const { manifest, tokenizer } = model;
    const architecture = { ...manifest.architecture, prefillChunkTokens: manifest.limits.prefillChunkTokens };
    const file = path.join(directory, manifest.files.weights.path);
    const graph = await openInPlaceGraph(await openLibrary(), file, Number(values.threads), architecture);
    const singleRows = await agreesOnSingleRows(graph.run, architecture);
    const decoder = new Decoder(architecture, graph.run, { singleRows });
    const now = (): number => performance.now();
    const speculation = new Speculation(decoder, tokenizer.specialIds, writtenTokens, now, singleRows);
    const tokens = new Map<string, readonly TruthToken[]>();
    const limit = Number(values.limit);
    const seed = Number(values.seed);
    for (const folder of positionals) {
      const said: TruthToken[] = [];
      let holes = 0;
      const options = { installation, languages, model, limit, seed, longestMiddle: writtenTokens, signal: never };
      for await (const hole of memoryHoles(folder, options)) {
        said.push(...(await truthTokens(decoder, hole, tokenizer.specialIds)));
        if (!values.weights) await speculation.measure(hole);
        holes++;
      }
      tokens.set(folder, said);
      process.stderr.write(`${folder}: ${holes} holes\n`);
    }
    const drafts = Object.fromEntries(
      (["prompt", "memory", "memoryMixed"] as const).map((mode) => [mode, speculation.report(mode)]),
    );
    const half = (parity: number) => new Map([...tokens].filter((_, index) => index % 2 === parity));
    const weights = fitWeights([...half(0).values()].flat());
    const check = checkWeights(weights.matches, half(1));
    const all = fitWeights([...tokens.values()].flat());
    process.stdout.write(`${JSON.stringify({ model: model.id, weights, check, all, drafts }, round, 2)}\n`);
    await graph.release();
  } finally {
    await model.dispose();
    await languages.dispose();
  }
}

function round(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(4)) : value;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
