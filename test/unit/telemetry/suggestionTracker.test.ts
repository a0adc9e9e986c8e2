// What VS Code tells of a user's session, told again to the tracker: every request ends once, as the user would say.
import { beforeEach, describe, expect, test } from "vitest";
import type { EndedRequest } from "../../../server/src/telemetry/attribution.js";
import type { TextEdit } from "../../../server/src/telemetry/editMatch.js";
import { type Acceptance, SuggestionTracker } from "../../../server/src/telemetry/suggestionTracker.js";
import { seededRandom } from "../../support/seededRandom.js";

const uri = "file:///a.py";

/** A document, a caret and a clock, with the tracker told of all that happens. */
class Session {
  now = 0;
  text = "";
  caret = 0;
  hasOtherProvider = false;
  readonly ended: EndedRequest[] = [];
  readonly accepted: Acceptance[] = [];
  requests = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  readonly tracker = new SuggestionTracker({
    now: () => this.now,
    schedule: (milliseconds, run) => {
      const timer = { at: this.now + milliseconds, run };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      };
    },
    newId: () => `request ${this.requests++}`,
    hasOtherProvider: () => this.hasOtherProvider,
    onEnded: (ended) => this.ended.push(ended),
    onAccepted: (acceptance) => this.accepted.push(acceptance),
  });

  wait(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) {
        break;
      }
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.now = due.at;
      due.run();
    }
    this.now = until;
  }

  ask(): string {
    return this.tracker.requested({ uri, offset: this.caret });
  }

  /** Asks and is answered; the answer is on the screen a moment later. */
  suggest(text: string, replaces = 0): string {
    const request = this.ask();
    this.wait(80);
    this.tracker.answered(request, text, replaces);
    this.wait(100);
    return request;
  }

  edit(edit: TextEdit, isUndo = false): void {
    this.text = this.text.slice(0, edit.offset) + edit.text + this.text.slice(edit.offset + edit.removed);
    this.tracker.edited(uri, [edit], isUndo);
  }

  /** Inserts at the caret, as typing, pasting and accepting do. */
  insert(text: string, removed = 0): void {
    const offset = this.caret;
    this.caret += text.length;
    this.edit({ offset, removed, text });
    this.tracker.caretMoved(uri, this.caret);
  }

  type(text: string): void {
    for (const character of text) {
      this.insert(character);
      this.wait(100);
    }
  }

  get outcomes(): string[] {
    return this.ended.map(({ outcome }) =>
      outcome.type === "accepted"
        ? `accepted ${outcome.how}`
        : outcome.type === "expired"
          ? `expired ${outcome.reason}`
          : outcome.type,
    );
  }
}

let session: Session;
beforeEach(() => {
  session = new Session();
});

describe("a suggestion", () => {
  test("is accepted in full by Tab", () => {
    const request = session.suggest("total += 1");
    session.insert("total += 1");
    session.tracker.acceptCommand(request);
    expect(session.ended).toEqual([
      {
        suggestion: request,
        request,
        outcome: { type: "accepted", how: "full", characters: 10, typedCharacters: 0 },
        visibility: { shown: true, milliseconds: 100, read: false },
      },
    ]);
    expect(session.accepted).toMatchObject([{ start: 0, end: 10 }]);
  });

  test("is accepted over the bracket that it writes itself", () => {
    session.text = ")";
    session.suggest("1, 2)", 1);
    session.insert("1, 2)", 1);
    expect(session.outcomes).toEqual(["accepted full"]);
    expect(session.text).toBe("1, 2)");
  });

  test("is accepted where the document has CRLF line ends", () => {
    session.suggest("a = 1\r\nb = 2");
    session.insert("a = 1\r\nb = 2");
    expect(session.outcomes).toEqual(["accepted full"]);
    expect(session.accepted).toMatchObject([{ start: 0, end: 12 }]);
  });

  test("is accepted by words, and the rest is left", () => {
    session.suggest("return total + 1");
    session.insert("return");
    session.insert(" total");
    session.type("x");
    session.wait(1000);
    expect(session.ended.at(-1)?.outcome).toEqual({
      type: "accepted",
      how: "word",
      characters: 12,
      typedCharacters: 0,
    });
    expect(session.accepted.at(-1)).toMatchObject({ start: 0, end: 12 });
  });

  test("is accepted by line", () => {
    session.suggest("a = 1\nb = 2\n");
    session.insert("a = 1\n");
    session.tracker.left();
    session.wait(1000);
    expect(session.outcomes).toEqual(["accepted line"]);
  });

  test("is typed through, over the requests that each key makes", () => {
    session.suggest("abc");
    session.type("a");
    session.suggest("bc");
    session.type("b");
    session.suggest("c");
    session.type("c");
    session.wait(1000);
    expect(session.outcomes).toEqual(["continued", "continued", "typedThrough"]);
    expect(new Set(session.ended.map(({ suggestion }) => suggestion))).toEqual(new Set(["request 0"]));
  });

  test("whose editor still shows the earlier answer is accepted by that answer's command", () => {
    const first = session.suggest("def f(x):");
    session.type("d");
    session.suggest("ef f(x):\n    return x");
    session.insert("ef f(x):");
    session.tracker.acceptCommand(first);
    expect(session.outcomes).toEqual(["continued", "accepted full"]);
    expect(session.ended.at(-1)?.outcome).toMatchObject({ characters: 8, typedCharacters: 1 });
  });

  test("is dismissed by Escape", () => {
    session.suggest("abc");
    session.wait(800);
    expect(session.tracker.dismissed()).toBe(true);
    expect(session.ended[0]).toMatchObject({ outcome: { type: "dismissed" }, visibility: { read: true } });
    expect(session.tracker.dismissed()).toBe(false);
  });

  test.each([
    ["something else is typed", () => session.type("x")],
    ["the caret goes elsewhere", () => session.tracker.caretMoved(uri, 40)],
    ["another file is opened", () => session.tracker.caretMoved("file:///b.py", 0)],
    ["the window loses the keyboard", () => session.tracker.left()],
  ])("is ignored when %s", (_, act) => {
    session.suggest("abc");
    act();
    session.wait(1000);
    expect(session.outcomes).toEqual(["ignored"]);
  });

  test("was never seen when the user typed on within two frames", () => {
    session.tracker.answered(session.ask(), "abc");
    session.wait(20);
    session.type("x");
    session.wait(1000);
    expect(session.ended).toMatchObject([
      { outcome: { type: "expired", reason: "late" }, visibility: { shown: false, milliseconds: 0 } },
    ]);
  });

  test.each([
    [true, "foo(bar, baz)", "replaced"],
    [false, "foo(bar, baz)", "ignored"],
    // A word of the list of words, and a key stroke.
    [true, "foobar", "ignored"],
    [true, "f", "ignored"],
  ])("with another provider: %s, and %j at once, is %s", (hasOtherProvider, text, outcome) => {
    session.hasOtherProvider = hasOtherProvider;
    session.suggest("total = 1");
    session.insert(text);
    session.wait(1000);
    expect(session.outcomes).toEqual([outcome]);
  });

  test("stays when the text before it changes", () => {
    session.text = "import os\n\n";
    session.caret = session.text.length;
    session.suggest("x = 1");
    session.caret += 3;
    session.edit({ offset: 0, removed: 0, text: "# \n" });
    session.tracker.caretMoved(uri, session.caret);
    session.insert("x = 1");
    expect(session.outcomes).toEqual(["accepted full"]);
    expect(session.accepted).toMatchObject([{ start: 14, end: 19 }]);
  });

  test("goes on when its bracket closes itself", () => {
    session.suggest("(self):");
    session.edit({ offset: 0, removed: 0, text: "()" });
    session.caret = 1;
    session.tracker.caretMoved(uri, 1);
    session.suggest("self):", 1);
    session.insert("self):", 1);
    expect(session.outcomes).toEqual(["continued", "accepted full"]);
  });

  test("that Enter begins was typed, indentation and all", () => {
    session.suggest("\n    return x");
    session.insert("\n    ");
    session.suggest("return x");
    session.tracker.dismissed();
    expect(session.ended.at(-1)?.outcome).toEqual({ type: "dismissed", typedCharacters: 5 });
  });

  test("that comes while an earlier one is on the screen is not shown", () => {
    session.suggest("abc");
    session.suggest("xyz");
    expect(session.outcomes).toEqual(["expired superseded"]);
    session.tracker.dismissed();
    expect(session.outcomes).toEqual(["expired superseded", "dismissed"]);
  });
});

test("20,000 random signals: each request ends exactly once, and what was accepted lies in the document", () => {
  const random = seededRandom(23);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  for (let round = 0; round < 200; round++) {
    session = new Session();
    session.text = "start\n".repeat(5);
    session.caret = 12;
    session.hasOtherProvider = random() < 0.5;
    const asked: string[] = [];
    let last = "";
    for (let count = 0; count < 100; count++) {
      const rest = last.slice(0, 1 + Math.floor(random() * last.length));
      const acts: (() => void)[] = [
        () => asked.push(session.ask()),
        () => {
          const text = pick(["", "total = 1", "a\nb\n", "x(y)"]);
          session.tracker.answered(pick(asked) ?? "none", text);
          last = text;
        },
        () => {
          last = pick(["value", "a = b", "line one\nline two"]);
          asked.push(session.suggest(last));
        },
        () => session.insert(rest),
        () => session.insert(last),
        () => session.type(last.slice(0, 1)),
        () => session.type(pick(["q", " ", "\n"])),
        () => session.insert(pick(["pasted text = 1", ")", "()"])),
        () => session.edit({ offset: 0, removed: 0, text: pick(["x", "\n"]) }),
        () => session.edit({ offset: Math.min(session.text.length, session.caret), removed: 1, text: "" }),
        () => session.edit({ offset: Math.max(0, session.caret - 2), removed: 2, text: "" }, true),
        () => session.tracker.caretMoved(uri, Math.floor(random() * session.text.length)),
        () => session.tracker.unanswered(pick(asked) ?? "none", pick(["cancelled", "failed", "late"] as const)),
        () => session.tracker.acceptCommand(pick(asked) ?? "none"),
        () => session.tracker.dismissed(),
        () => session.tracker.left(),
        () => session.wait(pick([5, 60, 600])),
      ];
      pick(acts)();
      const acceptance = session.accepted.at(-1);
      if (acceptance !== undefined && (acceptance.start < 0 || acceptance.end <= acceptance.start)) {
        expect.fail(JSON.stringify(acceptance));
      }
    }
    session.tracker.dispose();
    expect(session.tracker.openRequests).toBe(0);
    const requests = session.ended.map(({ request }) => request);
    expect(requests.length).toBe(session.requests);
    expect(new Set(requests).size).toBe(requests.length);
    // Of a suggestion, all requests but the last one say that they were continued.
    const finals = session.ended.filter(({ outcome }) => outcome.type !== "continued");
    expect(new Set(finals.map(({ suggestion }) => suggestion)).size).toBe(finals.length);
  }
});
