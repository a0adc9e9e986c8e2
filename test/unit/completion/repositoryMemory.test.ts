// What the model learns of a repository while its files change and the caret moves.
import { beforeEach, describe, expect, it } from "vitest";
import { RepositoryMemory } from "../../../server/src/completion/repositoryMemory.js";

let learned: Map<number, string>;
let recencies: Map<number, number>;
let calls: number;
let memory: RepositoryMemory;

function create(isTimeless: boolean): RepositoryMemory {
  learned = new Map();
  recencies = new Map();
  calls = 0;
  return new RepositoryMemory({
    keyOf: ({ path }) => path,
    isTimeless,
    learn: (file, text, recency) => {
      calls++;
      recencies.set(file, recency);
      if (text === undefined) learned.delete(file);
      else learned.set(file, text);
    },
  });
}

beforeEach(() => {
  memory = create(false);
});

/** `|` is the caret. */
function see(path: string, marked: string): void {
  const offset = marked.indexOf("|");
  memory.see({ uri: `file:///${path}`, path, text: marked.replace("|", "") }, offset);
}

const texts = () => [...learned.values()].sort();

describe("the document at the caret", () => {
  it("is learned without the caret's line, as two texts", () => {
    see("a.ts", "one\ntwo\nth|ree\nfour\n");
    expect(texts()).toEqual(["four\n", "one\ntwo\n"]);
  });

  it("never has what follows the caret as what follows what stands before it", () => {
    memory.setFile("a.ts", "one\ntwo\n");
    see("a.ts", "one\n|\ntwo\n");
    for (const text of texts()) expect(text).not.toContain("one\ntwo");
  });

  it("is learned once while the caret stays near, and anew when it goes far or something else is changed", () => {
    see("a.ts", `${"x\n".repeat(4000)}|\n${"y\n".repeat(4000)}`);
    const before = calls;
    see("a.ts", `${"x\n".repeat(4000)}typed|\n${"y\n".repeat(4000)}`);
    see("a.ts", `${"x\n".repeat(4000)}typed\nmore|\n${"y\n".repeat(4000)}`);
    expect(calls).toBe(before);
    see("a.ts", `${"x\n".repeat(1000)}|${"x\n".repeat(3000)}typed\nmore\n${"y\n".repeat(4000)}`);
    expect(calls).toBeGreaterThan(before);
    const moved = calls;
    see("a.ts", `z\n${"x\n".repeat(999)}|${"x\n".repeat(3000)}typed\nmore\n${"y\n".repeat(4000)}`);
    expect(calls).toBeGreaterThan(moved);
  });

  it("is learned anew when so much was typed that the pieces are far apart", () => {
    see("a.ts", "a\n|\nb\n");
    const before = calls;
    see("a.ts", `a\n${"typed\n".repeat(400)}|\nb\n`);
    expect(calls).toBeGreaterThan(before);
    expect(texts()).toEqual([`a\n${"typed\n".repeat(400)}`, "b\n"]);
  });

  it("becomes a file like others when another document is worked on", () => {
    see("a.ts", "one\n|two\n");
    see("b.ts", "three\n|\nfour\n");
    expect(texts()).toEqual(["four\n", "one\ntwo\n", "three\n"]);
  });

  it("counts instead of its file until it is closed", () => {
    see("a.ts", "new\n|\n");
    memory.setFile("a.ts", "old\n");
    expect(texts()).toEqual(["new\n"]);
    memory.close("a.ts");
    expect(texts()).toEqual([]);
    memory.setFile("a.ts", "old\n");
    expect(texts()).toEqual(["old\n"]);
  });
});

describe("files", () => {
  it("are learned, learned anew, and forgotten; the latest is the most recent", () => {
    memory.setFile("a.ts", "one");
    memory.setFile("b.ts", "two");
    memory.setFile("a.ts", "three");
    expect(texts()).toEqual(["three", "two"]);
    const [a, b] = [...recencies.values()];
    expect(a).toBeGreaterThan(b as number);
    memory.setFile("a.ts", undefined);
    memory.setFile("never.ts", undefined);
    expect(texts()).toEqual(["two"]);
  });

  it("have the model's line ends, and are left out when they are data", () => {
    memory.setFile("a.ts", "one\r\ntwo\r\n");
    memory.setFile("b.ts", "x".repeat(1_000_000));
    expect(texts()).toEqual(["one\ntwo\n"]);
  });

  it("are equally recent whatever happened before, where answers must depend on what is there alone", () => {
    memory = create(true);
    memory.setFile("a.ts", "one");
    memory.setFile("b.ts", "two");
    const before = new Map(recencies);
    see("a.ts", "one|");
    memory.close("a.ts");
    memory.setFile("a.ts", "one");
    for (const [file, recency] of before) expect(recencies.get(file)).toBe(recency);
  });
});
