// The compact structures under the index, against plain maps.
import { describe, expect, it } from "vitest";
import { ByteArena } from "../../../../server/src/context/index/byteArena.js";
import { ByteReader, zigzag } from "../../../../server/src/context/index/byteReader.js";
import { readCatalog, writeCatalog } from "../../../../server/src/context/index/catalog.js";
import { encodeFile } from "../../../../server/src/context/index/encodedFile.js";
import { distanceTo } from "../../../../server/src/context/index/folderDistance.js";
import { MemoryIndex } from "../../../../server/src/context/index/memoryIndex.js";
import { NamePostings } from "../../../../server/src/context/index/namePostings.js";
import { NameTable } from "../../../../server/src/context/index/nameTable.js";
import {
  definesName,
  encodeSymbols,
  mentionsName,
  SymbolReader,
  visitNames,
} from "../../../../server/src/context/index/symbolCodec.js";
import { ByteWriter } from "../../../../server/src/context/search/byteWriter.js";
import type { FileSymbols } from "../../../../server/src/context/symbols.js";
import { seededRandom } from "../../../support/seededRandom.js";

describe("numbers in bytes", () => {
  it("come back, of either sign", () => {
    const numbers = [0, 1, 127, 128, 300, 2 ** 21, 2 ** 28, 2 ** 31 - 1];
    const writer = new ByteWriter();
    for (const number of numbers) writer.writeVarint(number);
    const signed = [0, -1, 1, -64, 64, 100_000, -100_000];
    for (const number of signed) writer.writeVarint(zigzag(number));
    const reader = new ByteReader(writer.toBytes());
    expect(numbers.map(() => reader.readVarint())).toEqual(numbers);
    expect(signed.map(() => reader.readSigned())).toEqual(signed);
    expect(reader.readVarint()).toBe(0);
  });
});

describe("names", () => {
  it("get numbers and are found by them, in all scripts", () => {
    const table = new NameTable();
    const names = [
      "a",
      "getUser",
      "größe",
      "",
      "名前",
      "😀",
      ...Array.from({ length: 5000 }, (_, each) => `name${each}`),
    ];
    const numbers = names.map((name) => table.intern(Buffer.from(name)));
    expect(numbers).toEqual(names.map((_, number) => number));
    expect(names.map((name) => table.intern(Buffer.from(name)))).toEqual(numbers);
    expect(names.map((name) => table.find(name))).toEqual(numbers);
    expect(numbers.map((number) => table.nameOf(number))).toEqual(names);
    expect(table.find("missing")).toBe(-1);
  });
});

describe("postings", () => {
  it("are those of a plain map", () => {
    const random = seededRandom(7);
    const postings = new NamePostings();
    const plain = new Map<number, number[]>();
    const names = 300;
    for (let version = 0; version < 4000; version++) {
      // A few names are in most files, most are in few.
      const inFile = new Set(Array.from({ length: 12 }, () => Math.floor(random() ** 4 * names)));
      for (const name of inFile) {
        postings.add(name, version);
        plain.set(name, [...(plain.get(name) ?? []), version]);
      }
    }
    const read = (from: NamePostings, name: number): number[] => {
      const found: number[] = [];
      from.visit(name, (version) => found.push(version));
      return found;
    };
    for (let name = 0; name < names; name++) {
      expect(read(postings, name)).toEqual(plain.get(name) ?? []);
      expect(postings.count(name)).toBe(plain.get(name)?.length ?? 0);
    }
    expect(read(postings, names + 5)).toEqual([]);
  });
});

describe("the arena", () => {
  it("keeps the last piece of each owner, and gives room back", () => {
    const random = seededRandom(3);
    const arena = new ByteArena();
    const plain = new Map<number, Uint8Array>();
    for (let step = 0; step < 6000; step++) {
      const owner = Math.floor(random() * 400);
      if (random() < 0.25) {
        arena.delete(owner);
        plain.delete(owner);
      } else {
        const bytes = Buffer.alloc(Math.floor(random() * 4000), step & 255);
        arena.set(owner, bytes.subarray(0, 10), bytes.subarray(10));
        plain.set(owner, bytes);
      }
      if (step % 1000 === 999) arena.compact();
    }
    const large = Buffer.alloc(3 * 1024 * 1024, 9);
    arena.set(400, large);
    plain.set(400, large);
    for (let owner = 0; owner <= 400; owner++) {
      const bytes = arena.get(owner);
      expect(bytes === undefined ? undefined : Buffer.compare(bytes, plain.get(owner) ?? Buffer.alloc(0))).toBe(
        plain.has(owner) ? 0 : undefined,
      );
    }
    arena.compact();
    const live = [...plain.values()].reduce((sum, { length }) => sum + length, 0);
    expect(arena.byteLength).toBeLessThan(live * 1.7 + 3 * 1024 * 1024);
  });
});

describe("symbols", () => {
  const symbols: FileSymbols = {
    definitions: [
      {
        name: "Shape",
        kind: "class",
        start: 0,
        end: 90,
        nameStart: 6,
        headEnd: 12,
        parent: -1,
        bases: ["Base", "Drawable"],
      },
      {
        name: "area",
        kind: "method",
        start: 20,
        end: 60,
        nameStart: 25,
        headEnd: 31,
        parent: 0,
        bases: [],
        isPrivate: true,
      },
      { name: "größe", kind: "constant", start: 100, end: 110, nameStart: 100, headEnd: 110, parent: -1, bases: [] },
    ],
    references: [
      { name: "Base", kind: "type", start: 8, definition: 0 },
      { name: "value", kind: "value", start: 30, definition: 1 },
      { name: "area", kind: "call", start: 40, definition: 1 },
      { name: "area", kind: "call", start: 95, definition: -1 },
    ],
    imports: [
      { module: "./util", names: [{ name: "default", alias: "util" }], start: 0, end: 20 },
      { module: "os.path", names: [], start: 21, end: 30 },
    ],
    chunks: [
      { start: 0, end: 90, definition: 0 },
      { start: 91, end: 110, definition: -1 },
    ],
  };

  it("come back from bytes, but for mentions that are neither calls nor types", () => {
    const { names, body } = encodeSymbols(symbols);
    const list: string[] = [];
    const flags = new Map<string, number>();
    visitNames(names, (start, end, flag) => {
      list.push(Buffer.from(names).toString("utf8", start, end));
      flags.set(list.at(-1) ?? "", flag);
    });
    const reader = new SymbolReader(body, (place) => list[place] ?? "");
    expect(symbols.definitions.map((_, place) => reader.definition(place))).toEqual(symbols.definitions);
    expect(reader.definitionCount).toBe(symbols.definitions.length);
    expect(reader.references()).toEqual(symbols.references.filter(({ kind }) => kind !== "value"));
    expect(reader.imports()).toEqual(symbols.imports);
    expect(reader.chunks()).toEqual(symbols.chunks);
    expect(flags.get("area")).toBe(definesName + mentionsName);
    expect(flags.get("Shape")).toBe(definesName);
    expect(flags.get("./util")).toBe(0);
    expect(reader.placesOf(list.indexOf("area"))).toEqual([1]);
    expect(reader.references(list.indexOf("area"))).toEqual(symbols.references.slice(2));
  });
});

describe("the catalog", () => {
  it("comes back, and is refused when a byte of it is wrong or missing", () => {
    const key = Buffer.from("0123456789abcdef\xff\x00", "latin1").toString("latin1").slice(0, 16);
    const catalog = new Map([
      ['a b/ö\n".ts', { size: 5, modified: 1234.5678, key, reason: undefined }],
      ["b.ts", { size: 6, modified: -1, key: undefined, reason: "minified" as const }],
    ]);
    const bytes = writeCatalog(catalog);
    expect(readCatalog(bytes)).toEqual(catalog);
    expect(readCatalog(writeCatalog(new Map()))).toEqual(new Map());
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8((damaged.readUInt8(at) + 1) & 255, at);
      expect(readCatalog(damaged)).toBeUndefined();
      expect(readCatalog(bytes.subarray(0, at))).toBeUndefined();
    }
  });
});

describe("distances", () => {
  it("are steps from folder to folder to the nearest open document", () => {
    const distance = distanceTo([
      { folder: "one", path: "src/app/main.ts" },
      { folder: "one", path: "docs/x.md" },
    ]);
    const of = (path: string, folder = "one"): number => distance({ folder, path });
    expect([of("src/app/a.ts"), of("src/a.ts"), of("src/lib/a.ts"), of("a.ts"), of("docs/deep/a.ts")]).toEqual([
      0, 1, 2, 1, 1,
    ]);
    expect(of("a.ts", "two")).toBeGreaterThan(of("a/b/c/d/e/f/g.ts"));
  });
});

describe("a project's manifests", () => {
  const empty: FileSymbols = { definitions: [], references: [], imports: [], chunks: [] };

  it("are read once, and again when they change", () => {
    const texts = new Map([["go.mod", "module one\n"]]);
    const read: string[] = [];
    const index = new MemoryIndex((_, path) => {
      read.push(path);
      return texts.get(path);
    });
    const put = (folder: string, path: string): void =>
      index.put(folder, path, undefined, encodeFile(texts.get(path) ?? "", empty));
    put("file:///a", "go.mod");
    put("file:///a", "main.go");
    put("file:///b", "other.go");
    expect(index.project("file:///a").goModules).toEqual([{ folder: "", module: "one" }]);
    expect(index.project("file:///a").paths.inFolder("")).toEqual(["go.mod", "main.go"]);
    expect(index.project("file:///b").goModules).toEqual([]);
    put("file:///a", "store.go");
    expect(index.project("file:///a").paths.has("store.go")).toBe(true);
    expect(read).toEqual(["go.mod"]);
    texts.set("go.mod", "module two\n");
    put("file:///a", "go.mod");
    expect(index.project("file:///a").goModules).toEqual([{ folder: "", module: "two" }]);
    index.remove("file:///a", "go.mod");
    expect(index.project("file:///a").goModules).toEqual([]);
    expect(index.project("file:///a").paths.inFolder("")).toEqual(["main.go", "store.go"]);
  });
});
