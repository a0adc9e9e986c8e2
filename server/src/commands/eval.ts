// `horizon eval`: how good completions are, with intervals; one file per subcommand in eval/.
import { Command } from "commander";
import { compareCommand } from "./eval/compare.js";
import { gainsCommand } from "./eval/gains.js";
import { mergeCommand } from "./eval/merge.js";
import { parityCommand } from "./eval/parity.js";
import { promptsCommand } from "./eval/prompts.js";
import { runCommand } from "./eval/run.js";

/** The subcommand. */
export function evalCommand(): Command {
  return new Command("eval")
    .description("Measure completions: on public datasets, on your own repository, or while typing.")
    .addCommand(runCommand())
    .addCommand(compareCommand())
    .addCommand(gainsCommand())
    .addCommand(mergeCommand())
    .addCommand(parityCommand())
    .addCommand(promptsCommand());
}
