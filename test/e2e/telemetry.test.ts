// Telemetry in a real editor. What it says of what was on the screen and how it ended is compared with the proposed
// events that the served editor fires: Horizon itself uses none of them, this test puts them into its copy of the bundle.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CompletionEvent, TelemetryEvent } from "../../server/src/telemetry/event.js";
import { copyPythonCode } from "../support/codeFolders.js";
import { OtlpReceiver } from "../support/otlpReceiver.js";
import { until } from "../support/until.js";
import { Editor } from "./editor.js";

/** What the editor itself says of an item; the request is the one whose answer it was. */
interface EditorSignal {
  readonly type: "shown" | "partial" | "end";
  readonly request: string;
  /** 0 accepted, 1 rejected, 2 ignored. */
  readonly kind?: number;
}

/** Runs in the extension host, in front of Horizon's bundle. */
function recorder(file: string): string {
  return `{
  const { languages } = require("vscode");
  const { appendFileSync } = require("node:fs");
  const note = (signal) => appendFileSync(${JSON.stringify(file)}, JSON.stringify(signal) + "\\n");
  const requestOf = (item) => item.command?.arguments?.[0];
  const register = languages.registerInlineCompletionItemProvider;
  languages.registerInlineCompletionItemProvider = (selector, provider, ...rest) => register.call(languages, selector, {
    provideInlineCompletionItems: (...args) => provider.provideInlineCompletionItems(...args),
    handleDidShowCompletionItem: (item) => note({ type: "shown", request: requestOf(item) }),
    handleDidPartiallyAcceptCompletionItem: (item) => note({ type: "partial", request: requestOf(item) }),
    handleEndOfLifetime: (item, { kind }) => note({ type: "end", request: requestOf(item), kind }),
  }, ...rest);
}
`;
}

let editor: Editor;
let signalsFile: string;
let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  editor = await Editor.start({
    fill: copyPythonCode,
    install: async (extensionsFolder) => {
      // Where a served editor reads the settings of a machine from.
      const machine = path.join(extensionsFolder, "..", "data", "Machine");
      const settings = { "horizon.telemetry.send": true, "horizon.telemetry.endpoint": receiver.endpoint };
      await mkdir(machine, { recursive: true });
      await writeFile(path.join(machine, "settings.json"), JSON.stringify(settings));
      signalsFile = path.join(extensionsFolder, "signals.jsonl");
      const [folder = ""] = readdirSync(extensionsFolder).filter((name) => name.startsWith("horizon."));
      const bundle = path.join(extensionsFolder, folder, "dist", "extension.js");
      await writeFile(bundle, recorder(signalsFile) + (await readFile(bundle, "utf8")));
    },
  });
});

afterAll(async () => {
  await editor?.stop();
  await receiver?.stop();
});

function signals(): EditorSignal[] {
  return linesOf<EditorSignal>(signalsFile);
}

function events(): TelemetryEvent[] {
  const folder = path.join(editor.userFolder, "globalStorage", "horizon.horizon-fim", "telemetry", "events");
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return files.flatMap((file) => linesOf<TelemetryEvent>(path.join(folder, file)));
}

function completions(): CompletionEvent[] {
  return events().filter((event) => event.kind === "completion");
}

/** The requests of each suggestion, in their order. */
function bySuggestion(events: readonly CompletionEvent[]): ReadonlyMap<string, readonly CompletionEvent[]> {
  const chains = new Map<string, CompletionEvent[]>();
  for (const event of events) {
    const chain = chains.get(event.suggestion) ?? [];
    chains.set(event.suggestion, chain);
    chain.push(event);
  }
  return chains;
}

function linesOf<Line>(file: string): Line[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Lines that have begun; which of them the model has something to say to is the model's business. */
const beginnings = [
  "self.width = ",
  "self.lines = wrap(",
  "for line in ",
  "def join(self, ",
  "if self.width ",
  "return ",
  "self.text = text.",
  "raise ValueError(",
];
let nextBeginning = 0;

/** Begins lines at the end of the file until one has ghost text as wanted. */
async function suggest(wanted = /\S/): Promise<string> {
  for (let attempt = 0; attempt < 3 * beginnings.length; attempt++) {
    if ((await editor.ghostTextNow()) !== undefined) {
      // Hiding goes by way of the extension host: where that is slow, it would hide what comes next instead.
      await editor.press("Escape");
      await editor.untilNoGhostText();
    }
    await editor.press("Control+End");
    const answered = editor.answers();
    await editor.type(`\n${beginnings[nextBeginning++ % beginnings.length]}`, 0);
    // However slow the machine is: nothing comes any more when all has been answered and quiet for a second.
    let quietLooks = 0;
    const ghostText = await until(
      "an answer",
      async () => {
        if ((await editor.ghostTextNow()) !== undefined) {
          return editor.settledGhostText();
        }
        const isQuiet = editor.answers() > answered && /Ready/.test(await editor.status());
        quietLooks = isQuiet ? quietLooks + 1 : 0;
        return quietLooks >= 40 && "nothing";
      },
      15_000,
    ).catch(() => "nothing");
    if (ghostText !== "nothing" && wanted.test(ghostText)) {
      return ghostText;
    }
  }
  throw new Error(`The model suggests nothing like ${wanted} for any of the lines.`);
}

/** Waits for one more outcome of a kind than there was. */
async function untilOneMore(
  type: CompletionEvent["outcome"]["type"],
  act: () => Promise<void>,
): Promise<CompletionEvent> {
  const count = () => completions().filter(({ outcome }) => outcome.type === type).length;
  const before = count();
  await act();
  await until(`one more suggestion to be ${type}`, () => count() > before);
  return completions().findLast(({ outcome }) => outcome.type === type) as CompletionEvent;
}

/** Waits for a page of Horizon's that says these two things. */
async function untilPage(one: string, other: string): Promise<void> {
  await until("the page", async () => {
    const texts = await Promise.all(
      editor.page.frames().map((frame) =>
        frame
          .locator("body")
          .innerText({ timeout: 1000 })
          .catch(() => ""),
      ),
    );
    return texts.some((text) => text.includes(one) && text.includes(other));
  });
}

describe("what becomes of a suggestion is recorded", () => {
  beforeAll(async () => {
    await editor.openAtEnd("textwrap.py");
    await editor.type("\n\nclass Paragraph:\ndef __init__(self, text, width):\nself.text = text\n", 5);
  });

  test("accepted in full by Tab, with all that is known of it", async () => {
    const ghostText = await suggest();
    const event = await untilOneMore("accepted", () => editor.press("Tab"));
    expect(event.outcome).toMatchObject({ how: "full", characters: ghostText.length });
    expect(event).toMatchObject({ language: "python", trigger: "automatic", size: { characters: ghostText.length } });
    expect(event.model).not.toBe("custom");
    expect(event.latency?.roundTrip).toBeGreaterThan(0);
    expect(event.latency?.total).toBeGreaterThan(0);
    expect(["model", "known", "typedThrough"]).toContain(event.source);
    expect(event.confidence?.logProbability).toBeLessThanOrEqual(0);
  });

  test("dismissed by Escape", async () => {
    await suggest();
    const event = await untilOneMore("dismissed", () => editor.press("Escape"));
    expect(event.visibility?.shown).toBe(true);
  });

  test("accepted by word", async () => {
    // A word of one character would look typed.
    await suggest(/^\s*\w{2,}\W+\w/);
    const before = signals().filter(({ type }) => type === "partial").length;
    await editor.press("Control+ArrowRight");
    await until("the editor to say so", () => signals().filter(({ type }) => type === "partial").length > before);
    const event = await untilOneMore("accepted", () => editor.press("ArrowUp"));
    expect(event.outcome).toMatchObject({ type: "accepted" });
  });

  test("ignored when something else is typed", async () => {
    await suggest();
    await untilOneMore("ignored", () => editor.type("qz"));
  });

  test("undone", async () => {
    await suggest();
    const event = await untilOneMore("accepted", () => editor.press("Tab"));
    await editor.press("Control+Z");
    await until("a note of it", () =>
      events().some(
        ({ kind, ...rest }) => kind === "undone" && "suggestion" in rest && rest.suggestion === event.suggestion,
      ),
    );
  });
});

test("30 seconds after an acceptance is said what is still there", async () => {
  await until("a look at the accepted text", () => events().some(({ kind }) => kind === "persistence"), 60_000);
  const [event] = events().filter((found) => found.kind === "persistence");
  expect(event).toMatchObject({ checkpoint: 30, language: "python", result: { type: "measured" } });
  expect(event?.secondsAfter).toBeGreaterThanOrEqual(30);
});

test("accepted text that a change on the disk takes away is not known any more, which is not gone", async () => {
  await editor.openAtEnd("shlex.py");
  await editor.type("\n\nclass Paragraph:\ndef __init__(self, text, width):\nself.text = text\n", 5);
  await suggest();
  const { suggestion } = await untilOneMore("accepted", () => editor.press("Tab"));
  await editor.savedText("shlex.py");
  // As a switch to another branch does.
  await editor.writeOnDisk("shlex.py", "# nothing of it\n");
  const looked = () =>
    events().find(
      (event) => event.kind === "persistence" && event.suggestion === suggestion && event.checkpoint === 30,
    );
  await until("a look at the accepted text", () => looked() !== undefined, 60_000);
  expect(looked()).toMatchObject({ result: { type: "censored", reason: "notFound" } });
});

test("the estimate of what was on the screen is what the editor says was", async () => {
  await editor.page.locator('.tab[data-resource-name="textwrap.py"]').click();
  // As people do: some are looked at and left, some are sent away, some are accepted, and some are never seen.
  for (const [index, act] of ["qz", "Escape", "Tab", "ArrowUp", "qz", "Tab"].entries()) {
    await suggest();
    await (act === "qz" ? editor.type(act) : editor.press(act));
    await editor.press("Control+End");
    await editor.type(`\nx = ${index}`, 30);
  }
  await editor.press("Escape");
  await editor.page.locator('.tab[data-resource-name="shlex.py"]').click();
  await until(
    "the end of every request",
    () => completions().length > 0 && editor.endedRequests() <= completions().length + 3,
  );

  const shown = new Set(signals().flatMap(({ type, request }) => (type === "shown" ? [request] : [])));
  const chains = bySuggestion(completions());
  const counts = { both: 0, onlyEstimated: 0, onlyTold: 0, neither: 0 };
  for (const chain of chains.values()) {
    const isTold = chain.some(({ request }) => shown.has(request));
    const isEstimated = chain.some(({ visibility }) => visibility?.shown === true);
    counts[isTold ? (isEstimated ? "both" : "onlyTold") : isEstimated ? "onlyEstimated" : "neither"]++;
  }
  process.stderr.write(`shown, as estimated and as the editor says: ${JSON.stringify(counts)}\n`);
  expect(counts.both).toBeGreaterThan(5);
  const precision = counts.both / (counts.both + counts.onlyEstimated);
  const recall = counts.both / (counts.both + counts.onlyTold);
  // Measured on a quiet machine: none missed and 70 of 71 right in five runs; on an overloaded one 13 of 14, 12 of 20 and 15 of 19.
  expect(precision, JSON.stringify(counts)).toBeGreaterThanOrEqual(0.5);
  expect(recall, JSON.stringify(counts)).toBeGreaterThanOrEqual(0.9);
});

test("what the editor says was accepted is what is recorded as accepted", () => {
  const told = new Set(signals().flatMap(({ type, request, kind }) => (type === "end" && kind === 0 ? [request] : [])));
  const recorded = bySuggestion(completions());
  const endOf = (chain: readonly CompletionEvent[] = []) =>
    chain.find(({ outcome }) => outcome.type !== "continued")?.outcome.type;
  const accepted = [...recorded.values()].filter((chain) => endOf(chain) === "accepted");
  for (const request of told) {
    const chain = [...recorded.values()].find((links) => links.some((link) => link.request === request));
    expect(endOf(chain)).toBe("accepted");
  }
  expect(told.size).toBeGreaterThanOrEqual(2);
  expect(accepted.length).toBeGreaterThanOrEqual(told.size);
});

test("every request that ended has one outcome, and every event is numbered", () => {
  const requests = completions().map(({ request }) => request);
  expect(new Set(requests).size).toBe(requests.length);
  expect(events().map(({ sequence }) => sequence)).toEqual(events().map((_, index) => index));
});

test("the statistics are a page in the editor", async () => {
  await editor.runCommand("Horizon: Show Statistics");
  await untilPage("Horizon's statistics", "python");
});

test("My Data is the JSON of the events, and nothing was sent: nobody has agreed", async () => {
  await editor.runCommand("Horizon: Show My Data");
  await untilPage("Nothing is sent:", '"outcome"');
  expect(receiver.batches).toEqual([]);
});
