// Fills a database with millions of events in minutes. A tenth goes through the collector's own storage; the database
// makes the other nine of it, as other users: the same rows but for their ids. Then rows of the copies are looked at.
// (Users in ten copies are no sample of anybody: what the report says of such an experiment means nothing.)
import Database from "libsql";
import { Client } from "pg";
import { openStorage } from "../../server/src/collector/storage/index.js";
import type { AcceptedEvent } from "../../server/src/collector/storage/storage.js";
import { sumsOfEvents } from "../../server/src/collector/storage/sumsOfEvents.js";
import type { HourSums } from "../../server/src/experiments/metrics.js";
import { checkpoints } from "../../server/src/telemetry/definitions.js";
import { eventSchema, type TelemetryEvent } from "../../server/src/telemetry/event.js";
import { completionEvent, persistenceEvent, undoneEvent, writingEvent } from "../support/exampleEvents.js";
import { seededRandom } from "../support/seededRandom.js";
import { uuidOf } from "../support/telemetryEvents.js";

/** Users and days of the experiment. */
export const users = 2000;
export const days = 14;

/** Parts of the database that are alike but for their ids. All ids of part n begin with n, as two hexadecimal digits. */
const parts = 10;

const usersOfPart = users / parts;

/** Events of one transaction of the storage: a large one saves waiting for the disk. */
const transactionEvents = 20_000;

/** Work is from 8 to 17: so many rows of sums as in real use. */
const firstHour = 8;
const workHours = 9;

const hour = 3_600_000;
const day = 24 * hour;

/** What a fill came to. */
export interface Fill {
  readonly events: number;
  readonly rowsOfSums: number;
  readonly seconds: number;
}

/**
 * Fills an empty database.
 *
 * @param count events, rounded down to a multiple of ten
 * @throws {Error} where the rows that the database made are not what the storage would have made of the same events
 */
export async function fill(place: string, count: number): Promise<Fill> {
  const started = performance.now();
  await fillFirstPart(place, Math.floor(count / parts));
  const database = await openDatabase(place);
  try {
    for (let part = 1; part < parts; part++) {
      await database.copyFirstPart(digitsOf(part));
    }
    await database.settle();
  } finally {
    await database.close();
  }
  await checkCopies(place);
  const storage = await openStorage(place);
  const events = await storage.countEvents();
  let rowsOfSums = 0;
  for await (const _ of storage.sums()) rowsOfSums++;
  await storage.close();
  return { events, rowsOfSums, seconds: (performance.now() - started) / 1000 };
}

function digitsOf(part: number): string {
  return part.toString(16).padStart(2, "0");
}

/** An id of the first part. */
function firstPartId(name: string): string {
  return `${digitsOf(0)}${uuidOf(name).slice(2)}`;
}

async function fillFirstPart(place: string, count: number): Promise<void> {
  const storage = await openStorage(place);
  if ((await storage.countEvents()) > 0) {
    throw new Error(`${place} has events already; name another place to fill.`);
  }
  const random = seededRandom(7);
  const today = Math.floor(Date.now() / day);
  // A few do most of the work, as in the simulated experiments.
  const chooseUser = () => Math.floor(usersOfPart * random() ** 3);
  let batch: AcceptedEvent[] = [];
  for (let number = 0, of = 0; of < days; of++) {
    const morning = (today - days + of) * day;
    const flush = async () => {
      await storage.add(batch, morning + 18 * hour);
      batch = [];
    };
    for (const last = Math.floor((count * (of + 1)) / days); number < last; number++) {
      const event = makeEvent(number, chooseUser(), morning + (firstHour + workHours * random()) * hour, random);
      batch.push({ event, body: JSON.stringify(event) });
      if (batch.length === transactionEvents) await flush();
    }
    await flush();
  }
  await storage.close();
}

/** In twenty events: what a user who accepts one suggestion in five records. */
function makeEvent(number: number, user: number, time: number, random: () => number): TelemetryEvent {
  const kind = number % 20;
  const checkpoint = checkpoints[kind - 14];
  const event =
    kind < 14
      ? completionEvent({
          request: firstPartId(`request ${number}`),
          suggestion: firstPartId(`request ${number}`),
          latency: { ...completionEvent().latency, roundTrip: Math.round(20 + 200 * random() ** 2) },
          ...(random() < 0.28 ? {} : { outcome: { type: "ignored", typedCharacters: 1 } }),
        })
      : checkpoint !== undefined
        ? persistenceEvent({
            suggestion: firstPartId(`request ${number - kind}`),
            checkpoint,
            result: { type: "measured", characterSimilarity: 0.9, tokenSimilarity: random(), keptCharacters: 12 },
          })
        : kind === 18
          ? writingEvent({ typedCharacters: Math.round(900 * random()) })
          : undoneEvent({ suggestion: firstPartId(`request ${number - kind}`) });
  return {
    ...event,
    id: firstPartId(`event ${number}`),
    time: new Date(time).toISOString(),
    user: firstPartId(`user ${user}`),
    session: firstPartId(`session ${user}`),
    sequence: number,
    experiments: { lines: user % 2 === 0 ? "many" : "one" },
  };
}

/**
 * Takes the events of two users that the database made, and counts them as the collector does.
 *
 * @throws {Error} where the rows are not what the storage would have made of the same events
 */
export async function checkCopies(place: string): Promise<void> {
  const database = await openDatabase(place);
  try {
    await checkUsers(place, database);
  } finally {
    await database.close();
  }
}

async function checkUsers(place: string, database: FilledDatabase): Promise<void> {
  const part = digitsOf(parts - 1);
  // Two who do little: the rows of the others lie all over the file.
  for (const number of [usersOfPart - 2, usersOfPart - 1]) {
    const own = firstPartId(`user ${number}`);
    const user = `${part}${own.slice(2)}`;
    const [copied, original] = [await database.eventsOf(user), await database.eventsOf(own)];
    if (copied.length === 0 || copied.length !== original.length) {
      throw new Error(`${place}: ${user} has ${copied.length} events, ${own} ${original.length}.`);
    }
    for (const { body } of copied) {
      const event = eventSchema.parse(JSON.parse(body));
      if (event.user !== user || !event.id.startsWith(part)) throw new Error(`${place}: ${body} is not of ${user}.`);
    }
    const counted = sumsOfEvents(
      copied.map(({ body, received }) => ({ received, event: JSON.parse(body) as TelemetryEvent })),
    ).map(({ arms, ...row }) => ({ ...row, arms: JSON.parse(arms) }));
    const kept: HourSums[] = [];
    const storage = await openStorage(place);
    for await (const row of storage.sums()) if (row.user === user) kept.push(row);
    await storage.close();
    if (!areSame(counted, kept)) throw new Error(`${place}: the sums of ${user} are not those of the user's events.`);
  }
}

/** Hours are fractions: added in another order they differ in the last digits. */
function areSame(one: readonly HourSums[], other: readonly HourSums[]): boolean {
  const byPlace = (rows: readonly HourSums[]) =>
    new Map(rows.map((row) => [JSON.stringify([row.hour, row.receivedDay, row.arms]), Array.from(row.sums)]));
  const [rows, others] = [byPlace(one), byPlace(other)];
  return (
    rows.size === others.size &&
    [...rows].every(([key, sums]) =>
      sums.every(
        (sum, index) => Math.abs(sum - (others.get(key)?.[index] ?? Number.NaN)) <= 1e-9 * (1 + Math.abs(sum)),
      ),
    )
  );
}

/** What the collector's storage has no way to do. */
interface FilledDatabase {
  /** Makes part `digits` of part 00: events and sums. */
  copyFirstPart(digits: string): Promise<void>;
  /** Brings the database to where it would be had it grown over months. */
  settle(): Promise<void>;
  eventsOf(user: string): Promise<readonly { readonly body: string; readonly received: number }[]>;
  close(): Promise<void>;
}

function openDatabase(place: string): Promise<FilledDatabase> {
  return place.startsWith("postgres") ? openPostgres(place) : openSqlite(place);
}

// In a body only ids begin with 00: times begin with the year, and no other text with a digit.

async function openSqlite(file: string): Promise<FilledDatabase> {
  const database = new Database(file);
  database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000");
  const newId = (column: string, digits: string) => `CAST(x'${digits}' || substr(${column}, 2) AS BLOB)`;
  return {
    async copyFirstPart(digits) {
      database.exec(`BEGIN;
        INSERT INTO events (user, id, received, body)
          SELECT ${newId("user", digits)}, ${newId("id", digits)}, received, replace(body, '"00', '"${digits}')
          FROM events WHERE user < x'01' ORDER BY user, id;
        INSERT INTO sums SELECT ${newId("user", digits)}, hour, received_day, arms, sums FROM sums WHERE user < x'01';
        COMMIT;`);
    },
    async settle() {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    async eventsOf(user) {
      const rows = database
        .prepare("SELECT body, received FROM events WHERE user = ?")
        .all([Buffer.from(user.replaceAll("-", ""), "hex")]);
      return rows as { body: string; received: number }[];
    },
    async close() {
      database.close();
    },
  };
}

async function openPostgres(url: string): Promise<FilledDatabase> {
  const client = new Client(url);
  await client.connect();
  await client.query("SET synchronous_commit = off");
  const newId = (column: string, digits: string) => `('${digits}' || substr(${column}::text, 3))::uuid`;
  const isFirst = `"user" < '01000000-0000-0000-0000-000000000000'`;
  return {
    async copyFirstPart(digits) {
      await client.query(`BEGIN;
        INSERT INTO horizon_events ("user", id, received, body)
          SELECT ${newId('"user"', digits)}, ${newId("id", digits)}, received, replace(body::text, '"00', '"${digits}')::jsonb
          FROM horizon_events WHERE ${isFirst} ORDER BY "user", id;
        INSERT INTO horizon_sums
          SELECT ${newId('"user"', digits)}, hour, received_day, arms, sums FROM horizon_sums WHERE ${isFirst};
        COMMIT;`);
    },
    async settle() {
      await client.query("ANALYZE");
    },
    async eventsOf(user) {
      const { rows } = await client.query<{ body: string; received: string }>(
        `SELECT body::text, extract(epoch FROM received) * 1000 AS received FROM horizon_events WHERE "user" = $1`,
        [user],
      );
      return rows.map(({ body, received }) => ({ body, received: Number(received) }));
    },
    async close() {
      await client.end();
    },
  };
}
