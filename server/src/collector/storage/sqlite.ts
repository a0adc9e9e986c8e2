// Events in an SQLite file: what a team begins with. The binding's binary is inside its npm package.
import { randomUUID } from "node:crypto";
import Database from "libsql";
import { errorMessage } from "../../errorMessage.js";
import { addSums, columns, emptySums, type HourSums, sumsVersion } from "../../experiments/metrics.js";
import type { TelemetryEvent } from "../../telemetry/event.js";
import { InputError } from "../../workspace/inputError.js";
import { type AcceptedEvent, type Added, type Storage, StorageError, type Token } from "./storage.js";
import { type ReceivedEvent, type SumsToAdd, sumsOfEvents } from "./sumsOfEvents.js";

/** From an empty file to the newest schema; `PRAGMA user_version` says how many of them a file has seen. Only append. */
const migrations: readonly string[] = [
  `CREATE TABLE events (
     number INTEGER PRIMARY KEY,
     user BLOB NOT NULL,
     id BLOB NOT NULL,
     received INTEGER NOT NULL,
     body TEXT NOT NULL,
     UNIQUE (user, id)
   );
   CREATE INDEX events_received ON events (received);
   CREATE TABLE tokens (hash TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL);
   CREATE TABLE deleted_users (user BLOB PRIMARY KEY, deleted INTEGER NOT NULL);`,
  `CREATE TABLE sums (
     user BLOB NOT NULL,
     hour INTEGER NOT NULL,
     received_day INTEGER NOT NULL,
     arms TEXT NOT NULL,
     sums TEXT NOT NULL,
     PRIMARY KEY (user, hour, received_day, arms)
   ) WITHOUT ROWID;
   CREATE TABLE counted_by (version INTEGER NOT NULL, number INTEGER NOT NULL);`,
  // Retention looks for old sums each hour, and nobody may wait while it reads all of them.
  "CREATE INDEX sums_received ON sums (received_day)",
];

/** Rows that are read before others get their turn. */
const rowsAtOnce = 5000;

const day = 86_400_000;

/** How the file is opened. */
export interface SqliteOptions {
  /** Pages that the file may grow to, 4 kB each; default as the disk allows. */
  readonly maximumPages?: number;
}

/**
 * Opens a file, makes it if there is none, and brings its schema up to date.
 *
 * @throws {InputError} when the file is no database, is damaged or of a newer Horizon
 */
export function openSqlite(file: string, { maximumPages }: SqliteOptions = {}): Storage {
  let database: Database.Database | undefined;
  try {
    database = new Database(file);
    database.exec("PRAGMA journal_mode = WAL");
    // An acknowledged event has been written through to the disk.
    database.exec("PRAGMA synchronous = FULL");
    if (maximumPages !== undefined) database.exec(`PRAGMA max_page_count = ${maximumPages}`);
    migrate(database, file);
    const storage = new SqliteStorage(database);
    storage.countAgainIfOld();
    return storage;
  } catch (error) {
    database?.close();
    if (error instanceof InputError) throw error;
    const code = (error as { readonly code?: string }).code ?? "";
    const advice = /CORRUPT|NOTADB/.test(code)
      ? `It is damaged or no SQLite file. Move it away to begin anew, or rescue what is left with: sqlite3 ${file} .recover`
      : "Is the folder there, may it be written to, and does no other program hold the file?";
    throw new InputError(`${file} cannot be opened as a database: ${errorMessage(error)}. ${advice}`);
  }
}

function migrate(database: Database.Database, file: string): void {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > migrations.length) {
    throw new InputError(`${file} was written by a newer Horizon (schema ${version}); use that one.`);
  }
  for (const [index, migration] of migrations.entries()) {
    if (index >= version) {
      inTransaction(database, () => database.exec(`${migration}; PRAGMA user_version = ${index + 1}`));
    }
  }
}

function inTransaction<Result>(database: Database.Database, run: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = run();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk may have rolled it back already.
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

interface SumsTuple {
  readonly user: Uint8Array;
  readonly hour: number;
  readonly received_day: number;
  readonly arms: string;
  readonly sums: string;
}

// The binding takes bytes that come as the only value for an object with names, and ends the process: values always come
// in an array.

class SqliteStorage implements Storage {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;
  readonly #findSums: Database.Statement;
  readonly #putSums: Database.Statement;
  readonly #isDeleted: Database.Statement;
  #isClosed = false;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT INTO events (user, id, received, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#findSums = database.prepare(
      "SELECT sums FROM sums WHERE user = ? AND hour = ? AND received_day = ? AND arms = ?",
    );
    this.#putSums = database.prepare(
      "INSERT INTO sums VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET sums = excluded.sums",
    );
    this.#isDeleted = database.prepare("SELECT 1 FROM deleted_users WHERE user = ?");
  }

  async add(events: readonly AcceptedEvent[], received: number): Promise<Added> {
    return this.#try(() =>
      inTransaction(this.#database, () => {
        const added: ReceivedEvent[] = [];
        const deleted = new Map<string, boolean>();
        let refused = 0;
        for (const { event, body } of events) {
          if (this.#isUserDeleted(event.user, deleted)) {
            refused++;
          } else if (this.#insert.run([bytesOf(event.user), bytesOf(event.id), received, body]).changes === 1) {
            added.push({ event, received });
          }
        }
        for (const row of sumsOfEvents(added)) this.#addSums(row);
        return { added: added.length, duplicates: events.length - added.length - refused, refused };
      }),
    );
  }

  #isUserDeleted(user: string, known: Map<string, boolean>): boolean {
    let isDeleted = known.get(user);
    if (isDeleted === undefined) {
      isDeleted = this.#isDeleted.get([bytesOf(user)]) !== undefined;
      known.set(user, isDeleted);
    }
    return isDeleted;
  }

  #addSums({ user, hour, receivedDay, arms, sums }: SumsToAdd): void {
    const place = [bytesOf(user), hour, receivedDay, arms];
    const before = this.#findSums.get(place) as { readonly sums: string } | undefined;
    const total = emptySums();
    addSums(total, sums);
    if (before !== undefined) addSums(total, JSON.parse(before.sums));
    this.#putSums.run([...place, JSON.stringify([...total])]);
  }

  async *sums(): AsyncIterable<HourSums> {
    const statement = this.#database.prepare(
      `SELECT * FROM sums WHERE (user, hour, received_day, arms) > (?, ?, ?, ?)
       ORDER BY user, hour, received_day, arms LIMIT ${rowsAtOnce}`,
    );
    let last: SumsTuple = { user: Buffer.alloc(0), hour: 0, received_day: 0, arms: "", sums: "" };
    for (;;) {
      const rows = this.#try(
        () => statement.all([Buffer.from(last.user), last.hour, last.received_day, last.arms]) as readonly SumsTuple[],
      );
      for (const { user, hour, received_day: receivedDay, arms, sums } of rows) {
        yield { user: textOf(user), hour, receivedDay, arms: JSON.parse(arms), sums: JSON.parse(sums) };
      }
      const end = rows.at(-1);
      if (end === undefined || rows.length < rowsAtOnce) return;
      last = end;
      await new Promise((resume) => setImmediate(resume));
    }
  }

  async countEvents(): Promise<number> {
    return this.#try(
      () => (this.#database.prepare("SELECT count(*) AS n FROM events").get() as { readonly n: number }).n,
    );
  }

  async deleteUser(user: string, now: number): Promise<number> {
    return this.#try(() =>
      inTransaction(this.#database, () => {
        const place = bytesOf(user);
        this.#database.prepare("INSERT OR IGNORE INTO deleted_users VALUES (?, ?)").run([place, now]);
        this.#database.prepare("DELETE FROM sums WHERE user = ?").run([place]);
        return this.#database.prepare("DELETE FROM events WHERE user = ?").run([place]).changes;
      }),
    );
  }

  async deleteReceivedBefore(time: number, limit: number): Promise<number> {
    return this.#try(() =>
      inTransaction(this.#database, () => {
        this.#database.prepare("DELETE FROM sums WHERE received_day < ?").run([Math.floor(time / day)]);
        return this.#database
          .prepare("DELETE FROM events WHERE number IN (SELECT number FROM events WHERE received < ? LIMIT ?)")
          .run([time, limit]).changes;
      }),
    );
  }

  async findToken(hash: string): Promise<Token | undefined> {
    return this.#try(() =>
      tokensOf(this.#database.prepare("SELECT name, created FROM tokens WHERE hash = ?").all([hash])),
    )[0];
  }

  async addToken({ name, created }: Token, hash: string): Promise<boolean> {
    return this.#try(
      () =>
        this.#database.prepare("INSERT INTO tokens VALUES (?, ?, ?) ON CONFLICT DO NOTHING").run([hash, name, created])
          .changes === 1,
    );
  }

  async deleteToken(name: string): Promise<boolean> {
    return this.#try(() => this.#database.prepare("DELETE FROM tokens WHERE name = ?").run([name]).changes === 1);
  }

  async listTokens(): Promise<readonly Token[]> {
    return this.#try(() => tokensOf(this.#database.prepare("SELECT name, created FROM tokens ORDER BY name").all()));
  }

  async check(): Promise<void> {
    // A write that changes nothing, of a row that nobody has.
    this.#try(() =>
      inTransaction(this.#database, () =>
        this.#database.prepare("DELETE FROM deleted_users WHERE user = ?").run([bytesOf(randomUUID())]),
      ),
    );
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // The next one to open the file finds nothing to catch up with; if this fails, it will.
    try {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {}
    this.#database.close();
  }

  /** Sums of another version mean something else: they are made anew from the events. */
  countAgainIfOld(): void {
    const counted = this.#database.prepare("SELECT version, number FROM counted_by").get() as
      | { readonly version: number }
      | undefined;
    if (counted?.version === sumsVersion) return;
    inTransaction(this.#database, () => {
      this.#database.exec("DELETE FROM sums; DELETE FROM counted_by;");
      const statement = this.#database.prepare(
        `SELECT number, received, body FROM events WHERE number > ? ORDER BY number LIMIT ${rowsAtOnce}`,
      );
      for (let last = 0; ; ) {
        const rows = statement.all([last]) as { number: number; received: number; body: string }[];
        const events = rows.map(({ received, body }) => ({ received, event: JSON.parse(body) as TelemetryEvent }));
        for (const row of sumsOfEvents(events)) this.#addSums(row);
        last = rows.at(-1)?.number ?? last;
        if (rows.length < rowsAtOnce) break;
      }
      this.#database.prepare("INSERT INTO counted_by VALUES (?, ?)").run([sumsVersion, columns.length]);
    });
  }

  #try<Result>(run: () => Result): Result {
    // The binding would end the process.
    if (this.#isClosed) throw new StorageError("SQLite: the database has been closed.");
    try {
      return run();
    } catch (error) {
      throw new StorageError(`SQLite: ${errorMessage(error)}`, { cause: error });
    }
  }
}

/** Rows have something of the binding's own besides. */
function tokensOf(rows: readonly unknown[]): readonly Token[] {
  return (rows as readonly Token[]).map(({ name, created }) => ({ name, created }));
}

/** A UUID as its 16 bytes. */
function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}

function textOf(bytes: Uint8Array): string {
  const digits = Buffer.from(bytes).toString("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
