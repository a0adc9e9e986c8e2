// `horizon collect forget`: deletes all that is of a user.
import { Command } from "commander";
import { InputError } from "../../workspace/inputError.js";
import { type DatabaseFlags, databaseOption } from "./database.js";
import { withStorage } from "./withStorage.js";

/** The subcommand. */
export function forgetCommand(): Command {
  return new Command("forget")
    .description("Delete all that is of a user, for good; what still comes of them is refused.")
    .argument("<USER>", "the user's id, which Horizon: Show My Data shows")
    .addOption(databaseOption())
    .action(forget);
}

async function forget(user: string, flags: DatabaseFlags): Promise<void> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(user)) {
    throw new InputError(`"${user}" is no user's id; Horizon: Show My Data shows it as "user".`);
  }
  await withStorage(flags, async (storage) => {
    const deleted = await storage.deleteUser(user.toLowerCase(), Date.now());
    process.stdout.write(`${deleted} events deleted\n`);
  });
}
