// What the editor's language services say of the names near the caret is told to the server, if it comes in time.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LanguageServices } from "../../../client/src/languageServices.js";
import type { LocatedNamesParams } from "../../../server/src/protocol.js";
import { answering, configured, type EditorStandIn, executed, selectionListeners, window } from "./vscodeStandIn.js";

const uri = { scheme: "file", toString: () => "file:///a.ts" };
const lines = ["const user = find(key);", "user.", "key;"];

/** An editor with the caret at the end of a line. */
function editorAt(line: number, scheme = "file"): EditorStandIn {
  const document = { uri: { ...uri, scheme }, version: 1, lineAt: (at: number) => ({ text: lines[at] ?? "" }) };
  return { document, selection: { isEmpty: true, active: { line, character: lines[line]?.length ?? 0 } } };
}

function moveTo(editor: EditorStandIn): void {
  window.activeTextEditor = editor;
  for (const listener of selectionListeners) {
    listener({ textEditor: editor });
  }
}

/** A place in another file, as a provider answers it. */
const place = (line: number) => ({ uri: { toString: () => "file:///b.ts" }, range: { start: { line, character: 2 } } });

let told: LocatedNamesParams[];
let services: LanguageServices;

beforeEach(() => {
  vi.useFakeTimers();
  executed.length = 0;
  configured.clear();
  told = [];
  services = new LanguageServices((names) => told.push(names));
  answering.with = async (id) => [place(id.includes("Type") ? 7 : 3)];
});

afterEach(() => {
  services.dispose();
  answering.with = async () => undefined;
  window.activeTextEditor = undefined;
  vi.useRealTimers();
});

test("the nearest names are told with their definitions, the receiver with its type, once for a line", async () => {
  moveTo(editorAt(1));
  await vi.advanceTimersByTimeAsync(60);
  const [first] = told;
  expect(first?.uri).toBe("file:///a.ts");
  expect(first?.names.slice(0, 2)).toEqual([
    { name: "user", relation: "definition", uri: "file:///b.ts", position: { line: 3, character: 2 } },
    { name: "user", relation: "type", uri: "file:///b.ts", position: { line: 7, character: 2 } },
  ]);
  const asked = executed.length;
  moveTo(editorAt(1));
  await vi.advanceTimersByTimeAsync(1000);
  expect([told.length, executed.length]).toEqual([1, asked]);
});

test("what is known is not asked again for half a minute", async () => {
  moveTo(editorAt(1));
  await vi.advanceTimersByTimeAsync(60);
  const asked = executed.length;
  moveTo(editorAt(2));
  await vi.advanceTimersByTimeAsync(60);
  expect([told.length, executed.length]).toEqual([2, asked]);
  await vi.advanceTimersByTimeAsync(30_000);
  moveTo(editorAt(1));
  await vi.advanceTimersByTimeAsync(60);
  expect(executed.length).toBeGreaterThan(asked);
});

test("what takes longer than 100 ms is left out, and is there for the next line", async () => {
  answering.with = async (id, _, position) => {
    const isSlow = id.includes("Type") || (position as { readonly line: number }).line === 0;
    await new Promise((resolve) => setTimeout(resolve, isSlow ? 500 : 20));
    return [place(3)];
  };
  moveTo(editorAt(2));
  await vi.advanceTimersByTimeAsync(160);
  const relations = () => told.at(-1)?.names.map(({ name, relation }) => `${name}: ${relation}`);
  expect(relations()).toEqual(["key: definition", "user: definition"]);
  await vi.advanceTimersByTimeAsync(500);
  moveTo(editorAt(1));
  await vi.advanceTimersByTimeAsync(60);
  expect(relations()).toContain("user: type");
});

test("a service that fails says nothing, and nobody is asked who is not wanted", async () => {
  answering.with = async () => {
    throw new Error("no provider");
  };
  moveTo(editorAt(1));
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toEqual([]);
  executed.length = 0;
  moveTo(editorAt(2, "output"));
  configured.set("context.sources", { languageServices: false });
  moveTo(editorAt(2));
  await vi.advanceTimersByTimeAsync(200);
  expect(executed).toEqual([]);
});
