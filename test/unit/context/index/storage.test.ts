// The index on disk: what is saved is used, and whatever happens to it, the index is right and says once what it could
// not use.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FolderStore } from "../../../../server/src/context/index/folderStore.js";
import { dropUnused } from "../../../../server/src/context/index/indexStorage.js";
import { diskSources } from "../../../../server/src/context/index/sourceFiles.js";
import { diskStorage, type StorageFiles } from "../../../../server/src/context/index/storageFiles.js";
import {
  folderOf,
  hastyStorage,
  type TestIndexer,
  temporaryFolder,
  testIndexer,
  writeFiles,
} from "./temporaryFolder.js";

const files = {
  "src/a.ts": "export class A { run(): B { return make(1); } }\n",
  "src/b.py": "def make(x):\n    return call(x)\n",
  "notes.md": "# Notes\n\nAbout things.\n",
  "min.js": `x="${"y".repeat(3000)}"`,
};

/** Builds the index of a folder with what is saved. */
async function build(root: string, directory: string, storageFiles: StorageFiles = diskStorage): Promise<TestIndexer> {
  const built = await testIndexer({ directory, storageFiles });
  built.indexer.setFolders([folderOf(root)]);
  await built.run();
  return built;
}

/** All that the index says. */
function answers({ indexer }: TestIndexer): unknown {
  return [...indexer.index.files()].map(({ path, symbols }) => [
    path,
    symbols.definitions,
    symbols.references,
    symbols.imports,
    symbols.chunks,
    [
      ...indexer.index.searchChunks(
        new Map([
          ["things", 1],
          ["make", 1],
        ]),
        { limit: 9 },
      ),
    ].map(({ file, index, score }) => [file.path, index, score]),
  ]);
}

/** Paths of the saved files, deepest names only. */
function saved(directory: string): string[] {
  return (readdirSync(directory, { recursive: true }) as string[])
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

describe("a saved index", () => {
  it("is used whole at the second start: nothing is parsed, nothing is even read", async () => {
    const root = temporaryFolder(files);
    const directory = temporaryFolder();
    const first = await build(root, directory);
    await first.indexer.dispose();
    expect(first.indexer.status).toMatchObject({ extracted: 3, reused: 0 });
    let reads = 0;
    const second = await testIndexer({
      directory,
      sources: {
        ...diskSources,
        read: (path) => {
          reads++;
          return diskSources.read(path);
        },
      },
    });
    second.indexer.setFolders([folderOf(root)]);
    await second.run();
    expect(second.indexer.status).toMatchObject({ extracted: 0, reused: 3, leftOut: { minified: 1 } });
    expect(reads).toBe(0);
    expect(answers(second)).toEqual(answers(first));
    expect(second.problems).toEqual([]);
    expect(second.indexer.needsSave).toBe(false);
  });

  it("finds what changed while nobody looked, and takes content back that it knew before", async () => {
    const root = temporaryFolder(files);
    const directory = temporaryFolder();
    await (await build(root, directory)).indexer.dispose();
    writeFiles(root, { "src/b.py": "def other(): pass\n", "src/new.py": "def fresh(): pass\n" });
    rmSync(join(root, "notes.md"));
    const second = await build(root, directory);
    await second.indexer.dispose();
    expect(second.indexer.status).toMatchObject({ extracted: 2, reused: 1 });
    expect(second.paths()).toEqual(["src/a.ts", "src/b.py", "src/new.py"]);
    // As a change of branch does it.
    writeFiles(root, files);
    const third = await build(root, directory);
    expect(third.indexer.status).toMatchObject({ extracted: 0, reused: 4 });
  });

  it("a build that was broken off goes on with what was saved", async () => {
    const root = temporaryFolder(
      Object.fromEntries(Array.from({ length: 30 }, (_, each) => [`f${each}.py`, `def f${each}(): pass\n`])),
    );
    const directory = temporaryFolder();
    const first = await testIndexer({ directory });
    first.indexer.setFolders([folderOf(root)]);
    const stop = new AbortController();
    await first.indexer.run({
      signal: stop.signal,
      pause: async () => {
        first.clock.milliseconds += 1;
        if (first.indexer.status.files >= 10) stop.abort();
      },
    });
    await first.indexer.dispose();
    const second = await build(root, directory);
    expect(second.indexer.status.reused).toBe(first.indexer.status.files);
    expect(second.indexer.status.files).toBe(30);
  });
});

describe("a disk that is full", () => {
  /** A disk on which `room` more bytes fit. */
  function fullAfter(room: number): StorageFiles {
    let left = room;
    return {
      ...diskStorage,
      write: (path, parts) => {
        const written: Uint8Array[] = [];
        for (const part of parts) {
          written.push(part.subarray(0, Math.min(part.length, left)));
          left -= part.length;
          if (left >= 0) continue;
          left = 0;
          // What fitted is there, as on a real disk.
          hastyStorage.write(path, written);
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        }
        hastyStorage.write(path, written);
      },
    };
  }

  const key = (name: string): string => name.padStart(16, "k");
  const entryOf = (name: string) => ({ size: 1, modified: 1, key: key(name), reason: undefined });

  it("at any byte leaves the older or the newer state, whole", () => {
    let isFull = true;
    for (let room = 0; isFull; room++) {
      const directory = temporaryFolder();
      const problems: string[] = [];
      const open = (files: StorageFiles): FolderStore =>
        new FolderStore({ files, directory, onProblem: (problem) => problems.push(problem), now: Date.now });
      const older = open(hastyStorage);
      older.add(key("one"), Buffer.from("the first piece"));
      older.save(new Map([["one.ts", entryOf("one")]]));
      older.release();
      const newer = open(fullAfter(room));
      newer.add(key("two"), Buffer.from("the second piece"));
      newer.add(key("three"), Buffer.from("the third piece"));
      newer.save(
        new Map([
          ["two.ts", entryOf("two")],
          ["three.ts", entryOf("three")],
        ]),
      );
      newer.release();
      isFull = problems.length > 0;
      if (isFull) expect(problems).toEqual([expect.stringMatching(/cannot be saved .*no space left/)]);
      const next = open(hastyStorage);
      const names = [...next.catalog.keys()];
      expect([["one.ts"], ["two.ts", "three.ts"]]).toContainEqual(names);
      expect(Buffer.from(next.get(key("one")) ?? []).toString()).toBe("the first piece");
      const added = ["two", "three"].map((name) => next.get(key(name))).filter((piece) => piece !== undefined);
      expect([0, 2]).toContain(added.length);
      next.release();
      // Nothing of what was begun is left to count as something.
      expect(problems.length).toBe(isFull ? 1 : 0);
    }
  }, 60_000);

  it("is said once, and the index in memory is right", async () => {
    const root = temporaryFolder(files);
    const directory = temporaryFolder();
    await (await build(root, directory)).indexer.dispose();
    writeFiles(root, { "src/b.py": "def changed(x):\n    return call(x)\n" });
    const expected = answers(await build(root, temporaryFolder()));
    for (const room of [0, 1, 100, 700, 1000]) {
      const full = await build(root, directory, fullAfter(room));
      expect(answers(full)).toEqual(expected);
      await full.indexer.dispose();
      for (const problem of full.problems) expect(problem).toMatch(/cannot be saved .*no space left/);
      expect(full.problems.length).toBeLessThanOrEqual(1);
    }
  });
});

describe("a damaged index", () => {
  it("gives what is whole and nothing else, wherever a byte is wrong or the end is missing", () => {
    const pieces = new Map(
      ["one", "two", "three"].map((name) => [name.padStart(16, "k"), Buffer.from(`piece ${name}`)]),
    );
    const catalog = new Map([...pieces.keys()].map((key) => [key, { size: 1, modified: 1, key, reason: undefined }]));
    const directory = temporaryFolder();
    const problems: string[] = [];
    const open = (): FolderStore =>
      new FolderStore({
        files: hastyStorage,
        directory,
        onProblem: (problem) => problems.push(problem),
        now: Date.now,
      });
    const first = open();
    for (const [key, bytes] of pieces) first.add(key, bytes);
    first.save(catalog);
    first.release();
    const whole = saved(directory).map((path) => [path, readFileSync(path)] as const);
    for (const [path, content] of whole) {
      for (let at = 0; at < content.length; at++) {
        for (const damaged of [flip(content, at), content.subarray(0, at)]) {
          for (const name of saved(directory)) rmSync(name);
          for (const [name, bytes] of whole) writeFileSync(name, bytes);
          writeFileSync(path, damaged);
          problems.length = 0;
          const second = open();
          const missing = [...pieces].filter(([key, bytes]) => {
            const piece = second.get(key);
            expect(piece === undefined || bytes.equals(piece)).toBe(true);
            return piece === undefined;
          });
          expect(problems.length).toBe(1);
          // Whoever needs them makes them again.
          for (const [key, bytes] of missing) second.add(key, bytes);
          second.save(catalog);
          second.release();
          const third = open();
          for (const [key, bytes] of pieces) expect(bytes.equals(third.get(key) ?? Buffer.alloc(0))).toBe(true);
          expect(third.catalog).toEqual(catalog);
          third.release();
          expect(problems.length).toBe(1);
        }
      }
    }
  }, 60_000);

  it("is used as far as it is whole, the rest made again, said once, and whole at the next start", async () => {
    const root = temporaryFolder(files);
    const directory = temporaryFolder();
    const first = await build(root, directory);
    await first.indexer.dispose();
    const expected = answers(first);
    const whole = saved(directory).map((path) => [path, readFileSync(path)] as const);
    for (const [path, content] of whole) {
      for (const share of [0, 0.1, 0.4, 0.9]) {
        const at = Math.floor(content.length * share);
        for (const damaged of [flip(content, at), content.subarray(0, at)]) {
          for (const name of saved(directory)) rmSync(name);
          for (const [name, bytes] of whole) writeFileSync(name, bytes);
          writeFileSync(path, damaged);
          const second = await build(root, directory);
          expect(answers(second)).toEqual(expected);
          await second.indexer.dispose();
          expect(second.problems).toEqual([expect.stringMatching(/cannot be used .* is made again/)]);
          const third = await build(root, directory);
          expect(third.problems).toEqual([]);
          expect(third.indexer.status.extracted).toBe(0);
        }
      }
    }
  });

  it("that is a folder, or of nobody we know, harms nothing", async () => {
    const root = temporaryFolder(files);
    const directory = temporaryFolder({ "index-test": "not a folder" });
    const built = await build(root, directory);
    await built.indexer.dispose();
    expect(built.paths().length).toBe(3);
    expect(built.problems.length).toBeGreaterThan(0);
    expect(built.problems.length).toBeLessThanOrEqual(2);
  });

  function flip(content: Buffer, at: number): Buffer {
    const damaged = Buffer.from(content);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at);
    return damaged;
  }
});

describe("two editors on the same folder", () => {
  it("do not harm each other, and the next one uses what both saved", async () => {
    const root = temporaryFolder(files);
    const directory = temporaryFolder();
    const one = await testIndexer({ directory });
    const two = await testIndexer({ directory });
    one.indexer.setFolders([folderOf(root)]);
    two.indexer.setFolders([folderOf(root)]);
    await one.run();
    await two.run();
    one.indexer.save();
    writeFiles(root, { "src/c.py": "def later(): pass\n" });
    two.indexer.rescan();
    await two.run();
    two.indexer.save();
    writeFiles(root, { "src/d.py": "def last(): pass\n" });
    one.indexer.rescan();
    await one.run();
    await one.indexer.dispose();
    await two.indexer.dispose();
    const next = await build(root, directory);
    expect(next.indexer.status).toMatchObject({ extracted: 0, files: 5 });
    expect([...one.problems, ...two.problems, ...next.problems]).toEqual([]);
  });

  it("one may join what the other still reads", async () => {
    const directory = temporaryFolder();
    const problems: string[] = [];
    const open = (): FolderStore =>
      new FolderStore({ files: diskStorage, directory, onProblem: (problem) => problems.push(problem), now: Date.now });
    const key = (each: number): string => String(each).padStart(16, "k");
    const entry = (each: number) => ({ size: 1, modified: 1, key: key(each), reason: undefined });
    for (let each = 0; each < 12; each++) {
      const writer = open();
      writer.add(key(each), Buffer.from(`piece ${each}`));
      writer.flush();
      writer.release();
    }
    const reader = open();
    const joiner = open();
    joiner.save(new Map(Array.from({ length: 12 }, (_, each) => [`f${each}`, entry(each)])));
    expect(readdirSync(directory).filter((name) => name.endsWith(".segment")).length).toBe(1);
    for (let each = 0; each < 12; each++) {
      expect(Buffer.from(reader.get(key(each)) ?? []).toString()).toBe(`piece ${each}`);
      expect(Buffer.from(open().get(key(each)) ?? []).toString()).toBe(`piece ${each}`);
    }
    expect(problems).toEqual([]);
  });
});

describe("room on disk", () => {
  it("is given back: content that nobody names any more goes when it is the larger part", () => {
    const directory = temporaryFolder();
    const store = new FolderStore({ files: diskStorage, directory, onProblem: () => {}, now: Date.now });
    const piece = (name: string): string => name.padStart(16, "p");
    for (let each = 0; each < 40; each++) store.add(piece(`old${each}`), Buffer.alloc(1024 * 1024, each));
    store.add(piece("new"), Buffer.from("kept"));
    store.save(new Map([["a.ts", { size: 1, modified: 1, key: piece("new"), reason: undefined }]]));
    expect(store.storedBytes).toBeLessThan(1024);
    expect(Buffer.from(store.get(piece("new")) ?? []).toString()).toBe("kept");
    expect(store.get(piece("old3"))).toBeUndefined();
  });

  it("unfinished files of a process that was killed go when they are old", () => {
    const directory = temporaryFolder({ "1.segment-ab.unfinished": "x", "2.segment-cd.unfinished": "y" });
    utimesSync(join(directory, "1.segment-ab.unfinished"), new Date(2001, 1), new Date(2001, 1));
    new FolderStore({ files: diskStorage, directory, onProblem: () => {}, now: Date.now });
    expect(readdirSync(directory)).toEqual(["2.segment-cd.unfinished"]);
  });

  it("old versions and folders that nobody opens go; those that are open or were used today stay", () => {
    const directory = temporaryFolder({
      "index-now/open/catalog": "1",
      "index-now/unused/catalog": "2",
      "index-now/recent/catalog": "3",
      "index-before/any/catalog": "4",
      "index-before/recent/catalog": "5",
      "something else": "6",
    });
    const old = new Date(2001, 1);
    for (const name of ["index-now/open", "index-now/unused", "index-before/any"]) {
      utimesSync(join(directory, name, "catalog"), old, old);
    }
    const name = createHash("sha256").update("file:///open").digest("hex").slice(0, 16);
    writeFiles(directory, { [`index-now/${name}/catalog`]: "7" });
    utimesSync(join(directory, `index-now/${name}/catalog`), old, old);
    const options = { files: diskStorage, directory, readerKey: "now", onProblem: () => {}, now: () => Date.now() };
    dropUnused(options, ["file:///open"]);
    expect(readdirSync(join(directory, "index-now")).sort()).toEqual([name, "recent"].sort());
    expect(readdirSync(join(directory, "index-before"))).toEqual(["recent"]);
    expect(readFileSync(join(directory, "something else"), "utf8")).toBe("6");
  });
});
