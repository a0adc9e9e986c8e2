// The `horizon` command: one file per subcommand in commands/. Standard output carries the result and nothing else;
// exit codes: 0 done, 1 the model cannot be used or a bar is missed, 2 bad input, 130 interrupted.

import { Command, CommanderError } from "commander";
import { version } from "../../package.json";
import { collectCommand } from "./commands/collect.js";
import { completeCommand } from "./commands/complete.js";
import { contextCommand } from "./commands/context.js";
import { evalCommand } from "./commands/eval.js";
import { experimentCommand } from "./commands/experiment.js";
import { indexCommand } from "./commands/index.js";
import { serveCommand } from "./commands/serve.js";
import { errorMessage } from "./errorMessage.js";
import { InputError } from "./workspace/inputError.js";

const EXIT_FAILURE = 1;
const EXIT_BAD_INPUT = 2;
/** 128 + SIGINT, as shells have it. */
const EXIT_INTERRUPTED = 130;

/** Runs the command line; resolves with its exit code. */
async function run(): Promise<number> {
  const program = new Command("horizon")
    .description("Local-first code completion: a small fill-in-the-middle model on your own CPU.")
    .version(version)
    .showHelpAfterError("(horizon --help shows what there is)")
    .exitOverride();
  for (const command of [
    completeCommand(),
    contextCommand(),
    indexCommand(),
    serveCommand(),
    evalCommand(),
    collectCommand(),
    experimentCommand(),
  ]) {
    addCommand(program, command);
  }
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : EXIT_BAD_INPUT; // commander has printed what it has to say
    }
    if (error instanceof Error && error.name === "AbortError") {
      return EXIT_INTERRUPTED;
    }
    process.stderr.write(`horizon: ${errorMessage(error)}\n`);
    return error instanceof InputError ? EXIT_BAD_INPUT : EXIT_FAILURE;
  }
}

/** Adds a subcommand, and tells it and its own ones what the program has been told about errors. */
function addCommand(parent: Command, command: Command): void {
  parent.addCommand(command);
  inheritSettings(parent, command);
}

function inheritSettings(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) {
    inheritSettings(command, child);
  }
}

// `horizon … | head` closes the pipe early: that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : EXIT_FAILURE);
});

run().then((exitCode) => {
  process.exitCode = exitCode;
});
