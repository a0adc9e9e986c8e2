// Where the model is not run unless somebody asks.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import { decideByRules, invocationFeatures } from "../../../server/src/completion/invocation.js";
import { createCaretContext } from "../../../server/src/syntax/caretContext.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";
import { documentOf, readCaret } from "./engineHarness.js";
import { ScriptedModel } from "./scriptedModel.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

function decide(marked: string, languageId = "typescript") {
  const { text, offset } = readCaret(marked);
  const context = createCaretContext(text.slice(0, offset), text.slice(offset), languages.get(languageId));
  return decideByRules(invocationFeatures(context));
}

describe("the model is run", () => {
  test.each([
    ["behind a word", "const width = hei█"],
    ["on an empty line", "f();\n█\ng();"],
    ["between brackets", "call(█);"],
    ["before a short rest of the line", "if (a && █ && ready) {"],
    ["behind an opening brace", "function f() {█"],
    ["in a comment", "// The width of █"],
    ["behind a semicolon in a string", 'const query = "select 1;█'],
  ])("%s", (_, marked) => {
    expect(decide(marked)).toEqual({ invokes: true });
  });
});

describe("the model is not run", () => {
  test.each([
    ["in an empty document", "█", "emptyDocument"],
    ["inside a word", "const wi█dth = 1;", "insideWord"],
    ["behind a statement that has ended", "f();█\ng();", "behindStatement"],
    ["behind a brace that closes a block", "if (a) {\n  f();\n}█\n", "behindStatement"],
    ["where the user mends a line", "const █ = measure(first.width, second.width, third);", "lineGoesOn"],
  ])("%s", (_, marked, reason) => {
    expect(decide(marked)).toEqual({ invokes: false, reason });
  });
});

test("who asks gets an answer everywhere; typing gets what is known, and else nothing", async () => {
  const model = new ScriptedModel({ text: "next" });
  const engine = new CompletionEngine({ model, languages, clock: { now: () => 0 } });
  const { text, offset } = readCaret("const wi█dth = 1;");
  const ask = async (cause: "typing" | "command") => {
    const updates = engine.complete(
      { document: documentOf(text, "typescript"), offset, cause },
      new AbortController().signal,
    );
    for (;;) {
      const next = await updates.next();
      if (next.done === true) {
        return next.value;
      }
    }
  };
  expect(await ask("typing")).toMatchObject({ completions: [], noAnswer: { reason: "unlikely" } });
  expect(model.begun).toBe(0);
  expect((await ask("command")).noAnswer).toBeUndefined();
  expect(model.begun).toBe(1);
  expect(await ask("typing")).toMatchObject({ source: "known" });
  expect(model.begun).toBe(1);
});
