// `horizon collect token`: who may send.
import { Command } from "commander";
import { InputError } from "../../workspace/inputError.js";
import { type DatabaseFlags, databaseOption } from "./database.js";
import { withNewStorage, withStorage } from "./withStorage.js";

/** The subcommand. */
export function tokenCommand(): Command {
  return new Command("token")
    .description("Make, list and revoke the tokens that let somebody send.")
    .addCommand(
      new Command("create")
        .description("Make a token and print it, this once: only its hash is kept.")
        .argument("<NAME>", "whose it is")
        .addOption(databaseOption())
        .action(create),
    )
    .addCommand(new Command("list").description("Names and days.").addOption(databaseOption()).action(list))
    .addCommand(
      new Command("revoke")
        .description("Let a token send no more; a running collector knows within ten seconds.")
        .argument("<NAME>", "whose it is")
        .addOption(databaseOption())
        .action(revoke),
    );
}

async function create(name: string, flags: DatabaseFlags): Promise<void> {
  if (!/^[\w.@-]{1,64}$/.test(name)) {
    throw new InputError(`"${name}": a name has up to 64 letters, digits, dots, dashes and @.`);
  }
  const { createToken, hashToken } = await import("../../collector/tokens.js");
  const token = createToken();
  await withNewStorage(flags, async (storage) => {
    if (!(await storage.addToken({ name, created: Date.now() }, hashToken(token)))) {
      throw new InputError(`There is a token of ${name} already; revoke it first, or take another name.`);
    }
  });
  process.stdout.write(`${token}\n`);
}

async function list(flags: DatabaseFlags): Promise<void> {
  await withStorage(flags, async (storage) => {
    for (const { name, created } of await storage.listTokens()) {
      process.stdout.write(`${new Date(created).toISOString().slice(0, 10)} ${name}\n`);
    }
  });
}

async function revoke(name: string, flags: DatabaseFlags): Promise<void> {
  await withStorage(flags, async (storage) => {
    if (!(await storage.deleteToken(name))) {
      throw new InputError(`There is no token of ${name}; horizon collect token list shows them.`);
    }
  });
}
