// What the model's process is told of the user's files, in which order, and what a new process is told.
import { describe, expect, it } from "vitest";
import type { HostProcess } from "../../../server/src/inference/backends/onnx/client.js";
import { LearnedFiles } from "../../../server/src/inference/learnedFiles.js";

/** A process that notes what it learns. */
function fakeProcess() {
  const learned: { file: number; tokens: number[] | undefined }[] = [];
  const host = {
    request: async ({ file, tokenIds }: { file: number; tokenIds: Uint16Array | undefined }) => {
      learned.push({ file, tokens: tokenIds && [...tokenIds] });
      return {};
    },
  } as unknown as HostProcess;
  return { host, learned };
}

const encode = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));

describe("LearnedFiles", () => {
  it("tells files in the order in which they came, whatever cutting them into tokens takes", async () => {
    const { host, learned } = fakeProcess();
    const options = { encode, vocabularySize: 8192, supervisor: { ready: async () => host } };
    const files = new LearnedFiles();
    files.learn(1, "x\n".repeat(20_000), 1, options);
    files.learn(2, "b", 2, options);
    files.learn(1, undefined, 3, options);
    await files.sent;
    expect(learned.map(({ file }) => file)).toEqual([1, 2, 1]);
    expect(learned[0]?.tokens).toHaveLength(40_000);
    expect(learned[1]?.tokens).toEqual([98]);
    expect(learned[2]?.tokens).toBeUndefined();
  });

  it("lets other things happen while a long file is cut into tokens", async () => {
    const { host } = fakeProcess();
    const lengths: number[] = [];
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    const slow = (text: string): number[] => {
      lengths.push(text.length);
      const until = performance.now() + 2;
      while (performance.now() < until);
      return [];
    };
    const files = new LearnedFiles();
    files.learn(1, "line\n".repeat(20_000), 1, {
      encode: slow,
      vocabularySize: 8192,
      supervisor: { ready: async () => host },
    });
    await files.sent;
    clearInterval(turn);
    expect(Math.max(...lengths)).toBeLessThan(10_000);
    expect(lengths.reduce((a, b) => a + b)).toBe(100_000);
    expect(turns).toBeGreaterThan(3);
  });

  it("tells a new process what is known, and goes on when there was none", async () => {
    const { host, learned } = fakeProcess();
    const files = new LearnedFiles();
    const dead = { encode, vocabularySize: 8192, supervisor: { ready: () => Promise.reject(new Error("it died")) } };
    files.learn(1, "a", 1, dead);
    files.learn(2, "b", 2, dead);
    files.learn(1, undefined, 3, dead);
    await files.sent;
    await files.teach(host, new AbortController().signal);
    expect(learned).toEqual([{ file: 2, tokens: [98] }]);
  });
});
