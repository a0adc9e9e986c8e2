// What a replay takes for known is what an editor's model would know.
import { describe, expect, it } from "vitest";
import { VirtualCache } from "../../../../server/src/evaluation/replay/virtualCache.js";

const never = new AbortController().signal;
const prompt = (file: number, length: number) => Array.from({ length }, (_, index) => file * 10_000 + index);

/** A cache whose tokens take a millisecond each. */
function millisecondCache(onPass = (_now: number) => {}) {
  let now = 0;
  const cache = new VirtualCache({
    pass: (tokens) => {
      now += tokens;
      onPass(now);
    },
    now: () => now,
  });
  return { cache, time: () => now };
}

describe("a virtual cache", () => {
  it("reads what is new alone, and what was written no more", async () => {
    const { cache, time } = millisecondCache();
    expect(await cache.read(prompt(1, 400), never)).toBe(0);
    expect(time()).toBe(400);
    await cache.write(prompt(1, 401)[400] as number);
    expect(time()).toBe(400);
    expect(await cache.read(prompt(1, 404), never)).toBe(401);
    expect(time()).toBe(403);
  });

  it("keeps the prompts of other files", async () => {
    const { cache, time } = millisecondCache();
    await cache.read(prompt(1, 400), never);
    await cache.read(prompt(2, 400), never);
    const before = time();
    expect(await cache.read(prompt(1, 410), never)).toBe(400);
    expect(time() - before).toBe(10);
  });

  it("forgets those that have no room any more", async () => {
    const { cache } = millisecondCache();
    for (let file = 1; file <= 20; file++) await cache.read(prompt(file, 1000), never);
    expect(await cache.read(prompt(1, 1000), never)).toBe(0);
    expect(await cache.read(prompt(20, 1000), never)).toBeGreaterThan(900);
  });

  it("stops reading when the next key comes, and knows what it has read by then", async () => {
    const key = new AbortController();
    const { cache, time } = millisecondCache((now) => now > 150 && key.abort());
    expect(await cache.read(prompt(1, 1000), key.signal)).toBeUndefined();
    const read = time();
    expect(read).toBeLessThan(300);
    expect(await cache.read(prompt(1, 1000), never)).toBe(read);
  });
});
