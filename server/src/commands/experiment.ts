// `horizon experiment`: plan an experiment, and see how it goes; one file per subcommand in experiment/.
import { Command } from "commander";
import { planCommand } from "./experiment/plan.js";
import { reportCommand } from "./experiment/report.js";

/** The subcommand. */
export function experimentCommand(): Command {
  return new Command("experiment")
    .description("Plan experiments on the settings, and report what they show.")
    .addCommand(planCommand())
    .addCommand(reportCommand());
}
