// npm run bench:recall: are the definitions that a middle uses among the snippets that Horizon finds for it? README.md
// says how to run it.
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { interruption } from "../../server/src/commands/interruption.js";
import { extractorQueries } from "../../server/src/context/ast/extract.js";
import { NodeFinder } from "../../server/src/evaluation/masking/nodeSpans.js";
import { chooseSeeded } from "../../server/src/evaluation/masking/seededChoice.js";
import { loadLanguages } from "../../server/src/syntax/languages.js";
import { InputError } from "../../server/src/workspace/inputError.js";
import { installationAround, wasmFilesOf } from "../../server/src/workspace/installation.js";
import { chooseHoles } from "./holes.js";
import { askHoles, preparePackage } from "./package.js";
import { type HoleResult, type RecallReport, renderReport, summarize } from "./report.js";
import { checkTools } from "./truth/check.js";
import { truthLanguage } from "./truth/tools.js";

const root = join(import.meta.dirname, "..");

/**
 * What a prompt of the default model holds: 1,024 tokens of about three characters, a fifth of them behind the caret; and
 * snippets take three tenths, a single one half of that (completion/repositoryContext.ts).
 */
const room = { prefix: 2450, suffix: 600, snippet: 460, budget: 307 } as const;

const usage = `Usage: npm run bench:recall -- --language NAME --packages DIR... [options]
       npm run bench:recall -- --check [--language NAME] [--tool PATH]
  --language NAME   typescript, python, java or go
  --packages DIR    folders with the sources of one package each
  --tool PATH       what finds the truth: the folder that TypeScript 5 is installed in, a Python with jedi, java, go
  --holes N         holes in all (default: 500)
  --seed N          chooses the holes (default: 1)
  --misses N        missed holes to show (default: 20)
  --snippet N       most characters of a snippet (default: ${room.snippet})
  --out FOLDER      for the truth, the holes and the report (default: build/contextRecall)
  --json            print JSON to standard output instead of the table
  --check           try the tools on small packages whose truth is known`;

interface Options {
  readonly language: string;
  readonly directories: readonly string[];
  readonly tool: string | undefined;
  readonly holes: number;
  readonly seed: number;
  readonly misses: number;
  readonly snippet: number;
  readonly out: string;
  readonly isJson: boolean;
}

function readOptions(): Options | { readonly check: string | undefined; readonly tool: string | undefined } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      language: { type: "string" },
      packages: { type: "string", multiple: true },
      tool: { type: "string" },
      holes: { type: "string", default: "500" },
      seed: { type: "string", default: "1" },
      misses: { type: "string", default: "20" },
      snippet: { type: "string", default: String(room.snippet) },
      out: { type: "string", default: join(root, "build", "contextRecall") },
      json: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
    },
  });
  if (values.check) {
    return { check: values.language, tool: values.tool };
  }
  const directories = [...(values.packages ?? []), ...positionals];
  if (values.language === undefined || directories.length === 0) {
    throw new InputError(usage);
  }
  return {
    language: values.language,
    directories: directories.map((directory) => resolve(directory)),
    tool: values.tool,
    holes: readNumber("--holes", values.holes),
    seed: readNumber("--seed", values.seed),
    misses: readNumber("--misses", values.misses),
    snippet: readNumber("--snippet", values.snippet),
    out: resolve(values.out),
    isJson: values.json,
  };
}

function readNumber(option: string, given: string): number {
  if (!/^\d{1,9}$/.test(given)) {
    throw new InputError(`${option} is "${given}", but must be a whole number.`);
  }
  return Number(given);
}

async function measure(options: Options, signal: AbortSignal): Promise<RecallReport> {
  const { directories, seed, out } = options;
  const language = truthLanguage(options.language);
  await mkdir(out, { recursive: true });
  const installation = installationAround(join(root, "dist"));
  const files = { directory: installation.syntaxesDirectory, wasm: wasmFilesOf(installation) };
  const onProblem = (problem: string): void => {
    process.stderr.write(`${problem}\n`);
  };
  const languages = await loadLanguages({ ...files, queries: extractorQueries, onProblem });
  const nodes = await NodeFinder.load(files.directory, { wasm: files.wasm, onProblem });
  const results: HoleResult[] = [];
  try {
    const prepared = [];
    for (const directory of directories) {
      process.stderr.write(`${basename(directory)}: looking for holes and asking for the truth\n`);
      const programs = join(root, "test", "contextRecall", "truth");
      // For slow tools. Six times as many as are needed of each: most holes use nothing of another file.
      const candidates = Math.ceil((6 * options.holes) / directories.length);
      const settings = { language, languages, nodes, seed, candidates, out, programs, tool: options.tool, signal };
      prepared.push(await preparePackage(directory, settings));
    }
    const chosen = new Set(
      chooseHoles(
        prepared.map(({ holes }) => holes),
        options.holes,
        seed,
      ),
    );
    for (const one of prepared) {
      process.stderr.write(`${one.name}: asking for snippets\n`);
      const holes = one.holes.filter((hole) => chosen.has(hole));
      results.push(
        ...(await askHoles({ ...one, holes }, { languages, room: { ...room, snippet: options.snippet }, signal })),
      );
    }
  } finally {
    await nodes.dispose();
    await languages.dispose();
  }
  const missed = results.flatMap(({ miss }) => miss ?? []);
  const report = summarize(results, {
    language: language.name,
    packages: directories.map((directory) => basename(directory)),
    seed,
    room: { ...room, snippet: options.snippet },
    missed: chooseSeeded(missed, options.misses, seed, ({ id }) => id),
  });
  await writeFile(join(out, `${language.name}.json`), `${JSON.stringify({ report, results }, undefined, 2)}\n`);
  return report;
}

async function main(): Promise<void> {
  const options = readOptions();
  const signal = interruption();
  if ("check" in options) {
    process.stdout.write(`${await checkTools(root, options.check, options.tool, signal)}\n`);
    return;
  }
  const report = await measure(options, signal);
  process.stdout.write(`${options.isJson ? JSON.stringify(report, undefined, 2) : renderReport(report)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof InputError ? 2 : 1;
});
