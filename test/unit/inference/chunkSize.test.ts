// A run of the graph takes about 30 ms, whatever the machine.
import { describe, expect, it } from "vitest";
import { ChunkSize, fewestChunkTokens, mostChunkTokens } from "../../../server/src/inference/chunkSize.js";

describe("ChunkSize", () => {
  it("is the given one until a run was measured, then what takes 30 ms", () => {
    const chunk = new ChunkSize(128);
    expect(chunk.tokens).toBe(128);
    chunk.record(128, 12.8);
    expect(chunk.tokens).toBe(300);
  });

  it("becomes smaller with the first slow run, and larger when eight have been faster", () => {
    const chunk = new ChunkSize(128);
    for (let run = 0; run < 8; run++) chunk.record(300, 30);
    chunk.record(300, 90);
    expect(chunk.tokens).toBe(100);
    for (let run = 0; run < 7; run++) chunk.record(100, 10);
    expect(chunk.tokens).toBe(100);
    chunk.record(100, 10);
    expect(chunk.tokens).toBe(300);
  });

  it("stays within its bounds", () => {
    const chunk = new ChunkSize(128);
    chunk.record(512, 1);
    expect(chunk.tokens).toBe(mostChunkTokens);
    chunk.record(64, 1000);
    expect(chunk.tokens).toBe(fewestChunkTokens);
  });

  it("learns nothing from a few tokens, whose time is that of starting", () => {
    const chunk = new ChunkSize(128);
    chunk.record(2, 5);
    chunk.record(100, 0);
    expect(chunk.tokens).toBe(128);
  });
});
