// What is chosen for a machine by what was measured, and when it is measured again.
import { describe, expect, test } from "vitest";
import { chooseProfile, describeProfile, type ThreadSpeed } from "../../../server/src/inference/machineProfile.js";
import { Slowness, slowFactor, slowMilliseconds } from "../../../server/src/inference/slowness.js";

const limits = { promptTokens: 1024, middleTokens: 160 };

const speed = (threads: number, prefill: number, decode: number): ThreadSpeed => ({
  threads,
  prefillTokensPerSecond: prefill,
  decodeTokensPerSecond: decode,
});

describe("threads", () => {
  test.each([
    ["one where a second gains nothing", [speed(1, 4000, 400), speed(2, 4100, 390)], 1],
    ["two where they save a fifth", [speed(1, 4000, 300), speed(2, 7000, 420)], 2],
    ["two where four are hardly quicker", [speed(1, 3000, 200), speed(2, 6000, 390), speed(4, 7000, 410)], 2],
    ["four where they pay", [speed(4, 12000, 800), speed(2, 6000, 400), speed(1, 3000, 200)], 4],
    ["one where more are in each other's way", [speed(1, 4000, 400), speed(2, 1000, 90), speed(4, 900, 40)], 1],
  ])("are %s", (_, speeds, threads) => {
    expect(chooseProfile(speeds, limits).threads).toBe(threads);
  });
});

describe("budgets", () => {
  test("are the model's own on a machine that is quick enough", () => {
    expect(chooseProfile([speed(1, 8000, 500)], limits)).toMatchObject({ promptTokens: 1024, multiLineTokens: 160 });
  });

  test("are smaller on a slow one, and never too small to be of use", () => {
    expect(chooseProfile([speed(1, 1400, 60)], limits)).toMatchObject({ promptTokens: 512, multiLineTokens: 90 });
    expect(chooseProfile([speed(1, 10, 1)], limits)).toMatchObject({ promptTokens: 256, multiLineTokens: 48 });
  });

  test("are never more than the model can do", () => {
    const { promptTokens, multiLineTokens } = chooseProfile([speed(1, 10, 1)], { promptTokens: 128, middleTokens: 20 });
    expect([promptTokens, multiLineTokens]).toEqual([128, 20]);
  });

  test("are said in words", () => {
    expect(describeProfile(chooseProfile([speed(2, 7012.3, 389.7)], limits))).toBe(
      "2 threads, prompts of 1024 tokens (measured: 7012 tokens/s read, 390 written)",
    );
  });
});

test("nothing can be chosen where nothing was measured", () => {
  expect(() => chooseProfile([], limits)).toThrow(RangeError);
});

describe("a machine", () => {
  /** An answer every ten seconds; returns when it is to be measured again. */
  function live(factors: readonly number[]): number | undefined {
    const slowness = new Slowness();
    const index = factors.findIndex((factor, answer) => slowness.note(factor, answer * 10_000));
    return index < 0 ? undefined : index * 10_000;
  }

  test.each([
    ["that is as quick as measured", Array(200).fill(1)],
    ["that was slow for two minutes", Array.from({ length: 200 }, (_, at) => (at > 50 && at < 62 ? 5 : 1))],
    ["that is slow at every other answer", Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 5 : 1))],
    ["that has not been watched for long", Array(29).fill(9)],
  ])("%s is not measured again", (_, factors) => {
    expect(live(factors)).toBeUndefined();
  });

  test("that stays slow is measured again", () => {
    expect(live(Array(200).fill(slowFactor))).toBe(slowMilliseconds);
  });
});
