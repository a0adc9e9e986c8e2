// `horizon serve --stdio`: the language server for editors that start it by a command line.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { InputError } from "../workspace/inputError.js";

/** The subcommand. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("Run the language server (LSP 3.18), for editors other than VS Code.")
    .option("--stdio", "speak LSP on standard input and output")
    .option("--clientProcessId <pid>", "end when the process with this id does")
    .addHelpText("after", "\nExample:\n  horizon serve --stdio")
    .action(serve);
}

async function serve({ stdio }: { readonly stdio?: true }): Promise<void> {
  if (stdio !== true) {
    throw new InputError("say how the editor talks to the server: horizon serve --stdio");
  }
  // The same bundle that VS Code starts; it reads --stdio and --clientProcessId from the command line by itself.
  await import(pathToFileURL(join(import.meta.dirname, "server.js")).href);
}
