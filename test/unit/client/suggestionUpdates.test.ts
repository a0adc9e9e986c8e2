// The rest of a suggestion is shown when it comes, unless the user has moved on, typed on or sent it away.
import { beforeEach, describe, expect, test } from "vitest";
import type { CancellationToken, InlineCompletionContext, Position, TextDocument } from "vscode";
import { refreshMilliseconds, SuggestionUpdates } from "../../../client/src/suggestionUpdates.js";
import type { CompletionUpdateParams } from "../../../server/src/protocol.js";
import { executed, InlineCompletionTriggerKind, window } from "./vscodeStandIn.js";

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

  let time: number;

  beforeEach(async () => {
    executed.length = 0;
    placeCaret(caret, 7);
    time = 1000;
    updates = new SuggestionUpdates(() => time);
    await answer(updates, "first line");
  });

  test("is shown again when all of it is written, and the server is not asked for it", async () => {
    updates.receive(update);
    expect(executed).toEqual(SHOW_AGAIN);
    expect(await invoke(updates, noServer)).toEqual([{ insertText: update.text }]);
  });

  test("is shown again once, however often its end is told", async () => {
    updates.receive(update);
    await invoke(updates, noServer);
    updates.receive({ ...update });
    expect(executed).toEqual(SHOW_AGAIN);
  });

  test("grows line by line, not more often than one can read, and to its end at once", async () => {
    const texts: string[] = [];
    const write = async (text: string, done: boolean, after: number): Promise<void> => {
      time += after;
      executed.length = 0;
      updates.receive({ ...update, text, done });
      if (executed.length > 0) {
        const [item] = (await invoke(updates, noServer)) as { insertText: string }[];
        texts.push(item?.insertText ?? "");
      }
      // The editor's command has ended.
      await new Promise((resolve) => setImmediate(resolve));
    };
    await write("first line\n2", false, 0);
    await write("first line\n2\n3", false, refreshMilliseconds - 1);
    await write("first line\n2\n3\n4", false, 1);
    await write("first line\n2\n3\n4\n5", true, 1);
    expect(texts).toEqual(["first line\n2", "first line\n2\n3\n4", "first line\n2\n3\n4\n5"]);
  });

  test("is shown again once for what comes at the same moment, so that no request of ours is left for the user's", async () => {
    updates.receive({ ...update, done: false });
    updates.receive(update);
    expect(executed).toEqual(SHOW_AGAIN);
    expect(await invoke(updates, noServer)).toEqual([{ insertText: update.text }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(executed).toEqual(SHOW_AGAIN);
    expect(await invoke(updates, () => [{ insertText: "the user's" }])).toEqual([{ insertText: "the user's" }]);
  });

  test("is shown to its end when that comes while it is being shown again", async () => {
    updates.receive({ ...update, done: false });
    const first = invoke(updates, noServer);
    updates.receive({ ...update, text: `${update.text}\nthird line` });
    expect(await first).toEqual([{ insertText: update.text }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(executed).toEqual([...SHOW_AGAIN, ...SHOW_AGAIN]);
  });

  test("is not replaced by a text that does not begin with it", () => {
    updates.receive({ ...update, text: "another line\nand more than that" });
    expect(executed).toEqual([]);
  });

  test("is asked for as an automatic one where the user has typed on before the editor asked again", async () => {
    updates.receive(update);
    placeCaret({ line: 3, character: 9 }, 8);
    const kinds: unknown[] = [];
    await updates.provideInlineCompletionItems(
      { uri, version: 8 } as unknown as TextDocument,
      { line: 3, character: 9 } as Position,
      invoked,
      running,
      (_document, _position, context) => {
        kinds.push(context.triggerKind);
        return [];
      },
    );
    expect(kinds).toEqual([InlineCompletionTriggerKind.Automatic]);
  });

  test("leaves the user's own command to the server, before and after it has grown", async () => {
    const kinds: unknown[] = [];
    const command = () =>
      updates.provideInlineCompletionItems(
        { uri, version: 7 } as unknown as TextDocument,
        caret as Position,
        invoked,
        running,
        (_document, _position, context) => {
          kinds.push(context.triggerKind);
          return [{ insertText: "first line" }];
        },
      );
    await command();
    updates.receive(update);
    await invoke(updates, noServer);
    await new Promise((resolve) => setImmediate(resolve));
    await command();
    expect(kinds).toEqual([InlineCompletionTriggerKind.Invoke, InlineCompletionTriggerKind.Invoke]);
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
  const server = () => {
    updates.receive({ uri, version: 7, position: caret, text, done: true });
    return [{ insertText: "first line" }];
  };
  expect(await ask(updates, server)).toEqual([{ insertText: text }]);
  expect(executed).toEqual([]);
});

const invoked = { triggerKind: InlineCompletionTriggerKind.Invoke } as unknown as InlineCompletionContext;
const running = { isCancellationRequested: false } as CancellationToken;

function noServer(): never {
  throw new Error("the server is asked");
}

/** The editor asks because of a command. */
async function invoke(updates: SuggestionUpdates, server: () => { insertText: string }[]): Promise<unknown> {
  return updates.provideInlineCompletionItems(
    { uri, version: 7 } as unknown as TextDocument,
    caret as Position,
    invoked,
    running,
    server,
  );
}

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
    { triggerKind: InlineCompletionTriggerKind.Automatic } as unknown as InlineCompletionContext,
    { isCancellationRequested: isCancelled } as CancellationToken,
    server,
  );
}
