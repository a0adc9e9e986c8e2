// An accepted text is found again after whatever happens to it, and is never said to be gone when it is only out of sight.
import { beforeEach, describe, expect, test } from "vitest";
import { compareAccepted, countAccepted } from "../../../server/src/telemetry/acceptedText.js";
import type { TextEdit } from "../../../server/src/telemetry/editMatch.js";
import { locateText } from "../../../server/src/telemetry/locateText.js";
import {
  carryRange,
  type EditCause,
  type Measurement,
  PersistenceTracks,
  type Track,
} from "../../../server/src/telemetry/persistence.js";
import { seededRandom } from "../../support/seededRandom.js";

const accepted = "return sum(item.price for item in items)";
const before = "def total(items):\n    ";
const after = "\n\n\nprint(total([]))\n";

/** Documents, a clock, and the tracks of what is accepted in them. */
class Desk {
  now = 1_700_000_000_000;
  readonly documents = new Map<string, string>();
  readonly measured: Measurement[] = [];
  readonly undone: string[] = [];
  tracks = this.#open();

  #open(): PersistenceTracks {
    return new PersistenceTracks({
      now: () => this.now,
      readText: async (uri) => this.documents.get(uri),
      pause: async () => {},
      onMeasured: (measurement) => this.measured.push({ ...measurement, track: { ...measurement.track } }),
      onUndone: ({ suggestion }) => this.undone.push(suggestion),
    });
  }

  accept(uri = "file:///a.py", text = accepted): void {
    this.documents.set(uri, before + text + after);
    const range = { start: before.length, end: before.length + text.length };
    this.tracks.accepted("one", uri, range, text, { language: "python" });
  }

  /** Replaces part of a document, as an editor does it. */
  edit(from: string, to: string, cause: EditCause = "user", uri = "file:///a.py"): void {
    const document = this.documents.get(uri) ?? "";
    const offset = document.indexOf(from);
    expect(offset, from).toBeGreaterThanOrEqual(0);
    this.documents.set(uri, document.slice(0, offset) + to + document.slice(offset + from.length));
    this.tracks.edited(uri, [{ offset, removed: from.length, text: to }], cause);
  }

  restart(): void {
    const kept = JSON.parse(JSON.stringify(this.tracks.save())) as Track[];
    this.tracks = this.#open();
    this.tracks.restore(kept);
  }

  async after(seconds: number): Promise<Measurement["result"] | undefined> {
    this.now = 1_700_000_000_000 + seconds * 1000;
    await this.tracks.check(new AbortController().signal);
    return this.measured.at(-1)?.result;
  }
}

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});

const whole = { type: "measured", characterSimilarity: 1, tokenSimilarity: 1, keptCharacters: countAccepted(accepted) };

test("is looked at after 30, 120, 300 and 600 seconds, and then no more", async () => {
  desk.accept();
  for (const seconds of [29, 30.5, 31, 119, 121, 299, 300.5, 601, 700]) {
    await desk.after(seconds);
  }
  expect(desk.measured.map(({ checkpoint, secondsAfter }) => [checkpoint, secondsAfter])).toEqual([
    [30, 30.5],
    [120, 121],
    [300, 300.5],
    [600, 601],
  ]);
  expect(desk.measured.every(({ result }) => result.type === "measured" && result.tokenSimilarity === 1)).toBe(true);
  expect(desk.tracks.size).toBe(0);
});

describe("is followed through", () => {
  const cases: Record<string, () => void> = {
    "edits before and after it": () => {
      desk.edit("def", "import os\n\ndef");
      desk.edit("print", "\nprint");
    },
    "a move to another place by cut and paste": () => {
      desk.edit(`    ${accepted}`, "    pass");
      desk.edit("print(total([]))", `print(1)\n${accepted}\n`);
    },
    "a move to another file": () => {
      desk.documents.set("file:///b.py", "# empty\n");
      desk.edit(`    ${accepted}\n`, "");
      desk.edit("# empty\n", `def f(items):\n    ${accepted}\n`, "user", "file:///b.py");
    },
    "undo and redo": () => {
      desk.edit(accepted, "", "undo");
      desk.edit("    \n", `    ${accepted}\n`, "undo");
    },
    "a rename of its file": () => {
      desk.documents.set("file:///c.py", desk.documents.get("file:///a.py") as string);
      desk.documents.delete("file:///a.py");
      desk.tracks.renamed("file:///a.py", "file:///c.py");
    },
    "a rename of its folder": () => {
      desk = new Desk();
      desk.accept("file:///old/a.py");
      desk.documents.set("file:///new/a.py", desk.documents.get("file:///old/a.py") as string);
      desk.documents.delete("file:///old/a.py");
      desk.tracks.renamed("file:///old", "file:///new");
    },
    "a restart of the editor": () => desk.restart(),
    "a restart, with edits by another program meanwhile": () => {
      desk.documents.set("file:///a.py", `# a new head\n${desk.documents.get("file:///a.py")}`);
      desk.restart();
    },
    "closing its file, and edits of it by another program": () => {
      desk.tracks.closed("file:///a.py");
      desk.documents.set("file:///a.py", `import os\n\n\n${desk.documents.get("file:///a.py")}`);
    },
    "a branch switch that moves it": () => {
      const document = desk.documents.get("file:///a.py") as string;
      desk.edit(document, `# another branch\nx = 1\n${document}# end\n`, "reload");
    },
  };
  test.each(Object.keys(cases))("%s", async (name) => {
    desk.accept();
    cases[name]?.();
    expect(await desk.after(31)).toEqual(whole);
  });
});

test("formatting on save is no change of its tokens", async () => {
  const text = "const total = sum(items, {tax: rate, currency: 'EUR'})";
  desk.accept("file:///a.py", text);
  const formatted = 'const total = sum(items, {\n      tax: rate,\n      currency: "EUR",\n    });';
  const document = desk.documents.get("file:///a.py") as string;
  desk.edit(document, document.replace(text, formatted));
  const result = await desk.after(31);
  expect(result).toMatchObject({ type: "measured", tokenSimilarity: 1, keptCharacters: countAccepted(text) });
  expect(result?.type === "measured" && result.characterSimilarity).toBeLessThan(1);
});

test("what the user changes of it counts as changed", async () => {
  desk.accept();
  desk.edit("item.price", "item.cost * item.count");
  const result = await desk.after(31);
  expect(result).toMatchObject({ type: "measured", keptCharacters: countAccepted(accepted) - "price".length });
});

test("what the user deletes is gone", async () => {
  desk.accept();
  desk.edit(accepted, "");
  expect(await desk.after(31)).toMatchObject({ characterSimilarity: 0, tokenSimilarity: 0, keptCharacters: 0 });
  expect(desk.undone).toEqual([]);
});

test("what Undo takes back is gone, and said to be undone once", async () => {
  desk.accept();
  desk.edit(accepted, "", "undo");
  expect(desk.undone).toEqual(["one"]);
  expect(await desk.after(31)).toMatchObject({ keptCharacters: 0 });
});

describe("is not known any more, which is not gone,", () => {
  const cases: Record<string, [reason: string, act: () => void]> = {
    "when a branch switch takes it out of the file": [
      "notFound",
      () => desk.edit(`    ${accepted}\n`, "    pass\n", "reload"),
    ],
    "when a branch switch removes just its line": ["notFound", () => desk.edit(`    ${accepted}\n`, "", "reload")],
    "when its file is not there any more": ["fileGone", () => desk.documents.delete("file:///a.py")],
    "when all of the file is replaced by something else": [
      "notFound",
      () => desk.edit(desk.documents.get("file:///a.py") as string, "entirely = other\n"),
    ],
  };
  test.each(Object.keys(cases))("%s", async (name) => {
    desk.accept();
    const [reason, act] = cases[name] as [string, () => void];
    act();
    expect(await desk.after(31)).toEqual({ type: "censored", reason });
  });

  test("when the editor was closed at the time", async () => {
    desk.accept();
    desk.restart();
    await desk.after(200);
    expect(desk.measured.map(({ checkpoint, result }) => [checkpoint, result.type])).toEqual([
      [30, "censored"],
      [120, "censored"],
    ]);
    expect(await desk.after(301)).toEqual(whole);
  });

  test("when there are too many: the oldest is given up, with all its checkpoints", () => {
    desk.accept();
    for (let count = 0; count < 10_000; count++) {
      desk.tracks.accepted(`more ${count}`, "file:///a.py", { start: 0, end: 3 }, "def", {});
    }
    expect(desk.tracks.size).toBe(10_000);
    expect(desk.measured.map(({ track, result }) => [track.suggestion, result])).toEqual(
      Array(4).fill(["one", { type: "censored", reason: "storeFull" }]),
    );
  });
});

test("a branch that is switched back shows it again", async () => {
  desk.accept();
  const document = desk.documents.get("file:///a.py") as string;
  desk.edit(document, "other = 1\n", "reload");
  expect(await desk.after(31)).toMatchObject({ type: "censored" });
  desk.edit("other = 1\n", document, "reload");
  expect(await desk.after(121)).toEqual(whole);
});

test("accepted in parts, it is one text", async () => {
  desk.documents.set("file:///a.py", "x = first second");
  desk.tracks.accepted("one", "file:///a.py", { start: 4, end: 9 }, "first", {});
  desk.tracks.accepted("one", "file:///a.py", { start: 4, end: 16 }, "first second", {});
  await desk.after(31);
  expect(desk.measured).toHaveLength(1);
  expect(desk.measured[0]).toMatchObject({ acceptedCharacters: 11, result: { keptCharacters: 11 } });
});

test("of 2,000 random edits, none makes the range lose a character that is still there", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 200; round++) {
    // Capital letters are the accepted ones.
    let document = `${"a".repeat(20)}${"X".repeat(12)}${"b".repeat(20)}`;
    let range = { start: 20, end: 32 };
    for (let count = 0; count < 10; count++) {
      const offset = Math.floor(random() * document.length);
      const removed = random() < 0.5 ? 0 : Math.floor(random() * 6);
      const text = "c".repeat(removed === 0 ? 1 + Math.floor(random() * 3) : Math.floor(random() * 4));
      const edit: TextEdit = { offset, removed: Math.min(removed, document.length - offset), text };
      const effect = carryRange(range, edit);
      document = document.slice(0, offset) + text + document.slice(offset + edit.removed);
      range = { start: effect.start, end: effect.end };
      if (!document.includes("X")) {
        break;
      }
      expect(range.start).toBeLessThanOrEqual(document.indexOf("X"));
      expect(range.end).toBeGreaterThan(document.lastIndexOf("X"));
    }
  }
});

describe("what is alike", () => {
  test("is compared by characters and by tokens", () => {
    expect(compareAccepted("a = b + c", "a = b + d")).toEqual({
      characterSimilarity: 8 / 9,
      tokenSimilarity: 4 / 5,
      keptCharacters: 4,
    });
    expect(compareAccepted("abc", "")).toEqual({ characterSimilarity: 0, tokenSimilarity: 0, keptCharacters: 0 });
  });

  test("is found at the nearest copy", () => {
    const document = "f(x)\n".repeat(10);
    expect(locateText(document, "f(x)", 26)).toEqual({ start: 25, end: 29 });
  });

  test("is found after small changes, and not where nothing is like it", () => {
    const document = `${"noise = 1\n".repeat(50)}value = compute(alpha, gamma)\n${"other()\n".repeat(50)}`;
    const found = locateText(document, "value = compute(alpha, beta)", 0);
    expect(document.slice(found?.start, found?.end)).toBe("value = compute(alpha, gamma)");
    expect(locateText(document, "while queue and not seen[queue[0]]: pass", 0)).toBeUndefined();
  });
});
