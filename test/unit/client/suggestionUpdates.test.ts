// The rest of a suggestion is shown when it comes, unless the user has moved on, typed on or sent it away.
import { beforeEach, describe, expect, test } from "vitest";
import type { CancellationToken, InlineCompletionContext, Position, TextDocument } from "vscode";
import { SuggestionUpdates } from "../../../client/src/suggestionUpdates.js";
import type { CompletionUpdateParams } from "../../../server/src/protocol.js";
import { executed, window } from "./vscodeStandIn.js";

const SHOW_AGAIN = ["editor.action.inlineSuggest.hide", "editor.action.inlineSuggest.trigger"];
const uri = "file:///code/a.py";
const caret = { line: 3, character: 8 };

describe("a suggestion whose first line is on the screen", () => {
  let updates: SuggestionUpdates;
  const update: CompletionUpdateParams = {
    uri,
    version: 7,
    position: caret,
    text: "first line\nsecond line",
    done: true,
  };

  beforeEach(async () => {
    executed.length = 0;
    placeCaret(caret, 7);
    updates = new SuggestionUpdates();
    await answer(updates, "first line");
  });

  test("is shown again when all of it is written", () => {
    updates.receive(update);
    expect(executed).toEqual(SHOW_AGAIN);
  });

  test("is shown again once, however often its end is told", () => {
    updates.receive(update);
    updates.receive({ ...update });
    expect(executed).toEqual(SHOW_AGAIN);
  });

  test("is left alone while more of it is being written", () => {
    updates.receive({ ...update, done: false });
    expect(executed).toEqual([]);
  });

  test("is left alone when the first line was all", () => {
    updates.receive({ ...update, text: "first line" });
    expect(executed).toEqual([]);
  });

  test("does not come back when the user has typed on", () => {
    placeCaret({ line: 3, character: 9 }, 8);
    updates.receive(update);
    expect(executed).toEqual([]);
  });

  test("does not come back when the caret has moved", () => {
    placeCaret({ line: 2, character: 0 }, 7);
    updates.receive(update);
    expect(executed).toEqual([]);
  });

  test("does not come back when text is selected", () => {
    placeCaret(caret, 7, false);
    updates.receive(update);
    expect(executed).toEqual([]);
  });

  test("does not come back after Escape", async () => {
    await updates.dismiss();
    updates.receive(update);
    expect(executed).toEqual(["editor.action.inlineSuggest.hide"]);
  });

  test("does not come back when a later request was answered with nothing", async () => {
    await answer(updates, undefined);
    updates.receive(update);
    expect(executed).toEqual([]);
  });

  test("survives a request that was cancelled", async () => {
    await answer(updates, undefined, true);
    updates.receive(update);
    expect(executed).toEqual(SHOW_AGAIN);
  });

  test("does not come back when no editor is active", () => {
    window.activeTextEditor = undefined;
    updates.receive(update);
    expect(executed).toEqual([]);
  });
});

test("a rest that overtakes its first line is shown with it", async () => {
  executed.length = 0;
  placeCaret(caret, 7);
  const updates = new SuggestionUpdates();
  const text = "first line\nsecond line";
  const answers = ["first line", text];
  const server = () => {
    updates.receive({ uri, version: 7, position: caret, text, done: true });
    return [{ insertText: answers.shift() ?? "" }];
  };
  expect(await ask(updates, server)).toEqual([{ insertText: text }]);
  expect(executed).toEqual([]);
});

function placeCaret(active: { line: number; character: number }, version: number, isEmpty = true): void {
  window.activeTextEditor = { document: { uri, version }, selection: { isEmpty, active } };
}

function answer(updates: SuggestionUpdates, text: string | undefined, isCancelled = false) {
  return ask(updates, () => (text === undefined ? [] : [{ insertText: text }]), isCancelled);
}

async function ask(
  updates: SuggestionUpdates,
  server: () => { insertText: string }[],
  isCancelled = false,
): Promise<unknown> {
  return updates.provideInlineCompletionItems(
    { uri, version: 7 } as unknown as TextDocument,
    caret as Position,
    {} as InlineCompletionContext,
    { isCancellationRequested: isCancelled } as CancellationToken,
    server,
  );
}
