// Which texts are handed out, in which order, and what is handed out again.
import { describe, expect, it } from "vitest";
import { TextFeed } from "../../../../server/src/context/index/textFeed.js";
import type { IndexedFile } from "../../../../server/src/context/repositoryIndex.js";

/** An index of nothing but texts. */
class Texts {
  readonly texts = new Map<string, string | undefined>();

  files(): Iterable<IndexedFile> {
    return [...this.texts.keys()].map((path) => this.#fileOf(path));
  }

  file(_folder: string, path: string): IndexedFile | undefined {
    return this.texts.has(path) ? this.#fileOf(path) : undefined;
  }

  #fileOf(path: string): IndexedFile {
    return { folder: "f", path, text: () => this.texts.get(path) } as IndexedFile;
  }
}

/** Deep paths are far. */
const distance = ({ path }: { path: string }) => path.split("/").length;

function all(feed: TextFeed): string[] {
  const told: string[] = [];
  for (let next = feed.next(); next !== undefined; next = feed.next()) told.push(`${next.path}: ${next.text}`);
  return told;
}

describe("TextFeed", () => {
  it("hands out the nearest first, as many as may be", () => {
    const index = new Texts();
    index.texts.set("a/b/c.ts", "33333").set("a.ts", "11").set("a/b.ts", "222");
    expect(all(new TextFeed(index, 100, distance))).toEqual(["a.ts: 11", "a/b.ts: 222", "a/b/c.ts: 33333"]);
    expect(all(new TextFeed(index, 6, distance))).toEqual(["a.ts: 11", "a/b.ts: 222"]);
  });

  it("hands out again what has changed, and says what has gone", () => {
    const index = new Texts();
    index.texts.set("a.ts", "1").set("b.ts", "2").set("c.ts", "3");
    const feed = new TextFeed(index, 100, distance);
    all(feed);
    index.texts.set("a.ts", "one").delete("b.ts");
    index.texts.set("new.ts", "4");
    for (const path of ["a.ts", "b.ts", "new.ts"]) feed.change({ folder: "f", path });
    expect(all(feed)).toEqual(["a.ts: one", "b.ts: undefined", "new.ts: 4"]);
    feed.change({ folder: "f", path: "b.ts" });
    expect(all(feed)).toEqual([]);
  });

  it("takes back what has become too long, and leaves out what cannot be read", () => {
    const index = new Texts();
    index.texts.set("a.ts", "1").set("data.json", "x".repeat(300_000)).set("gone.ts", undefined);
    const feed = new TextFeed(index, 1_000_000, distance);
    expect(all(feed)).toEqual(["a.ts: 1"]);
    index.texts.set("a.ts", "x".repeat(300_000));
    feed.change({ folder: "f", path: "a.ts" });
    expect(all(feed)).toEqual(["a.ts: undefined"]);
  });

  it("has room again when something has gone", () => {
    const index = new Texts();
    index.texts.set("a.ts", "12345").set("b.ts", "1234");
    const feed = new TextFeed(index, 6, distance);
    expect(all(feed)).toHaveLength(1);
    for (const path of ["a.ts", "b.ts"]) {
      index.texts.set(path, "123");
      feed.change({ folder: "f", path });
    }
    expect(all(feed)).toEqual(["a.ts: 123", "b.ts: 123"]);
  });
});
