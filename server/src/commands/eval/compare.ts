// `horizon eval compare A B`: what is better in B, what is worse, and how sure that is.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Command } from "commander";
import {
  type ComparisonReport,
  renderComparisonHtml,
  renderComparisonJson,
  renderComparisonMarkdown,
} from "../../evaluation/report/comparisonReport.js";
import { describeRun, findDifferences, readRunSettings } from "../../evaluation/runSettings.js";
import { readRecords } from "../../evaluation/sampleFiles.js";
import { ComparisonError, compareRuns } from "../../evaluation/statistics/comparison.js";
import { InputError } from "../../workspace/inputError.js";
import { installationAround, loadInstalledLanguages } from "../../workspace/installation.js";
import { interruption } from "../interruption.js";
import { loadMetrics } from "./grammars.js";

interface CompareFlags {
  readonly out?: string;
  readonly json?: true;
  readonly rightBy: string;
  readonly unpaired?: true;
}

/** The subcommand. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("Compare two runs over the same samples, sample by sample.")
    .argument("<A>", "folder of a run")
    .argument("<B>", "folder of another run: differences are B less A")
    .option("--out <DIR>", "write comparison.json, comparison.html and comparison.md there")
    .option("--json", "write JSON instead of Markdown")
    .option("--right-by <METRIC>", "metric that says which samples are right", "exactMatch")
    .option("--unpaired", "compare what both have, though one has more")
    .action(compare);
}

async function compare(a: string, b: string, { out, json, rightBy, unpaired }: CompareFlags): Promise<void> {
  const signal = interruption();
  const folders = [resolve(a), resolve(b)] as const;
  const settings = [await readRunSettings(folders[0]), await readRunSettings(folders[1])] as const;
  const installation = installationAround(import.meta.dirname);
  const languages = await loadInstalledLanguages(installation, () => {});
  const metrics = await loadMetrics(installation, languages);
  try {
    const comparison = await compareRuns(readRecords(folders[0], signal), readRecords(folders[1], signal), {
      rightBy,
      allowsUnpaired: unpaired === true,
    });
    const differences = findDifferences(...settings);
    const report: ComparisonReport = {
      title: `${a} and ${b}`,
      facts: {
        A: a,
        B: b,
        Source: describeRun(settings[0]).facts.Source ?? "",
        "Settings (A there, B now)": differences.length === 0 ? "the same" : differences.join("; "),
      },
      comparison,
      metrics: metrics.all,
    };
    if (out !== undefined) {
      const folder = resolve(out);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "comparison.json"), renderComparisonJson(report));
      await writeFile(join(folder, "comparison.html"), renderComparisonHtml(report));
      await writeFile(join(folder, "comparison.md"), renderComparisonMarkdown(report));
    }
    process.stdout.write(json === true ? renderComparisonJson(report) : renderComparisonMarkdown(report));
  } catch (error) {
    throw error instanceof ComparisonError ? new InputError(error.message) : error;
  } finally {
    await metrics.dispose();
    await languages.dispose();
  }
}
