// Where things are, and how the scripts say what they do. Only Node's own modules: this runs before an install.
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The folder that npm was called from; paths that a user types are relative to it. */
export const callerFolder = process.env.INIT_CWD ?? process.cwd();

/** A mistake that the user can mend; shown as its message alone. */
export class UserError extends Error {}

/**
 * Says what is going on, on standard error: standard output belongs to results.
 * @param {string} message
 */
export function progress(message) {
  process.stderr.write(`horizon: ${message}\n`);
}

/**
 * Runs a script's main function: its number is the exit code, a UserError is shown without a stack.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    progress(error.message);
    process.exitCode = 1;
  }
}
