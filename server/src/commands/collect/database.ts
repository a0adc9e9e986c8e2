// The option that says where events are kept.
import { Option } from "commander";

/** What the option gives. */
export interface DatabaseFlags {
  readonly database: string;
}

/** `--database`, the same for all commands that read or write events. */
export function databaseOption(): Option {
  return new Option(
    "--database <PLACE>",
    "an SQLite file, or postgres://USER:PASSWORD@HOST/NAME (better in the environment, where no other user sees it)",
  )
    .env("HORIZON_DATABASE")
    .default("horizon-events.db");
}
