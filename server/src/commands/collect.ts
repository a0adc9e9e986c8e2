// `horizon collect`: takes the events of a team's editors; one file per subcommand in collect/.
import { Command } from "commander";
import { forgetCommand } from "./collect/forget.js";
import { serveCollectorCommand } from "./collect/serve.js";
import { tokenCommand } from "./collect/token.js";

/** The subcommand. */
export function collectCommand(): Command {
  return new Command("collect")
    .description("Collect telemetry of a team: OTLP/HTTP in, SQLite or PostgreSQL behind it.")
    .addCommand(serveCollectorCommand(), { isDefault: true })
    .addCommand(tokenCommand())
    .addCommand(forgetCommand());
}
