// The databases there are: a new one is a file beside this and a line here.
import type { Storage } from "./storage.js";

/**
 * Opens the database of a place.
 *
 * @param place a PostgreSQL connection string, or the path of an SQLite file
 * @throws {InputError} when it cannot be opened
 */
export async function openStorage(place: string): Promise<Storage> {
  // Each is loaded when it is asked for: they are native code and protocols.
  if (/^postgres(ql)?:\/\//.test(place)) {
    return (await import("./postgres.js")).openPostgres(place);
  }
  return (await import("./sqlite.js")).openSqlite(place);
}
