// A suggestion of several lines as a user sees it come: the first line, then more; nothing that was shown is taken back.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CompletionUpdateParams } from "../../server/src/protocol.js";
import { copyPythonCode } from "../support/codeFolders.js";
import { until } from "../support/until.js";
import { Editor, SETTINGS, type SeenGhostText } from "./editor.js";
import { findMultiLinePlaces, type Place } from "./multiLinePlaces.js";

/** What the prompts depend on is the file alone, so that what was found by the one server holds for the editor's. */
const HORIZON_SETTINGS = {
  model: { threads: 1 },
  power: { saving: false },
  context: { enabled: false, memory: false },
};

/** Function bodies that are asked for at most, and places that are watched in the editor. */
const ASKED = 60;
const WATCHED = 4;

/** File of the place at which the user asks. */
const COMMANDED = "commanded.py";

let folder: string;
let places: readonly Place[];
let editor: Editor;

beforeAll(async () => {
  folder = path.join(await realpath(await mkdtemp(path.join(tmpdir(), "horizon-places-"))), "code");
  await mkdir(folder);
  await copyPythonCode(folder);
  places = await findMultiLinePlaces({ folder, settings: HORIZON_SETTINGS, asked: ASKED, count: WATCHED });
  editor = await Editor.start({
    settings: {
      ...SETTINGS,
      "horizon.trace.server": "verbose",
      "horizon.model.threads": HORIZON_SETTINGS.model.threads,
      "horizon.context.enabled": false,
      "horizon.context.memory": false,
    },
    fill: async (code) => {
      await copyPythonCode(code);
      const [place] = places;
      const commanded = place === undefined ? [] : [{ file: COMMANDED, text: place.text }];
      for (const { file, text } of [...places, ...commanded]) await writeFile(path.join(code, file), text);
    },
  });
  // The editor loads its part for ghost text with the first one.
  await editor.openAtEnd("textwrap.py");
  await editor.type("\n\nclass Paragraph:\ndef __init__(self, text, width):\nself.text = text\n", 5);
  await editor.typeUntilGhostText("self.width = width\nself.lines = wrap(self.text, self.width)\n");
  await editor.revertAndClose();
  await editor.watchGhostText();
});

afterAll(async () => {
  await editor?.stop();
  if (folder !== undefined) await rm(path.dirname(folder), { recursive: true, force: true });
});

test("the first line comes first, later lines extend it, and none is taken back", async () => {
  expect(places).not.toHaveLength(0);
  const grown: (readonly SeenGhostText[])[] = [];
  for (const { file } of places) {
    const seen = (await watchPlace(file)).filter(({ text }, index) => index > 0 || text !== "");
    const last = seen.at(-1)?.text ?? "";
    const others = seen.map(({ text }) => text).filter((text) => !isPartOf(text, last));
    expect(others, `drawn, although this stays: ${JSON.stringify(last)}`).toEqual([]);
    if (growth(seen).length > 1) grown.push(seen);
  }
  expect(requests("invoked")).toBe(0);
  // Which lines are drawn one by one depends on how fast they are written; the longest texts take many frames everywhere.
  expect(grown).not.toHaveLength(0);
  process.stdout.write(`${grown.map(describeGrowth).join("\n")}\n`);
});

test("the user's command reaches the server as such", async () => {
  const before = requests("invoked");
  await typeAtPlace(COMMANDED);
  expect(requests("invoked")).toBe(before);
  await editor.runCommand("Trigger Inline Suggestion");
  await until("the user's command to reach the server", () => requests("invoked") > before);
  await editor.revertAndClose();
});

/** Types the last space of a place and waits until all that the server has told of it is on the screen. */
async function typeAtPlace(file: string): Promise<void> {
  await editor.openAtEnd(file);
  await editor.type(" ");
  await until("the end of the suggestion", () => reports(file) > 0);
  const written = received<CompletionUpdateParams>("completionUpdate", file).at(-1)?.text;
  if (written !== undefined) await editor.untilGhostText(written);
}

/** What is drawn at a place. */
async function watchPlace(file: string): Promise<readonly SeenGhostText[]> {
  const before = (await editor.ghostTexts()).length;
  await typeAtPlace(file);
  // Also what came at once as a whole; and a frame in which all of it is noted.
  await editor.settledGhostText();
  const seen = (await editor.ghostTexts()).slice(before);
  await editor.revertAndClose();
  return seen;
}

/** Suggestions of a file that the server has finished. */
function reports(file: string): number {
  return received<{ uri: string }>("suggestionReport", file).length;
}

/** What the server has told of a file. */
function received<Params extends { readonly uri: string }>(notification: string, file: string): readonly Params[] {
  const pattern = new RegExp(`Received notification 'horizon/${notification}'\\.\nParams: (\\{\n[^]*?\n\\})`, "g");
  return [...editor.log().matchAll(pattern)]
    .map(([, params = ""]): Params => JSON.parse(params))
    .filter(({ uri }) => uri.endsWith(`/${file}`));
}

/** Requests for ghost text that the server was sent, by their kind in LSP. */
function requests(kind: "invoked" | "automatic"): number {
  const number = kind === "invoked" ? 1 : 2;
  return editor.logged(new RegExp(`"triggerKind": ${number}\\b`)).length;
}

/**
 * Whether a drawing shows nothing but what stays. The editor draws the rest of the caret's line and the lines below in
 * frames of their own, so that for a moment one may be there without the other.
 */
function isPartOf(drawn: string, last: string): boolean {
  return last.startsWith(drawn) || last.slice(last.indexOf("\n")).startsWith(drawn);
}

/** The drawings that show more than any before them. */
function growth(seen: readonly SeenGhostText[]): readonly SeenGhostText[] {
  const longer: SeenGhostText[] = [];
  for (const drawing of seen) {
    if (!drawing.text.startsWith("\n") && drawing.text.length > (longer.at(-1)?.text.length ?? 0)) longer.push(drawing);
  }
  return longer;
}

/** When the lines came after the first, and for how long there was less on the screen than before. */
function describeGrowth(seen: readonly SeenGhostText[]): string {
  const shown = growth(seen);
  const start = shown[0]?.at ?? 0;
  const lines = shown.map(({ text, at }) => `${text.split("\n").length} lines at ${Math.round(at - start)} ms`);
  let longest = 0;
  let lessSince: number | undefined;
  const gaps: number[] = [];
  for (const { text, at } of seen.slice(seen.indexOf(shown[0] as SeenGhostText))) {
    if (text.length < longest || text.startsWith("\n")) {
      lessSince ??= at;
      continue;
    }
    if (lessSince !== undefined) gaps.push(Math.round(at - lessSince));
    lessSince = undefined;
    longest = text.length;
  }
  return `ghost text of ${lines.join(", ")}; not all of it there for ${gaps.join(", ") || 0} ms in between`;
}
