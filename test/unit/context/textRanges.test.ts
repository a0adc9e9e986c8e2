// Arithmetic with parts of a text.
import { describe, expect, it } from "vitest";
import { differenceOf } from "../../../server/src/context/textRanges.js";
import { seededRandom } from "../../support/seededRandom.js";

describe("the difference of two texts", () => {
  it("makes one of the other", () => {
    const random = seededRandom(11);
    const word = (): string => "ab\n"[Math.floor(random() * 3)] as string;
    for (let round = 0; round < 500; round++) {
      const before = Array.from({ length: Math.floor(random() * 12) }, word).join("");
      const after = Array.from({ length: Math.floor(random() * 12) }, word).join("");
      const { start, endBefore, endAfter } = differenceOf(before, after);
      expect(before.slice(0, start) + after.slice(start, endAfter) + before.slice(endBefore)).toBe(after);
    }
  });
});
