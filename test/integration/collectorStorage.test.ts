// Both databases do the same: each test runs on an SQLite file and on a PostgreSQL server of its own.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openStorage } from "../../server/src/collector/storage/index.js";
import { openSqlite } from "../../server/src/collector/storage/sqlite.js";
import { type Storage, StorageError } from "../../server/src/collector/storage/storage.js";
import { columns, type HourSums, sumOf } from "../../server/src/experiments/metrics.js";
import { mostExperiments } from "../../server/src/telemetry/definitions.js";
import type { TelemetryEvent } from "../../server/src/telemetry/event.js";
import { type PostgresServer, startPostgres } from "../support/postgres.js";
import { seededRandom } from "../support/seededRandom.js";
import { completionEvent, uuidOf } from "../support/telemetryEvents.js";

const day = 86_400_000;
const now = 20_000 * day + 3_600_000;
// Processes and databases are started and killed several times in one test: minutes where the processor is taken.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), "horizon-storage-"));
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.dispose();
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
const places = {
  SQLite: async () => join(folder, `${++files}.db`),
  PostgreSQL: () => postgres.createDatabase(),
};

const accepted = (event: TelemetryEvent) => ({ event, body: JSON.stringify(event) });

async function allSums(storage: Storage): Promise<readonly HourSums[]> {
  const rows: HourSums[] = [];
  for await (const row of storage.sums()) rows.push(row);
  return rows;
}

describe.each(Object.entries(places))("%s", (_, createPlace) => {
  test("counts an event once, however often and in whatever company it comes", async () => {
    const storage = await openStorage(await createPlace());
    const one = accepted(completionEvent("1", { time: now, accepted: true, experiments: { maxLines: "one" } }));
    const two = accepted(completionEvent("2", { time: now, experiments: { maxLines: "one" } }));
    expect(await storage.add([one, one], now)).toEqual({ added: 1, duplicates: 1, refused: 0 });
    expect(await storage.add([two, one], now + day)).toEqual({ added: 1, duplicates: 1, refused: 0 });
    expect(await storage.countEvents()).toBe(2);
    const rows = await allSums(storage);
    expect(rows.map(({ receivedDay, arms }) => [receivedDay, arms])).toEqual([
      [20_000, { maxLines: "one" }],
      [20_001, { maxLines: "one" }],
    ]);
    expect(rows.map(({ sums }) => [sumOf(sums, ["seen"]), sumOf(sums, ["accepted"])])).toEqual([
      [1, 1],
      [1, 0],
    ]);
    await storage.close();
  });

  test("adds up what comes in the same hour, also from two collectors at once", async () => {
    const place = await createPlace();
    const first = await openStorage(place);
    const second = await openStorage(place);
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 10 }, (_, index) =>
        accepted(completionEvent(`${batch}-${index}`, { user: `user ${index % 3}`, time: now })),
      ),
    );
    // Two collectors on one SQLite file take turns: who comes too early is asked to come again.
    for (const [index, batch] of batches.entries()) {
      await (index % 2 === 0 ? first : second).add(batch, now);
    }
    if (place.startsWith("postgres")) {
      const again = await Promise.all(
        batches.flatMap((batch) => [first.add(batch, now), second.add([...batch].reverse(), now)]),
      );
      expect(again.every(({ added }) => added === 0)).toBe(true);
    }
    const rows = await allSums(first);
    expect(rows.map(({ sums }) => sumOf(sums, ["seen"])).sort()).toEqual([60, 60, 80]);
    await Promise.all([first.close(), second.close()]);
  });

  test("forgets a user for good", async () => {
    const storage = await openStorage(await createPlace());
    const events = ["ada", "bob"].map((user) => accepted(completionEvent(user, { user, time: now })));
    await storage.add(events, now);
    expect(await storage.deleteUser(uuidOf("ada"), now)).toBe(1);
    expect(await storage.deleteUser(uuidOf("ada"), now)).toBe(0);
    expect(await storage.add(events, now)).toEqual({ added: 0, duplicates: 1, refused: 1 });
    expect((await allSums(storage)).map(({ user }) => user)).toEqual([uuidOf("bob")]);
    await storage.close();
  });

  test("has room for as many experiments as an event may name", async () => {
    const storage = await openStorage(await createPlace());
    // Random letters: nothing of it can be packed.
    const random = seededRandom(3);
    const word = () => Array.from({ length: 64 }, () => Math.floor(36 * random()).toString(36)).join("");
    const experiments = Object.fromEntries(Array.from({ length: mostExperiments }, () => [word(), word()]));
    await storage.add([accepted(completionEvent("1", { time: now, experiments }))], now);
    expect((await allSums(storage)).map(({ arms }) => arms)).toEqual([experiments]);
    await storage.close();
  });

  test("deletes what is old, and no more at once than it is told", async () => {
    const storage = await openStorage(await createPlace());
    for (const [age, name] of ["a", "b", "c"].entries()) {
      await storage.add([accepted(completionEvent(name, { time: now - age * day }))], now - age * day);
    }
    const midnight = 20_000 * day;
    expect(await storage.deleteReceivedBefore(midnight, 1)).toBe(1);
    expect(await storage.deleteReceivedBefore(midnight, 10)).toBe(1);
    expect(await storage.countEvents()).toBe(1);
    expect((await allSums(storage)).map(({ receivedDay }) => receivedDay)).toEqual([20_000]);
    await storage.close();
  });

  test("tells all sums, also where they are read piece by piece", async () => {
    const storage = await openStorage(await createPlace());
    const events = Array.from({ length: 10_001 }, (_, index) =>
      accepted(completionEvent(`${index}`, { user: `user ${index % 5001}`, time: now })),
    );
    for (let from = 0; from < events.length; from += 2000) await storage.add(events.slice(from, from + 2000), now);
    const rows = await allSums(storage);
    expect(new Set(rows.map(({ user }) => user)).size).toBe(5001);
    expect(rows.reduce((sum, { sums }) => sum + sumOf(sums, ["seen"]), 0)).toBe(10_001);
    await storage.close();
  });

  test("keeps tokens by their hash", async () => {
    const storage = await openStorage(await createPlace());
    expect(await storage.addToken({ name: "ada", created: now }, "hash")).toBe(true);
    expect(await storage.addToken({ name: "ada", created: now }, "other")).toBe(false);
    expect(await storage.findToken("hash")).toEqual({ name: "ada", created: now });
    expect(await storage.findToken("other")).toBeUndefined();
    expect(await storage.listTokens()).toEqual([{ name: "ada", created: now }]);
    expect(await storage.deleteToken("ada")).toBe(true);
    expect(await storage.deleteToken("ada")).toBe(false);
    await storage.close();
  });

  test("brings a database of the first schema up to date, and counts its events", async () => {
    const place = await createPlace();
    const storage = await openStorage(place);
    await storage.add([accepted(completionEvent("1", { time: now, accepted: true }))], now);
    await storage.close();
    await backToFirstSchema(place);
    const migrated = await openStorage(place);
    expect((await allSums(migrated)).map(({ sums }) => sumOf(sums, ["accepted"]))).toEqual([1]);
    expect(await migrated.countEvents()).toBe(1);
    await migrated.close();
  });

  test("does not touch a database of a newer Horizon", async () => {
    const place = await createPlace();
    await (await openStorage(place)).close();
    await execute(place, "PRAGMA user_version = 99", "UPDATE horizon_schema SET version = 99");
    await expect(openStorage(place)).rejects.toThrow(/newer Horizon \(schema 99\)/);
  });

  test("says that it is not well, and goes on when it is", async () => {
    const storage = await openStorage(await createPlace());
    await expect(storage.check()).resolves.toBeUndefined();
    await storage.close();
    await expect(storage.check()).rejects.toThrow(StorageError);
  });
});

/** What a database looked like before there were sums. */
async function backToFirstSchema(place: string): Promise<void> {
  await execute(
    place,
    "DROP TABLE sums; DROP TABLE counted_by; PRAGMA user_version = 1",
    "DROP TABLE horizon_sums; DROP TABLE horizon_counted_by; UPDATE horizon_schema SET version = 1",
  );
}

async function execute(place: string, sqlite: string, postgresql: string): Promise<void> {
  if (place.startsWith("postgres")) {
    const client = new Client(place);
    await client.connect();
    await client.query(postgresql);
    await client.end();
  } else {
    const database = new Database(place);
    database.exec(sqlite);
    database.close();
  }
}

describe("SQLite", () => {
  test("keeps all columns of the sums", async () => {
    const storage = openSqlite(join(folder, "columns.db"));
    await storage.add([accepted(completionEvent("1", { time: now }))], now);
    expect((await allSums(storage))[0]?.sums).toHaveLength(columns.length);
    await storage.close();
  });

  test("says what to do with a file that is no database, and leaves it alone", async () => {
    const file = join(folder, "text.db");
    writeFileSync(file, "not a database at all, ".repeat(1000));
    await expect(openStorage(file)).rejects.toThrow(/damaged or no SQLite file.*\.recover/s);
  });

  test("says what to do with a damaged file", async () => {
    const file = join(folder, "damaged.db");
    const storage = await openStorage(file);
    const events = Array.from({ length: 500 }, (_, index) => accepted(completionEvent(`${index}`, { time: now })));
    await storage.add(events, now);
    await storage.close();
    // Over the pages in the middle.
    execFileSync("dd", [
      "if=/dev/urandom",
      `of=${file}`,
      "bs=4096",
      "seek=3",
      "count=40",
      "conv=notrunc",
      "status=none",
    ]);
    await expect(openStorage(file)).rejects.toThrow(/damaged or no SQLite file/);
  });

  test("takes nothing of a batch for which the disk has no room, and takes it when there is some", async () => {
    const file = join(folder, "full.db");
    const storage = openSqlite(file, { maximumPages: 40 });
    const events = Array.from({ length: 500 }, (_, index) => accepted(completionEvent(`${index}`, { time: now })));
    await storage.add(events.slice(0, 10), now);
    await expect(storage.add(events, now)).rejects.toThrow(/full/);
    expect(await storage.countEvents()).toBe(10);
    await storage.close();
    const roomy = openSqlite(file);
    expect(await roomy.add(events, now)).toEqual({ added: 490, duplicates: 10, refused: 0 });
    await roomy.close();
  });

  test("asks to come again while another program holds the file", async () => {
    const file = join(folder, "locked.db");
    const storage = openSqlite(file);
    const other = new Database(file);
    other.exec("BEGIN EXCLUSIVE");
    const event = accepted(completionEvent("1", { time: now }));
    await expect(storage.add([event], now)).rejects.toThrow(/locked/);
    other.exec("COMMIT");
    other.close();
    expect(await storage.add([event], now)).toEqual({ added: 1, duplicates: 0, refused: 0 });
    await storage.close();
  });
});

describe("PostgreSQL", () => {
  test("takes nothing of a batch for which the disk has no room, and takes it when there is some", async () => {
    const url = await postgres.createDatabase();
    const events = Array.from({ length: 2000 }, (_, index) => accepted(completionEvent(`${index}`, { time: now })));
    const first = await openStorage(url);
    await first.add(events.slice(0, 1000), now);
    await first.close();
    const client = new Client(url);
    await client.connect();
    for (let doubling = 0; doubling < 5; doubling++) {
      await client.query(
        'INSERT INTO horizon_events ("user", id, received, body) SELECT "user", gen_random_uuid(), received, body FROM horizon_events',
      );
    }
    await client.end();
    // A file of its log has that size, and without that it cannot go on at all; the table's is larger by now.
    await postgres.limitFiles(16 << 20);
    try {
      const full = await openStorage(url);
      await expect(full.add(events, now)).rejects.toThrow(/PostgreSQL: could not extend/);
      expect(await full.countEvents()).toBe(32_000);
      await full.close();
    } finally {
      await postgres.limitFiles(undefined);
    }
    const roomy = await openStorage(url);
    expect(await roomy.add(events, now)).toEqual({ added: 1000, duplicates: 1000, refused: 0 });
    await roomy.close();
  });

  test("loses nothing that it acknowledged when the server crashes, and goes on with the next one", async () => {
    const storage = await openStorage(await postgres.createDatabase());
    const event = accepted(completionEvent("1", { time: now }));
    await storage.add([event], now);
    await postgres.crash();
    await expect(storage.add([event], now)).rejects.toThrow(StorageError);
    await postgres.start();
    expect(await storage.add([event], now)).toEqual({ added: 0, duplicates: 1, refused: 0 });
    await storage.close();
  });

  test("says what to do when the server is not there", async () => {
    await expect(openStorage(`postgres://nobody@/none?host=${encodeURIComponent(folder)}`)).rejects.toThrow(
      /PostgreSQL cannot be used.*Is the server there/,
    );
  });
});
