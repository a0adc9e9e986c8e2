// Whatever happens, in whatever order: exactly one outcome for each request, and the one that the stated order says.
import { describe, expect, test } from "vitest";
import {
  advance,
  type EndedRequest,
  type OpenSuggestion,
  open,
  type Signal,
} from "../../../server/src/telemetry/attribution.js";
import { seededRandom } from "../../support/seededRandom.js";

const text = "total = 1\nend";

/** A signal without its time, which the walk gives it. */
type Kind =
  | "answered"
  | "empty"
  | "cancelled"
  | "shown"
  | "typed"
  | "typedRest"
  | "word"
  | "line"
  | "rest"
  | "command"
  | "dismissed"
  | "diverged"
  | "replaced"
  | "left"
  | "continued"
  | "settled";

const kinds: readonly Kind[] = [
  "answered",
  "empty",
  "cancelled",
  "shown",
  "typed",
  "typedRest",
  "word",
  "line",
  "rest",
  "command",
  "dismissed",
  "diverged",
  "replaced",
  "left",
  "continued",
  "settled",
];

function signalOf(kind: Kind, at: number, suggestion: OpenSuggestion, request: string): Signal {
  const remaining = "remaining" in suggestion ? suggestion.remaining : text;
  switch (kind) {
    case "answered":
      return { type: "answered", at, text };
    case "empty":
      return { type: "answered", at, text: "" };
    case "cancelled":
      return { type: "unanswered", reason: "cancelled" };
    case "shown":
    case "settled":
      return { type: kind };
    case "typed":
      return { type: "typed", at, characters: 1 };
    case "typedRest":
      return { type: "typed", at, characters: remaining.length };
    case "word":
    case "line":
      return { type: "acceptedPart", at, how: kind, characters: Math.min(2, remaining.length) };
    case "rest":
      return { type: "acceptedRest", at };
    case "command":
      return { type: "acceptCommand", at };
    case "dismissed":
    case "left":
      return { type: kind, at };
    case "diverged":
    case "replaced":
      return { type: "diverged", at, byAnotherProvider: kind === "replaced" };
    case "continued":
      return { type: "continuedBy", at, request, text: remaining };
  }
}

interface Walk {
  readonly ended: readonly EndedRequest[];
  /** Requests that were made. */
  readonly requests: number;
  readonly isOver: boolean;
  /** The signals that came before the end. */
  readonly used: readonly Kind[];
}

/** Sends signals until the suggestion has ended. */
function walk(signals: readonly Kind[], step = 100): Walk {
  let suggestion: OpenSuggestion = open("request 0");
  let requests = 1;
  const ended: EndedRequest[] = [];
  const used: Kind[] = [];
  for (const [index, kind] of signals.entries()) {
    used.push(kind);
    const result = advance(suggestion, signalOf(kind, index * step, suggestion, `request ${requests}`));
    if (result.type !== "open") {
      ended.push(result.ended);
    }
    if (result.type === "ended") {
      return { ended, requests, isOver: true, used };
    }
    if (result.type === "continued") {
      requests++;
    }
    suggestion = result.suggestion;
  }
  return { ended, requests, isOver: false, used };
}

function* sequences(length: number): Generator<Kind[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const head of sequences(length - 1)) {
    for (const kind of kinds) {
      yield [...head, kind];
    }
  }
}

/** What the order of precedence says of a suggestion's whole history, found without the state machine. */
function expectedOutcome(used: readonly Kind[]): string {
  const answered = used.indexOf("answered");
  const early = used.findIndex((kind) => kind === "empty" || kind === "cancelled");
  if (answered < 0 || (early >= 0 && early < answered)) {
    return `expired ${used[early]}`;
  }
  const life = used.slice(answered + 1);
  // From the first of these on, only the command of an acceptance still counts.
  const remainingAfter = (end: number): number =>
    life.slice(0, end).reduce((rest, kind) => {
      const taken = { typed: 1, word: 2, line: 2, typedRest: rest }[kind as "typed"] ?? 0;
      return Math.max(0, rest - taken);
    }, text.length);
  const over = life.findIndex(
    (kind, index) =>
      ["diverged", "replaced", "left", "dismissed", "rest", "command"].includes(kind) ||
      (["typed", "typedRest", "word", "line"].includes(kind) && remainingAfter(index + 1) === 0),
  );
  const counted = life.slice(0, over + 1);
  if (counted.includes("rest") || life.includes("command")) {
    return "accepted full";
  }
  for (const how of ["line", "word"] as const) {
    if (counted.includes(how)) {
      return `accepted ${how}`;
    }
  }
  const wasShown = counted.includes("shown") || counted.includes("dismissed");
  if (!wasShown) {
    return "expired late";
  }
  const last = counted.at(-1) as Kind;
  return (
    { diverged: "ignored", left: "ignored", typed: "typedThrough", typedRest: "typedThrough" }[last as "left"] ?? last
  );
}

function nameOf({ outcome }: EndedRequest): string {
  switch (outcome.type) {
    case "accepted":
      return `accepted ${outcome.how}`;
    case "expired":
      return `expired ${outcome.reason}`;
    default:
      return outcome.type;
  }
}

function check({ ended, requests, isOver, used }: Walk): void {
  const fail = (what: string) => expect.fail(`${what}: ${JSON.stringify({ used, ended })}`);
  const last = ended.at(-1);
  if (ended.length !== (isOver ? requests : requests - 1)) {
    fail("not one outcome for each request");
  }
  if (new Set(ended.map(({ request }) => request)).size !== ended.length) {
    fail("a request ended twice");
  }
  const links = isOver ? ended.slice(0, -1) : ended;
  if (links.some(({ outcome }) => outcome.type !== "continued")) {
    fail("a link ended before its suggestion");
  }
  if (!isOver || last === undefined) {
    return;
  }
  if (nameOf(last) !== expectedOutcome(used)) {
    fail(`${nameOf(last)}, not ${expectedOutcome(used)}`);
  }
  const { outcome, visibility } = last;
  if (visibility.shown === (outcome.type === "expired") || (visibility.read && visibility.milliseconds < 750)) {
    fail("what was seen does not fit how it ended");
  }
  if (outcome.type === "accepted" || outcome.type === "typedThrough") {
    const used = outcome.typedCharacters + (outcome.type === "accepted" ? outcome.characters : 0);
    if (used > text.length || (nameOf(last) === "accepted full" && used === 0)) {
      fail("more was used than there was");
    }
  }
}

test("all sequences of up to four signals", () => {
  let count = 0;
  for (const length of [1, 2, 3, 4]) {
    for (const sequence of sequences(length)) {
      check(walk(sequence));
      count++;
    }
  }
  expect(count).toBe(16 + 16 ** 2 + 16 ** 3 + 16 ** 4);
});

test("all sequences of three signals after the answer", () => {
  for (const sequence of sequences(3)) {
    check(walk(["answered", ...sequence, "left", "settled"]));
    check(walk(["answered", "shown", ...sequence, "left", "settled"]));
  }
});

test("20,000 random walks of up to thirty signals end, each as the order says", () => {
  const random = seededRandom(7);
  const outcomes = new Map<string, number>();
  for (let walks = 0; walks < 20_000; walks++) {
    // Mostly what keeps a suggestion open, so that walks are long.
    const lively = random() < 0.7;
    const signals = Array.from({ length: 1 + Math.floor(random() * 28) }, () =>
      lively && random() < 0.8
        ? (["typed", "word", "line", "continued", "shown"] as const)[Math.floor(random() * 5)]
        : kinds[Math.floor(random() * kinds.length)],
    ) as Kind[];
    const result = walk(["answered", ...signals, "left", "settled"], Math.floor(random() * 400));
    check(result);
    if (!result.isOver) {
      expect.fail(`it is open for ever: ${JSON.stringify(signals)}`);
    }
    const name = nameOf(result.ended.at(-1) as EndedRequest);
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
  // None of them is a branch that the walks never take.
  for (const name of ["accepted full", "accepted line", "accepted word", "typedThrough", "dismissed"]) {
    expect(outcomes.get(name) ?? 0, name).toBeGreaterThan(20);
  }
  for (const name of ["replaced", "ignored", "expired late"]) {
    expect(outcomes.get(name) ?? 0, name).toBeGreaterThan(20);
  }
});

describe("one suggestion", () => {
  const outcomeOf = (...signals: Kind[]) => walk(signals).ended.at(-1);

  test("has been read when it stood there for 750 ms", () => {
    expect(walk(["answered", "shown", "left", "settled"], 374).ended[0]?.visibility).toEqual({
      shown: true,
      milliseconds: 748,
      read: false,
    });
    expect(walk(["answered", "shown", "left", "settled"], 375).ended[0]?.visibility.read).toBe(true);
  });

  test("the time on the screen goes on over the requests that continue it", () => {
    const { ended } = walk(["answered", "shown", "typed", "continued", "typed", "continued", "dismissed"]);
    expect(ended.map(({ visibility }) => visibility.milliseconds)).toEqual([300, 500, 600]);
    expect(ended.map(({ suggestion }) => suggestion)).toEqual(["request 0", "request 0", "request 0"]);
    expect(ended.at(-1)?.outcome).toEqual({ type: "dismissed", typedCharacters: 2 });
  });

  test("words, then the rest: accepted in full, with all characters", () => {
    expect(outcomeOf("answered", "shown", "word", "typed", "word", "rest")?.outcome).toEqual({
      type: "accepted",
      how: "full",
      characters: text.length - 1,
      typedCharacters: 1,
    });
  });

  test("a last character that looked typed was accepted if the command says so", () => {
    const signals: Kind[] = ["answered", "shown", ...Array<Kind>(text.length).fill("typed")];
    expect(outcomeOf(...signals, "settled")?.outcome).toEqual({ type: "typedThrough", typedCharacters: text.length });
    expect(outcomeOf(...signals, "command")?.outcome).toEqual({
      type: "accepted",
      how: "full",
      characters: 1,
      typedCharacters: text.length - 1,
    });
  });

  test("an edit that did not look like the suggestion was its acceptance if the command says so", () => {
    expect(outcomeOf("answered", "shown", "diverged", "command")?.outcome).toMatchObject({
      type: "accepted",
      characters: text.length,
    });
  });
});
