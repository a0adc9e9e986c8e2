// Who asks for suggestions by the command may choose from several; while typing there is one.
import { afterEach, describe, expect, it } from "vitest";
import { InlineCompletionTriggerKind } from "vscode-languageserver-protocol/node";
import { ServerProcess } from "./serverProcess.js";

let server: ServerProcess | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const text = "class Rectangle:\n    def __init__(self, width, height):\n        self.width = width\n        self.";
const caret = { line: 3, character: 13 };
const uri = "file:///shapes/rectangle.py";

describe("the explicit command", () => {
  it("answers with up to three different suggestions for the same place", async () => {
    server = await ServerProcess.start();
    await server.untilState("ready");
    await server.open(uri, "python", text);
    const items = await server.inlineCompletion(uri, caret, { triggerKind: InlineCompletionTriggerKind.Invoked });
    const texts = items.map(({ insertText }) => String(insertText).trim());
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.length).toBeLessThanOrEqual(3);
    expect(new Set(texts).size).toBe(texts.length);
    for (const { range } of items) expect(range?.start).toEqual(caret);

    const typed = await server.inlineCompletion(uri, caret);
    expect(typed).toHaveLength(1);
  });
});
