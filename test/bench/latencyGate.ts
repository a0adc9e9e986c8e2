// npm run gate:latency: is this build slower than the one of the commit before? Both servers answer the same requests, in
// turns, in one run on this machine, with the same tiny model, whose arithmetic hides nothing of the rest; no fixed times.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { InlineCompletionTriggerKind } from "vscode-languageserver-protocol/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { errorMessage } from "../../server/src/errorMessage.js";
import { ExplainRequest } from "../../server/src/protocol.js";
import { ServerProcess } from "../integration/serverProcess.js";
import { compareStages, type StageComparison, type StageTimes, type TimedPair } from "./latencyComparison.js";
import { type Caret, carets } from "./prompts.js";

const root = path.join(import.meta.dirname, "..");

/** Keys that are typed behind each caret: one cold request, then these. */
const typedKeys = 3;

const usage = `Usage: npm run gate:latency -- [options]
  --baseline REF  the commit to compare with (default: HEAD~1; HEAD when there are changes that are not committed)
  --places N      carets that are asked about, with ${typedKeys + 1} requests at each (default: 40)
  --model DIR     the model for both (default: test/fixtures/tinyCodeModel, with random weights)
  --json          print JSON instead of the table
It exits with 1 when a stage has become slower than chance and tolerance explain.`;

/** The baseline's tree and build, in a folder of its own. */
function buildBaseline(reference: string): string {
  const tree = path.join(root, "build", "latencyBaseline");
  const git = (...words: string[]): string => execFileSync("git", words, { cwd: root, encoding: "utf8" });
  if (existsSync(tree)) {
    git("worktree", "remove", "--force", tree);
  }
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(path.dirname(tree), { recursive: true });
  git("worktree", "prune");
  git("worktree", "add", "--detach", tree, reference);
  // The packages of this tree: a baseline that needs others cannot be built, and says which.
  for (const folder of ["", "server", "client"]) {
    const packages = path.join(root, folder, "node_modules");
    if (existsSync(packages)) {
      symlinkSync(packages, path.join(tree, folder, "node_modules"), "junction");
    }
  }
  execFileSync(process.execPath, [path.join(tree, "scripts", "build.mjs")], {
    cwd: tree,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return tree;
}

/** A folder with the tiny model and the tokenizer that it was made for. */
function tinyModel(): string {
  const folder = path.join(root, "build", "tinyCodeModel");
  mkdirSync(folder, { recursive: true });
  for (const file of ["manifest.json", "model.onnx"]) {
    copyFileSync(path.join(root, "test", "fixtures", "tinyCodeModel", file), path.join(folder, file));
  }
  copyFileSync(path.join(root, "models", "default", "tokenizer.json"), path.join(folder, "tokenizer.json"));
  return folder;
}

async function startServer(tree: string, modelDirectory: string): Promise<ServerProcess> {
  const server = await ServerProcess.start({
    command: [path.join(tree, "dist", "server.js"), "--stdio"],
    initializationOptions: { modelDirectory },
    // One thread and no index: what other programs do shows least.
    settings: { model: { threads: 1 }, context: { enabled: false } },
  });
  await server.untilState("ready");
  return server;
}

/** Asks one server about one place and reads how long each stage took; undefined where it suggested nothing. */
async function ask(server: ServerProcess, uri: string, text: string, offset: number): Promise<StageTimes | undefined> {
  await server.change(uri, { text });
  const position = TextDocument.create(uri, "typescript", 1, text).positionAt(offset);
  const started = performance.now();
  await server.inlineCompletion(uri, position, { triggerKind: InlineCompletionTriggerKind.Automatic });
  const answered = performance.now() - started;
  const explanation = await server.connection.sendRequest(ExplainRequest.type, {});
  const { line, character } = explanation?.position ?? { line: -1, character: -1 };
  if (explanation === null || line !== position.line || character !== position.character) {
    return undefined;
  }
  const { pause = 0, context = 0, prompt = 0, prefill = 0, decode = 0 } = explanation.timings;
  // What is left when the model and the stages with a name have had theirs: finding the place, filters, messages.
  return {
    prompt,
    prefill,
    decode,
    rest: Math.max(0, answered - pause - context - prompt - prefill - decode),
    answered,
  };
}

/** A server, and how long it took. */
interface Asked {
  readonly server: ServerProcess;
  times: StageTimes | undefined;
}

async function measure(
  trees: { readonly baseline: string; readonly current: string },
  model: string,
  places: readonly Caret[],
) {
  const baseline = await startServer(trees.baseline, model);
  const current = await startServer(trees.current, model);
  const pairs: TimedPair[] = [];
  const uri = pathToFileURL(path.join(root, "latency.ts")).href;
  for (const server of [baseline, current]) {
    await server.open(uri, "typescript", "");
  }
  try {
    for (const [place, { text, offset }] of places.entries()) {
      for (let key = 0; key <= typedKeys; key++) {
        // The rest of the line is what is typed.
        const lineEnd = text.indexOf("\n", offset);
        const document = text.slice(0, offset + key) + text.slice(lineEnd);
        const one: Asked = { server: baseline, times: undefined };
        const other: Asked = { server: current, times: undefined };
        // In turns, so that neither profits from coming second.
        for (const asked of (place + key) % 2 === 0 ? [one, other] : [other, one]) {
          asked.times = await ask(asked.server, uri, document, offset + key);
        }
        // The first requests warm both up; what a server knows already takes no time in most stages.
        if (place > 1 && one.times?.prefill && other.times?.prefill) {
          pairs.push({ place, baseline: one.times, current: other.times });
        }
      }
    }
  } finally {
    await Promise.all([baseline.stop(), current.stop()]);
  }
  return pairs;
}

function table(comparisons: readonly StageComparison[], reference: string): string {
  const rows = comparisons.map(({ stage, percentile, baseline, current, ratio, low, high, isSlower }) =>
    [
      stage.padEnd(10),
      `p${percentile * 100}`.padEnd(5),
      baseline.toFixed(2).padStart(10),
      current.toFixed(2).padStart(10),
      ratio.toFixed(2).padStart(7),
      `[${low.toFixed(2)}, ${high.toFixed(2)}]`.padStart(15),
      isSlower ? "  SLOWER" : "",
    ].join(""),
  );
  return [`stage     at    ${reference.slice(0, 9).padStart(9)}  this, ms  ratio     99% interval`, ...rows, ""].join(
    "\n",
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      baseline: { type: "string" },
      places: { type: "string", default: "40" },
      model: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const count = Number(values.places);
  if (!Number.isInteger(count) || count < 4) {
    throw new Error(`--places is "${values.places}", but must be a whole number from 4`);
  }
  const changed = execFileSync("git", ["status", "--porcelain", "--untracked-files=no"], {
    cwd: root,
    encoding: "utf8",
  });
  const reference = values.baseline ?? (changed.trim() === "" ? "HEAD~1" : "HEAD");
  const baseline = buildBaseline(reference);
  const places = carets(path.join(root, "node_modules"), count);
  const pairs = await measure({ baseline, current: root }, values.model ?? tinyModel(), places).finally(() =>
    execFileSync("git", ["worktree", "remove", "--force", baseline], { cwd: root, stdio: "ignore" }),
  );
  if (pairs.length === 0) throw new Error("the model was never run: ask about more --places");
  const comparisons = compareStages(pairs);
  process.stdout.write(
    values.json ? `${JSON.stringify({ reference, comparisons }, undefined, 2)}\n` : table(comparisons, reference),
  );
  return comparisons.some(({ isSlower }) => isSlower) ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${errorMessage(error)}\n\n${usage}\n`);
    process.exitCode = 2;
  },
);
