// What is remembered of what the developer did.
import { describe, expect, it } from "vitest";
import { ActivityLog, findChange } from "../../../server/src/features/activity.js";

const a = { folder: "file:///r", path: "a.py" };
const b = { folder: "file:///r", path: "b.py" };

describe("edits", () => {
  it("are the newest first; typing on is one edit", () => {
    const log = new ActivityLog();
    log.edit(a, { start: 10, removed: 0, inserted: 1 });
    log.edit(a, { start: 11, removed: 0, inserted: 1 });
    log.edit(b, { start: 0, removed: 0, inserted: 5 });
    log.edit(a, { start: 12, removed: 0, inserted: 3 });
    expect(log.edits).toEqual([
      { ...a, start: 10, end: 15 },
      { ...b, start: 0, end: 5 },
    ]);
  });

  it("far from each other are two, and move with what is typed before them", () => {
    const log = new ActivityLog();
    log.edit(a, { start: 1000, removed: 0, inserted: 10 });
    log.edit(a, { start: 100, removed: 20, inserted: 50 });
    expect(log.edits).toEqual([
      { ...a, start: 100, end: 150 },
      { ...a, start: 1030, end: 1040 },
    ]);
    log.edit(a, { start: 0, removed: 2000, inserted: 3 });
    for (const { start, end } of log.edits) {
      expect(start).toBeLessThanOrEqual(end);
      expect(end).toBeLessThanOrEqual(3);
    }
  });

  it("are forgotten when there are many, and with their folder", () => {
    const log = new ActivityLog();
    for (let file = 0; file < 100; file++) {
      log.edit({ folder: "file:///r", path: `${file}.py` }, { start: 0, removed: 0, inserted: 1 });
    }
    expect(log.edits).toHaveLength(32);
    expect(log.edits[0]?.path).toBe("99.py");
    log.forgetFolder("file:///r");
    expect(log.edits).toEqual([]);
  });
});

describe("views", () => {
  it("of the same part are one, and move with the text", () => {
    const log = new ActivityLog();
    log.view(a, { start: 0, end: 100 });
    log.view(b, { start: 0, end: 50 });
    log.view(a, { start: 50, end: 150 });
    log.edit(a, { start: 0, removed: 0, inserted: 7 });
    expect(log.views).toEqual([
      { ...a, start: 57, end: 157 },
      { ...b, start: 0, end: 50 },
    ]);
  });
});

describe("a change", () => {
  it.each([
    ["abc", "abc", undefined],
    ["abc", "abXc", { start: 2, removed: 0, inserted: 1 }],
    ["aaa", "aa", { start: 2, removed: 1, inserted: 0 }],
    ["", "new", { start: 0, removed: 0, inserted: 3 }],
    ["one two", "one 2 two", { start: 4, removed: 0, inserted: 2 }],
  ])("from %j to %j", (before, after, change) => {
    expect(findChange(before, after)).toEqual(change);
    if (change !== undefined) {
      const { start, removed, inserted } = change;
      const inserting = after.slice(start, start + inserted);
      expect(before.slice(0, start) + inserting + before.slice(start + removed)).toBe(after);
    }
  });
});
