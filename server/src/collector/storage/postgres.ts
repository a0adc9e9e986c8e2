// Events in PostgreSQL: for more than one collector, or a server that somebody backs up already.
import { Pool, type PoolClient } from "pg";
import { errorMessage } from "../../errorMessage.js";
import { type HourSums, sumsVersion } from "../../experiments/metrics.js";
import type { TelemetryEvent } from "../../telemetry/event.js";
import { InputError } from "../../workspace/inputError.js";
import { type AcceptedEvent, type Added, type Storage, StorageError, type Token } from "./storage.js";
import { type SumsToAdd, sumsOfEvents } from "./sumsOfEvents.js";

/** From an empty schema to the newest one; the table `horizon_schema` says how many have been done. Only append. */
const migrations: readonly string[] = [
  `CREATE TABLE horizon_events (
     number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     "user" uuid NOT NULL,
     id uuid NOT NULL,
     received timestamptz NOT NULL,
     body jsonb NOT NULL,
     UNIQUE ("user", id)
   );
   CREATE INDEX horizon_events_received ON horizon_events (received);
   CREATE TABLE horizon_tokens (hash text PRIMARY KEY, name text NOT NULL UNIQUE, created timestamptz NOT NULL);
   CREATE TABLE horizon_deleted_users ("user" uuid PRIMARY KEY, deleted timestamptz NOT NULL);`,
  `CREATE TABLE horizon_sums (
     "user" uuid NOT NULL,
     hour integer NOT NULL,
     received_day integer NOT NULL,
     arms text NOT NULL,
     sums double precision[] NOT NULL,
     PRIMARY KEY ("user", hour, received_day, arms)
   );
   CREATE TABLE horizon_counted_by (version integer NOT NULL);`,
  "CREATE INDEX horizon_sums_received ON horizon_sums (received_day)",
];

/** Any number, the same for all collectors: one of them migrates, the others wait. */
const migrationLock = 0x486f7269;

/** Rows that are read at once. */
const rowsAtOnce = 5000;

/** Connections. Writes are made one after the other; the rest reads. */
const connections = 4;

const day = 86_400_000;

/**
 * Connects, and brings the schema up to date.
 *
 * @param url `postgres://user:password@host:port/database`
 * @throws {InputError} when the server cannot be reached or the schema is of a newer Horizon
 */
export async function openPostgres(url: string): Promise<Storage> {
  // Acknowledged means on the disk, whatever the server's default.
  const pool = new Pool({
    connectionString: url,
    max: connections,
    options: "-c synchronous_commit=on",
    connectionTimeoutMillis: 5000,
    statement_timeout: 60_000,
  });
  // A connection that broke while nobody used it: the next one to ask gets another. One that breaks between two queries
  // of a transaction says so at the second; without a listener it would end the process first.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    if (error instanceof InputError) throw error;
    throw new InputError(
      `PostgreSQL cannot be used: ${errorMessage(error)}. Is the server there, and may this user create tables in the database?`,
    );
  }
  return new PostgresStorage(pool);
}

async function migrate(pool: Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
    await client.query("SET LOCAL statement_timeout = 0");
    await client.query("CREATE TABLE IF NOT EXISTS horizon_schema (version integer NOT NULL)");
    const { rows } = await client.query<{ version: number }>("SELECT version FROM horizon_schema");
    const version = rows[0]?.version ?? 0;
    if (version > migrations.length) {
      throw new InputError(`The database was written by a newer Horizon (schema ${version}); use that one.`);
    }
    for (const migration of migrations.slice(version)) await client.query(migration);
    await client.query("DELETE FROM horizon_schema");
    await client.query("INSERT INTO horizon_schema VALUES ($1)", [migrations.length]);
    await countAgainIfOld(client);
  });
}

/** Sums of another version mean something else: they are made anew from the events. */
async function countAgainIfOld(client: PoolClient): Promise<void> {
  const counted = await client.query<{ version: number }>("SELECT version FROM horizon_counted_by");
  if (counted.rows[0]?.version === sumsVersion) return;
  await client.query("DELETE FROM horizon_sums");
  await client.query("DELETE FROM horizon_counted_by");
  for (let last = "0"; ; ) {
    const { rows } = await client.query<{ number: string; received: Date; body: TelemetryEvent }>(
      "SELECT number, received, body FROM horizon_events WHERE number > $1 ORDER BY number LIMIT $2",
      [last, rowsAtOnce],
    );
    const events = rows.map(({ received, body }) => ({ received: received.getTime(), event: body }));
    await addSums(client, sumsOfEvents(events));
    last = rows.at(-1)?.number ?? last;
    if (rows.length < rowsAtOnce) break;
  }
  await client.query("INSERT INTO horizon_counted_by VALUES ($1)", [sumsVersion]);
}

async function inTransaction<Result>(pool: Pool, run: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("BEGIN");
    const result = await run(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Adds to the rows that are there. */
async function addSums(client: PoolClient, rows: readonly SumsToAdd[]): Promise<void> {
  if (rows.length === 0) return;
  // Arrays of arrays must be of one length, which sums are; each comes as its text.
  await client.query(
    `INSERT INTO horizon_sums AS kept
     SELECT u, h, d, a, s::double precision[]
     FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[]) AS new (u, h, d, a, s)
     ON CONFLICT ("user", hour, received_day, arms) DO UPDATE SET sums = (
       SELECT array_agg(coalesce(one, 0) + coalesce(other, 0) ORDER BY place)
       FROM unnest(kept.sums, excluded.sums) WITH ORDINALITY AS pair (one, other, place)
     )`,
    [
      rows.map(({ user }) => user),
      rows.map(({ hour }) => hour),
      rows.map(({ receivedDay }) => receivedDay),
      rows.map(({ arms }) => arms),
      rows.map(({ sums }) => `{${sums.join(",")}}`),
    ],
  );
}

class PostgresStorage implements Storage {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  add(events: readonly AcceptedEvent[], received: number): Promise<Added> {
    // The first of an id counts.
    const byId = new Map<string, AcceptedEvent>();
    for (const one of events) {
      const place = `${one.event.user} ${one.event.id}`;
      if (!byId.has(place)) byId.set(place, one);
    }
    // In one order always: two collectors with the same events must not wait for each other in a circle.
    const ordered = [...byId].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, accepted]) => accepted);
    return this.#try(() =>
      inTransaction(this.#pool, async (client) => {
        const deleted = await client.query<{ user: string }>(
          `SELECT "user" FROM horizon_deleted_users WHERE "user" = ANY ($1::uuid[])`,
          [[...new Set(ordered.map(({ event }) => event.user))]],
        );
        const refusedUsers = new Set(deleted.rows.map(({ user }) => user));
        const wanted = ordered.filter(({ event }) => !refusedUsers.has(event.user));
        const inserted = await client.query<{ user: string; id: string }>(
          `INSERT INTO horizon_events ("user", id, received, body)
           SELECT u, i, to_timestamp($3::double precision / 1000), b FROM unnest($1::uuid[], $2::uuid[], $4::jsonb[]) AS new (u, i, b)
           ON CONFLICT DO NOTHING RETURNING "user", id`,
          [
            wanted.map(({ event }) => event.user),
            wanted.map(({ event }) => event.id),
            received,
            wanted.map(({ body }) => body),
          ],
        );
        const added = inserted.rows.flatMap(({ user, id }) => byId.get(`${user} ${id}`) ?? []);
        await addSums(client, sumsOfEvents(added.map(({ event }) => ({ event, received }))));
        const refused = events.filter(({ event }) => refusedUsers.has(event.user)).length;
        return { added: added.length, duplicates: events.length - added.length - refused, refused };
      }),
    );
  }

  async *sums(): AsyncIterable<HourSums> {
    let last: readonly [string, number, number, string] = ["00000000-0000-0000-0000-000000000000", 0, 0, ""];
    for (;;) {
      const { rows } = await this.#try(() =>
        this.#pool.query<{ user: string; hour: number; received_day: number; arms: string; sums: number[] }>(
          `SELECT * FROM horizon_sums WHERE ("user", hour, received_day, arms) > ($1, $2, $3, $4)
           ORDER BY "user", hour, received_day, arms LIMIT ${rowsAtOnce}`,
          [...last],
        ),
      );
      for (const { user, hour, received_day: receivedDay, arms, sums } of rows) {
        yield { user, hour, receivedDay, arms: JSON.parse(arms), sums };
      }
      const end = rows.at(-1);
      if (end === undefined || rows.length < rowsAtOnce) return;
      last = [end.user, end.hour, end.received_day, end.arms];
    }
  }

  async countEvents(): Promise<number> {
    const { rows } = await this.#query<{ n: string }>("SELECT count(*) AS n FROM horizon_events");
    return Number(rows[0]?.n ?? 0);
  }

  deleteUser(user: string, now: number): Promise<number> {
    return this.#try(() =>
      inTransaction(this.#pool, async (client) => {
        await client.query(
          "INSERT INTO horizon_deleted_users VALUES ($1, to_timestamp($2::double precision / 1000)) ON CONFLICT DO NOTHING",
          [user, now],
        );
        await client.query(`DELETE FROM horizon_sums WHERE "user" = $1`, [user]);
        return (await client.query(`DELETE FROM horizon_events WHERE "user" = $1`, [user])).rowCount ?? 0;
      }),
    );
  }

  async deleteReceivedBefore(time: number, limit: number): Promise<number> {
    await this.#query("DELETE FROM horizon_sums WHERE received_day < $1", [Math.floor(time / day)]);
    const { rowCount } = await this.#query(
      `DELETE FROM horizon_events WHERE number IN
         (SELECT number FROM horizon_events WHERE received < to_timestamp($1::double precision / 1000) LIMIT $2)`,
      [time, limit],
    );
    return rowCount ?? 0;
  }

  async findToken(hash: string): Promise<Token | undefined> {
    const { rows } = await this.#query<{ name: string; created: Date }>(
      "SELECT name, created FROM horizon_tokens WHERE hash = $1",
      [hash],
    );
    return rows.map(tokenOf)[0];
  }

  async addToken({ name, created }: Token, hash: string): Promise<boolean> {
    const { rowCount } = await this.#query(
      "INSERT INTO horizon_tokens VALUES ($1, $2, to_timestamp($3::double precision / 1000)) ON CONFLICT DO NOTHING",
      [hash, name, created],
    );
    return rowCount === 1;
  }

  async deleteToken(name: string): Promise<boolean> {
    return (await this.#query("DELETE FROM horizon_tokens WHERE name = $1", [name])).rowCount === 1;
  }

  async listTokens(): Promise<readonly Token[]> {
    const { rows } = await this.#query<{ name: string; created: Date }>(
      "SELECT name, created FROM horizon_tokens ORDER BY name",
    );
    return rows.map(tokenOf);
  }

  async check(): Promise<void> {
    // A server that only reads (a standby, a full disk) refuses this.
    await this.#query("DELETE FROM horizon_deleted_users WHERE false");
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #query<Row extends object>(sql: string, values?: readonly unknown[]) {
    return this.#try(() => this.#pool.query<Row>(sql, values && [...values]));
  }

  async #try<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      throw new StorageError(`PostgreSQL: ${errorMessage(error)}`, { cause: error });
    }
  }
}

function tokenOf({ name, created }: { readonly name: string; readonly created: Date }): Token {
  return { name, created: created.getTime() };
}
