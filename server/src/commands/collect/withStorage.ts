// Opens the database for as long as something needs it.
import type { Storage } from "../../collector/storage/storage.js";
import type { DatabaseFlags } from "./database.js";

/** Opens, runs, and closes whatever happens. */
export async function withStorage<Result>(
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
