// What `horizon complete` reads from disk is what an editor would show.
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../../server/src/workspace/inputError.js";
import { decodeSource, readSourceFile } from "../../../server/src/workspace/sourceFile.js";

describe("decodeSource", () => {
  it.each([
    ["UTF-8", [0x61, 0xc3, 0xa9], "aé"],
    ["UTF-8 with a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "a"],
    ["UTF-16, little end first", [0xff, 0xfe, 0x61, 0, 0xe9, 0], "aé"],
    ["UTF-16, big end first", [0xfe, 0xff, 0, 0x61], "a"],
    ["UTF-16 with half a surrogate pair", [0xff, 0xfe, 0x3d, 0xd8, 0x61, 0], "\ufffda"],
    ["bytes that are no UTF-8", [0x61, 0xff, 0x62], "a\ufffdb"],
    ["nothing", [], ""],
  ])("%s", (_, bytes, text) => {
    expect(decodeSource(Uint8Array.from(bytes))).toBe(text);
  });

  it("finds no text in a binary file", () => {
    expect(decodeSource(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]))).toBeUndefined();
  });
});

describe("readSourceFile", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "horizon-source-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("says that a file does not exist, or is a folder", async () => {
    await expect(readSourceFile(join(folder, "none.py"))).rejects.toThrow(/There is no file .*none\.py/);
    await expect(readSourceFile(join(folder, "none.py", "a"))).rejects.toBeInstanceOf(InputError);
    await expect(readSourceFile(folder)).rejects.toThrow(/is a folder/);
  });

  it("does not read a file that is too large to be code", async () => {
    const path = join(folder, "large.py");
    await writeFile(path, "");
    await truncate(path, 51 * 1024 * 1024);
    await expect(readSourceFile(path)).rejects.toThrow(/51 MB.*up to 50 MB/);
  });
});
