// `horizon experiment report`: what the experiments of a file show so far.
import { readFile, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { errorMessage } from "../../errorMessage.js";
import { InputError } from "../../workspace/inputError.js";
import { type DatabaseFlags, databaseOption } from "../collect/database.js";
import { withStorage } from "../collect/withStorage.js";

interface ReportFlags extends DatabaseFlags {
  readonly experiment?: string;
  readonly out?: string;
  readonly json?: true;
  readonly seed: string;
}

const day = 86_400_000;

/** The subcommand. */
export function reportCommand(): Command {
  return new Command("report")
    .description("Compare the arms of experiments: intervals that may be looked at every day, as a page or JSON.")
    .argument("<FILE>", "the file of experiments (docs/experiments.md)")
    .addOption(databaseOption())
    .option("--experiment <NAME>", "one of the file's experiments (default: all)")
    .option("--out <FILE>", "where the page goes (default: standard output)")
    .option("--json", "write JSON in its place")
    .option("--seed <NUMBER>", "of the draws; the same one gives the same report", "1")
    .action(report);
}

async function report(file: string, flags: ReportFlags): Promise<void> {
  const seed = Number(flags.seed);
  if (!Number.isInteger(seed) || Math.abs(seed) > 2 ** 31) {
    throw new InputError(`--seed: "${flags.seed}" must be a whole number of 32 bits.`);
  }
  const text = await readFile(file, "utf8").catch((error) => {
    throw new InputError(`${file} cannot be read: ${errorMessage(error)}`);
  });
  const [{ readExperiments }, { analyseExperiment, defaultDraws }, { renderExperiments }] = await Promise.all([
    import("../../experiments/experimentFile.js"),
    import("../../experiments/analysis/analysis.js"),
    import("../../experiments/report.js"),
  ]);
  const { experiments } = readExperiments(text, file);
  const chosen = experiments.filter(({ name }) => flags.experiment === undefined || name === flags.experiment);
  if (chosen.length === 0) {
    throw new InputError(`${file} has no such experiment; it has ${experiments.map(({ name }) => name).join(", ")}.`);
  }
  const options = { today: Math.floor(Date.now() / day), draws: defaultDraws, seed };
  const analyses = await withStorage(flags, async (storage) => {
    const found = [];
    for (const experiment of chosen) {
      found.push(await analyseExperiment(experiment, storage.sums(), options));
    }
    return found;
  });
  const output = flags.json === true ? `${JSON.stringify(analyses, undefined, 2)}\n` : renderExperiments(analyses);
  if (flags.out === undefined) {
    process.stdout.write(output);
  } else {
    await writeFile(flags.out, output);
    process.stderr.write(`${flags.out}\n`);
  }
}
