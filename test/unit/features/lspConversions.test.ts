// What the engine is asked while the suggest widget has an item selected, and where its answer goes.
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Completion } from "../../../server/src/completion/completion.js";
import { targetAfterSelection, targetAt } from "../../../server/src/features/lspConversions.js";
import { snapshotDocument } from "../../../server/src/workspace/documentSnapshot.js";

const completion = (text: string, start: number, end = start): Completion => ({
  text,
  range: { start, end },
  logProbability: -1,
  horizon: null,
  stopReason: "lineEnd",
  tokens: 3,
});

/** `█` is the caret. */
function open(marked: string): { document: TextDocument; offset: number } {
  const offset = marked.indexOf("█");
  return { document: TextDocument.create("file:///w/a.py", "python", 3, marked.replace("█", "")), offset };
}

describe("targetAt", () => {
  it("asks about the document as it is", () => {
    const { document, offset } = open("x = 1\nprint(█)\n");
    const target = targetAt(snapshotDocument(document, [{ uri: "file:///w", name: "w" }]), offset);
    expect(target.snapshot).toEqual({
      uri: "file:///w/a.py",
      path: "a.py",
      repository: "w",
      languageId: "python",
      version: 3,
      text: "x = 1\nprint()\n",
    });
    expect(target.toSuggestion(completion("x)", 12, 13), document)).toEqual({
      text: "x)",
      range: { start: { line: 1, character: 6 }, end: { line: 1, character: 7 } },
    });
  });
});

describe("targetAfterSelection", () => {
  const selected = (start: number, end: number, text: string) => ({
    range: { start: { line: 0, character: start }, end: { line: 0, character: end } },
    text,
  });

  it("asks about the document with the selected item in it, and answers with the item in front", () => {
    const { document, offset } = open("names.app█)\n");
    const snapshot = snapshotDocument(document, []);
    const target = targetAfterSelection(snapshot, offset, selected(6, 9, "append"), document);
    expect(target.snapshot.text).toBe("names.append)\n");
    expect(target.offset).toBe("names.append".length);
    const caret = target.offset;
    expect(target.toSuggestion(completion("(name", caret), document)).toEqual({
      text: "append(name",
      range: { start: { line: 0, character: 6 }, end: { line: 0, character: 9 } },
    });
    expect(target.toSuggestion(completion("(name)", caret, caret + 1), document).range).toEqual({
      start: { line: 0, character: 6 },
      end: { line: 0, character: 10 },
    });
  });

  it("replaces the rest of the word when the item does", () => {
    const { document, offset } = open("names.app█le\n");
    const target = targetAfterSelection(snapshotDocument(document, []), offset, selected(6, 11, "append"), document);
    expect(target.snapshot.text).toBe("names.append\n");
    expect(target.toSuggestion(completion("()", target.offset), document).range.end.character).toBe(11);
  });
});
