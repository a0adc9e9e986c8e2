// Suggestions as items of the suggest widget: every client must show them first and insert exactly their text.
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { toCompletionItem } from "../../../server/src/features/completion.js";

/** The item for a text suggested at `█`, and the document after a client has applied its edit. */
function accept(marked: string, text: string, replaced = 0) {
  const offset = marked.indexOf("█");
  const document = TextDocument.create("file:///a.py", "python", 1, marked.replace("█", ""));
  const range = { start: document.positionAt(offset), end: document.positionAt(offset + replaced) };
  const item = toCompletionItem({ text, range }, document);
  if (item.textEdit === undefined || !("range" in item.textEdit)) {
    throw new Error("the item has no plain text edit");
  }
  return { item, edit: item.textEdit, after: TextDocument.applyEdits(document, [item.textEdit]) };
}

describe("toCompletionItem", () => {
  it("covers the word in front of the caret, so that a client which filters by it keeps the item", () => {
    const { item, edit, after } = accept("result = comp█", "ute(value)");
    expect(after).toBe("result = compute(value)");
    expect(item.label).toBe("compute(value)");
    expect(item.filterText).toBe("compute(value)");
    expect(edit.range.start.character).toBe("result = ".length);
    expect(item.preselect).toBe(true);
    expect(item.sortText && item.sortText < "0").toBe(true);
  });

  it("inserts several lines exactly and says in one line what they begin with", () => {
    const { item, after } = accept("def f(x):\n    █", "if x:\n        return 1\n    return 2");
    expect(after).toBe("def f(x):\n    if x:\n        return 1\n    return 2");
    expect(item.label).toBe("if x:…");
    expect(item.insertTextMode).toBe(1); // as is: the client must not indent it once more
    expect(item.documentation).toMatchObject({ value: expect.stringContaining("return 2") });
  });

  it("names the first line with something in it", () => {
    expect(accept("def f(x):█", "\n    return x").item.label).toBe("return x");
  });

  it("replaces closing brackets that the text writes itself", () => {
    expect(accept("print(█)", "x)", 1).after).toBe("print(x)");
  });

  it("cuts long labels, and shows code with backticks whole", () => {
    const { item } = accept("█", `text = "${"a".repeat(100)}"`);
    expect(item.label).toHaveLength(61);
    expect(accept("█", 's = "```"').item.documentation).toMatchObject({ value: '````python\ns = "```"\n````' });
  });
});
