// Opens the database for as long as something needs it.

import { existsSync } from "node:fs";
import type { Storage } from "../../collector/storage/storage.js";
import { InputError } from "../../workspace/inputError.js";
import type { DatabaseFlags } from "./database.js";

/**
 * Opens, runs, and closes whatever happens.
 *
 * @throws {InputError} when there is no such file: a wrong name must not look like a database without events
 */
export async function withStorage<Result>(
  { database }: DatabaseFlags,
  run: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  if (!database.includes("://") && !existsSync(database)) {
    throw new InputError(`There is no database ${database}; --database or HORIZON_DATABASE names it.`);
  }
  return withNewStorage({ database }, run);
}

/** The same for a command that may be the first one: an SQLite file is made where there is none. */
export async function withNewStorage<Result>(
  { database }: DatabaseFlags,
  run: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  const { openStorage } = await import("../../collector/storage/index.js");
  const storage = await openStorage(database);
  try {
    return await run(storage);
  } finally {
    await storage.close();
  }
}
