// The index's definitions against universal-ctags', where it is installed: how many of the one has the other, how fast.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { openIndex, type StageOptions } from "./contextIndexing.js";
import { round } from "./statistics.js";

/** Files that both look at. */
const mostFiles = 2000;

/**
 * What ctags calls the definitions that other code can use; it also lists properties, constants and local variables. In
 * JavaScript it calls object literals classes too, so that not all of these are definitions.
 */
const comparedKinds = new Set([
  "class",
  "enum",
  "function",
  "interface",
  "method",
  "struct",
  "trait",
  "alias",
  "macro",
]);

export type SymbolsReport =
  | {
      readonly tool: string;
      readonly files: number;
      readonly definitions: { readonly horizon: number; readonly ctags: number };
      /** Of those that ctags lists (functions, methods, classes, interfaces, enums, …), the share that the index has. */
      readonly found: number;
      readonly ctagsSeconds: number;
      readonly ctagsMegabytesPerSecond: number;
    }
  | { readonly tool: undefined; readonly reason: string };

export async function measureSymbols(options: StageOptions): Promise<SymbolsReport> {
  const version = spawnSync("ctags", ["--version"], { encoding: "utf8" });
  if (version.error !== undefined || !version.stdout.includes("Universal Ctags")) {
    return { tool: undefined, reason: "universal-ctags is not installed" };
  }
  const { indexer } = await openIndex(options);
  const names = new Map<string, Set<string>>();
  let definitions = 0;
  let bytes = 0;
  for (const file of indexer.index.files()) {
    if (names.size >= mostFiles) break;
    const text = file.text();
    if (text === undefined || file.language === undefined) continue;
    names.set(path.join(options.directory, file.path), new Set(file.symbols.definitions.map(({ name }) => name)));
    definitions += file.symbols.definitions.length;
    bytes += Buffer.byteLength(text);
  }
  await indexer.dispose();
  const started = performance.now();
  const { stdout } = spawnSync("ctags", ["-f", "-", "--sort=no", "--fields=K", "--excmd=number", "-L", "-"], {
    encoding: "utf8",
    input: `${[...names.keys()].join("\n")}\n`,
    maxBuffer: 1 << 30,
  });
  const seconds = (performance.now() - started) / 1000;
  let listed = 0;
  let found = 0;
  for (const line of stdout.split("\n")) {
    const [name, file, , kind] = line.split("\t");
    if (name === undefined || file === undefined || kind === undefined || !comparedKinds.has(kind)) continue;
    // Names that ctags makes up for what has none.
    if (/^(__anon|AnonymousFunction|anonymous)/.test(name)) continue;
    listed++;
    if (names.get(file)?.has(name) === true) found++;
  }
  return {
    tool: version.stdout.split(",")[0] as string,
    files: names.size,
    definitions: { horizon: definitions, ctags: listed },
    found: round(found / listed, 4),
    ctagsSeconds: round(seconds, 2),
    ctagsMegabytesPerSecond: round(bytes / 1e6 / seconds, 2),
  };
}
