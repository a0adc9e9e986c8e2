// What telemetry keeps for itself on the machine: the random id, what is followed, what was typed, what was written.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { forgetUser, KnownUser, readUser } from "../../../server/src/telemetry/identity.js";
import type { Track } from "../../../server/src/telemetry/persistence.js";
import { loadTracks, saveTracks } from "../../../server/src/telemetry/trackFile.js";
import { type TypedText, TypedTexts } from "../../../server/src/telemetry/typedTexts.js";
import { WritingCounter } from "../../../server/src/telemetry/writing.js";
import { uuidOf } from "../../support/exampleEvents.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "horizon-state-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the user's id", () => {
  let made = 0;
  const newId = () => uuidOf(++made);

  test("is made once, also by windows at once, and nothing is left beside it", async () => {
    for (let round = 0; round < 100; round++) {
      await forgetUser(folder);
      const ids = await Promise.all([1, 2, 3, 4].map(() => readUser(folder, newId)));
      expect(new Set(ids).size).toBe(1);
      expect(await readUser(folder, newId)).toBe(ids[0]);
    }
    expect(await readdir(folder)).toEqual(["user.json"]);
  });

  test("is another one after it was forgotten", async () => {
    const first = await readUser(folder, newId);
    await forgetUser(folder);
    expect(await readUser(folder, newId)).not.toBe(first);
  });

  test("is known to have changed when another window has forgotten it, and not before", async () => {
    const known = new KnownUser(folder, newId);
    expect(await known.hasChanged()).toBe(false);
    const first = await known.read();
    expect(await known.hasChanged()).toBe(false);
    await forgetUser(folder);
    expect(await known.hasChanged()).toBe(true);
    const second = await readUser(folder, newId);
    expect(second).not.toBe(first);
    expect(await known.hasChanged()).toBe(true);
    expect(await known.read()).toBe(second);
    expect(await known.hasChanged()).toBe(false);
  });

  test("is made anew where the file is damaged", async () => {
    await writeFile(path.join(folder, "user.json"), '{"user": "me@example.org"}');
    const id = await readUser(folder, newId);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await readUser(folder, newId)).toBe(id);
  });
});

describe("what is followed", () => {
  const user = uuidOf(7);
  const track: Track = {
    suggestion: uuidOf(1),
    labels: { language: "python" },
    acceptedAt: 1,
    text: "return 1",
    uri: "file:///a.py",
    start: 4,
    end: 12,
    place: "at",
    isUndone: false,
    next: 1,
  };

  test("is there after a restart, and its file goes with the last of it", async () => {
    await saveTracks(folder, user, [track]);
    expect(await loadTracks(folder, user)).toEqual([track]);
    await saveTracks(folder, user, []);
    expect(await loadTracks(folder, user)).toEqual([]);
    await expect(readFile(path.join(folder, "acceptedTexts.json"))).rejects.toThrow("ENOENT");
  });

  test("is deleted where the user has deleted all data since, in another folder's window", async () => {
    await saveTracks(folder, user, [track]);
    expect(await loadTracks(folder, uuidOf(8))).toEqual([]);
    await expect(readFile(path.join(folder, "acceptedTexts.json"))).rejects.toThrow("ENOENT");
  });

  test.each(["", "{", "null", '{"a": 1}', `{"user": "${user}", "tracks": [{"suggestion": 1}, null]}`])(
    "is nothing where the file holds %j",
    async (text) => {
      await writeFile(path.join(folder, "acceptedTexts.json"), text);
      expect(await loadTracks(folder, user)).toEqual([]);
    },
  );
});

describe("what is typed instead of a suggestion", () => {
  let document: string;
  let isOn: boolean;
  let timers: (() => void)[];
  let typed: TypedTexts;
  beforeEach(() => {
    document = "def f():\n    \nend\n";
    isOn = true;
    timers = [];
    typed = new TypedTexts({
      directory: folder,
      now: () => 0,
      schedule: (_, run) => {
        timers.push(run);
        return () => {
          timers = timers.filter((timer) => timer !== run);
        };
      },
      isOn: () => isOn,
      textOf: () => document,
      onProblem: (problem) => expect.fail(problem),
    });
  });

  const edit = (offset: number, removed: number, text: string) => {
    document = document.slice(0, offset) + text + document.slice(offset + removed);
    typed.edited("a.py", [{ offset, removed, text }]);
  };

  async function kept(): Promise<TypedText[]> {
    for (const timer of timers) {
      timer();
    }
    await typed.close();
    const text = await readFile(path.join(folder, "typed.jsonl"), "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as TypedText]));
  }

  test("is kept with the code around it", async () => {
    typed.begin("a.py", 13, "python", "dismissed");
    edit(13, 0, "return 2");
    edit(0, 0, "# a line above\n");
    edit(35, 1, "3");
    expect(await kept()).toEqual([
      {
        time: "1970-01-01T00:00:00.000Z",
        language: "python",
        after: "dismissed",
        prefix: "def f():\n    ",
        suffix: "\nend\n",
        typed: "return 3",
      },
    ]);
  });

  test("is not kept where the code around it has changed with it", async () => {
    typed.begin("a.py", 13, "python", "nothingShown");
    edit(13, 0, "x");
    edit(9, 5, "other");
    expect(await kept()).toEqual([]);
  });

  test("is not kept unless the user asked for it", async () => {
    isOn = false;
    typed.begin("a.py", 13, "python", "dismissed");
    edit(13, 0, "return 2");
    expect(await kept()).toEqual([]);
  });
});

test("what is written is counted by where it came from, and a pause counts for 30 seconds at most", () => {
  let now = 0;
  const counter = new WritingCounter(() => now);
  const insert = (text: string, isCompletion = false, removed = 0) =>
    counter.edited("python", [{ offset: 0, removed, text }], isCompletion);
  insert("a");
  now += 1000;
  insert("\n    ");
  now += 60_000;
  insert("()");
  now += 500;
  insert("pasted text", false, 4);
  insert("return total", true);
  expect(counter.take()).toEqual(
    new Map([
      [
        "python",
        {
          activeSeconds: 31.5,
          typedCharacters: 8,
          insertedCharacters: 11,
          completedCharacters: 12,
          deletedCharacters: 4,
        },
      ],
    ]),
  );
  expect(counter.take().size).toBe(0);
});
