// `horizon eval prompts`: writes down what the editor would send at holes in repositories, for training a model on it.
import { once } from "node:events";
import { resolve } from "node:path";
import { Command } from "commander";
import { engineFeatures } from "../../completion/features.js";
import { HoleContext } from "../../evaluation/holeContext.js";
import { NodeFinder } from "../../evaluation/masking/nodeSpans.js";
import { checkFolder } from "../../evaluation/masking/repositoryFiles.js";
import { openRepository } from "../../evaluation/masking/repositoryHoles.js";
import { selectHoles } from "../../evaluation/selection.js";
import { type PromptWriterOptions, trainingPromptOf } from "../../evaluation/trainingPrompts.js";
import { loadModel } from "../../inference/loadModel.js";
import { DEFAULT_SETTINGS } from "../../settings.js";
import { installationAround, loadInstalledLanguages, wasmFilesOf } from "../../workspace/installation.js";
import { interruption } from "../interruption.js";
import { readDisabled, readNumber } from "./options.js";

interface Flags {
  readonly repo: readonly string[];
  readonly model?: string;
  readonly limit?: string;
  readonly seed?: string;
  readonly disable?: readonly string[];
}

/** The subcommand. */
export function promptsCommand(): Command {
  return new Command("prompts")
    .description("Write the prompts of holes in repositories, with what belongs there: what a model can be trained on.")
    .requiredOption("--repo <DIR...>", "folders of code; each is a repository")
    .option("--model <DIR>", "folder of the model whose template and tokenizer are taken")
    .option("--limit <N>", "most prompts of a repository, a seeded choice (default: 100)")
    .option("--seed <N>", "seed of the choice (default: 0)")
    .option("--disable <NAME...>", `do without: ${engineFeatures.map(({ name }) => name).join(", ")}`)
    .action(writePrompts);
}

async function writePrompts(flags: Flags): Promise<void> {
  const limit = readNumber("--limit", flags.limit, 100, 1);
  const seed = readNumber("--seed", flags.seed, 0, 0);
  const disabled = new Set(readDisabled(flags.disable ?? []));
  const directories = flags.repo.map((directory) => resolve(directory));
  for (const directory of directories) {
    await checkFolder(directory);
  }
  const signal = interruption();
  const installation = installationAround(import.meta.dirname);
  const onProblem = (problem: string): boolean => process.stderr.write(`horizon: ${problem}\n`);
  const languages = await loadInstalledLanguages(installation, onProblem);
  const nodes = await NodeFinder.load(installation.syntaxesDirectory, { wasm: wasmFilesOf(installation) });
  const settings = DEFAULT_SETTINGS;
  const model = await loadModel({
    directory: resolve(flags.model ?? installation.modelDirectory),
    hostScript: installation.hostScript,
    threads: settings.model.threads,
    signal,
  });
  try {
    for (const directory of directories) {
      const context = new HoleContext({
        ...{ installation, languages, directory, settings, signal, onProblem },
        disabled: [...disabled],
      });
      const { files, limits } = model.manifest;
      const tokenizerSha256 = files.tokenizer.sha256;
      const longestMiddle = limits.middleTokens;
      const options = { model, tokenizerSha256, longestMiddle, settings, languages, disabled, context };
      try {
        await writeRepository(directory, { languages, nodes, seed, limit }, options, signal);
      } finally {
        await context.dispose();
      }
    }
  } finally {
    await model.dispose();
    nodes.dispose();
    await languages.dispose();
  }
}

interface Choice {
  readonly languages: PromptWriterOptions["languages"];
  readonly nodes: NodeFinder;
  readonly seed: number;
  readonly limit: number;
}

async function writeRepository(
  directory: string,
  { languages, nodes, seed, limit }: Choice,
  options: PromptWriterOptions,
  signal: AbortSignal,
): Promise<void> {
  const source = await openRepository({ directory, languages, nodes, seed, signal });
  const selection = await selectHoles(source, { limit, seed, shard: { index: 1, count: 1 } }, signal);
  for await (const hole of selection.read(0)) {
    const prompt = await trainingPromptOf(hole, options, signal);
    if (prompt !== undefined && !process.stdout.write(`${JSON.stringify(prompt)}\n`)) {
      await once(process.stdout, "drain");
    }
  }
}
