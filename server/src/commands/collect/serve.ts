// `horizon collect`: listens until it is told to stop.
import { Command } from "commander";
import { InputError } from "../../workspace/inputError.js";
import { interruption } from "../interruption.js";
import { type DatabaseFlags, databaseOption } from "./database.js";

interface ServeFlags extends DatabaseFlags {
  readonly host: string;
  readonly port: string;
  readonly retention: string;
  readonly rate: string;
}

const hour = 3_600_000;
const day = 24 * hour;

/** The subcommand. */
export function serveCollectorCommand(): Command {
  return new Command("serve")
    .description("Listen for events (what `horizon collect` does by itself).")
    .addOption(databaseOption())
    .option(
      "--host <ADDRESS>",
      "address to listen on; put a TLS proxy before it on any other than this machine",
      "127.0.0.1",
    )
    .option("--port <PORT>", "0 for a free one", "4318")
    .option("--retention <DAYS>", "days after which events are deleted", "400")
    .option("--rate <EVENTS>", "events that one token may send each second", "1000")
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const port = wholeNumber("--port", flags.port, 0, 65_535);
  const retention = wholeNumber("--retention", flags.retention, 1, 36_500) * day;
  const eventsPerSecond = wholeNumber("--rate", flags.rate, 1, 1_000_000);
  const [{ startCollector }, { openStorage }, { deleteOld }] = await Promise.all([
    import("../../collector/server.js"),
    import("../../collector/storage/index.js"),
    import("../../collector/retention.js"),
  ]);
  const signal = interruption();
  const log = (line: string) => process.stderr.write(`horizon collect: ${line}\n`);
  const storage = await openStorage(flags.database);
  try {
    const options = { storage, now: Date.now, retention, eventsPerSecond, log };
    const collector = await startCollector(options, { host: flags.host, port }).catch((error: Error) => {
      throw new InputError(`${flags.host}:${port} cannot be listened on: ${error.message}. Choose another --port.`);
    });
    process.stdout.write(`http://${flags.host}:${collector.port}\n`);
    if ((await storage.listTokens()).length === 0) {
      log("nobody may send yet: horizon collect token create NAME makes a token.");
    }
    const clean = () =>
      deleteOld(storage, Date.now(), retention, signal).catch((error: Error) => log(`deleting: ${error.message}`));
    let cleaning = clean();
    const timer = setInterval(() => {
      cleaning = clean();
    }, hour);
    await aborted(signal);
    clearInterval(timer);
    await collector.stop();
    await cleaning;
  } finally {
    await storage.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** @throws {InputError} */
function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InputError(`${option}: "${text}" must be a whole number from ${least} to ${most}.`);
  }
  return value;
}
