// `horizon eval parity FILE`: are prompts that the editor recorded built the same way here?
import { resolve } from "node:path";
import { Command } from "commander";
import { isSamePrompt, readRecordings, rebuildPrompt } from "../../evaluation/recording.js";
import { DEFAULT_SETTINGS } from "../../settings.js";
import { installationAround, loadInstalledLanguages } from "../../workspace/installation.js";
import { interruption } from "../interruption.js";
import { loadEvaluatedModel } from "./model.js";

/** The subcommand. */
export function parityCommand(): Command {
  return new Command("parity")
    .description("Build the prompts of a recording again, and say where the tokens differ.")
    .argument("<FILE>", "what the language server recorded (initializationOptions.recordPromptsTo)")
    .option("--model <DIR>", "folder of the model that it was recorded with (default: the one that comes with Horizon)")
    .action(compareRecording);
}

async function compareRecording(file: string, { model: directory }: { readonly model?: string }): Promise<void> {
  const signal = interruption();
  const installation = installationAround(import.meta.dirname);
  const languages = await loadInstalledLanguages(installation, () => {});
  const { model } = await loadEvaluatedModel(
    { model: directory, backend: undefined, settings: DEFAULT_SETTINGS },
    installation,
    signal,
  );
  try {
    let same = 0;
    const different: string[] = [];
    for await (const recorded of readRecordings(resolve(file))) {
      signal.throwIfAborted();
      const prompt = rebuildPrompt(recorded, model, languages);
      if (isSamePrompt(recorded.recording, prompt)) {
        same++;
      } else {
        different.push(recorded.place);
      }
    }
    process.stdout.write(`${same} of ${same + different.length} prompts have the same tokens\n`);
    if (different.length > 0) {
      throw new Error(`the prompts differ at ${different.slice(0, 10).join(", ")}`);
    }
  } finally {
    await model.dispose();
    await languages.dispose();
  }
}
