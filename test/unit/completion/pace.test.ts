// How long to wait after a key.
import { describe, expect, test } from "vitest";
import { chooseDelay, longestDelay, Pace } from "../../../server/src/completion/pace.js";

/** Within words 100 ms, a pause after each. */
const bursts = Array.from({ length: 32 }, (_, key) => (key % 6 === 5 ? 1500 : 100));

describe("the delay", () => {
  test.each([
    ["nothing, on a machine that is quicker than the user", bursts, 60, 0],
    ["the time between two keys of a word, on one that is slower", bursts, 150, 100],
    ["nothing, for a user who types letter by letter", bursts.map(() => 800), 300, 0],
    ["nothing, while little is known of the user", bursts.slice(0, 4), 150, 0],
    [
      "no longer than anybody waits, where the machine is hopeless",
      bursts.map((interval) => interval + 250),
      5000,
      longestDelay,
    ],
  ])("is %s", (_, intervals, latency, delay) => {
    expect(chooseDelay(intervals, latency)).toBe(delay);
  });

  test("never grows when the machine gets quicker", () => {
    const delays = Array.from({ length: 60 }, (_, step) => chooseDelay(bursts, 1200 - step * 20));
    expect(delays.toSorted((one, other) => other - one)).toEqual(delays);
  });
});

describe("the pace", () => {
  test("counts the delay from the last key", () => {
    const pace = new Pace();
    let now = 0;
    for (const interval of bursts) {
      now += interval;
      pace.typed(now);
    }
    pace.answered(150);
    expect(pace.remaining(now)).toBe(100);
    expect(pace.remaining(now + 70)).toBe(30);
    expect(pace.remaining(now + 500)).toBe(0);
  });

  test("follows a machine that has become slower", () => {
    const pace = new Pace();
    bursts.reduce((now, interval) => {
      pace.typed(now + interval);
      return now + interval;
    }, 0);
    const last = bursts.reduce((sum, interval) => sum + interval, 0);
    pace.answered(40);
    expect(pace.remaining(last)).toBe(0);
    for (let answer = 0; answer < 8; answer++) {
      pace.answered(200);
    }
    expect(pace.remaining(last)).toBe(100);
  });

  test("asks at once before anything was typed", () => {
    expect(new Pace().remaining(0)).toBe(0);
  });
});
