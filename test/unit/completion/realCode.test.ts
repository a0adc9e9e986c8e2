// A model that knows what stood there, on code that nobody here wrote: whatever the caret, what is shown is the
// beginning of what stood there, and the document is never spoilt.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";
import { completeDocument, documentOf } from "./engineHarness.js";
import { ScriptedModel } from "./scriptedModel.js";

const require = createRequire(join(import.meta.dirname, "..", "..", "..", "server", "package.json"));
const commander = join(dirname(require.resolve("commander")), "lib");
const sources: readonly (readonly [string, string, string])[] = [
  ...readdirSync(commander).map((name) => ["javascript", name, readFileSync(join(commander, name), "utf8")] as const),
  [
    "typescript",
    "web-tree-sitter.d.ts",
    readFileSync(require.resolve("web-tree-sitter").replace(/\.c?js$/, ".d.ts"), "utf8"),
  ],
];

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

/** Numbers in [0, 1) that are the same every time (Lehmer's generator). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 48271) % 2147483647) {
    yield state / 2147483647;
  }
}

/** A hole in a text, and what the model writes for it. */
interface Hole {
  readonly start: number;
  readonly end: number;
  readonly written: string;
}

/** The rest of a line, a part of a line, some whole lines; with a model that stops, and one that runs on. */
function* holes(text: string, count: number): Generator<Hole> {
  const random = numbers(20250607);
  const lines = [...text.matchAll(/^([ \t]*)(\S.*)$/gm)];
  const boundary = (line: string): number => {
    const places = [...line.matchAll(/\b/g)].map((match) => match.index);
    return places[Math.floor(random.next().value * places.length)] ?? 0;
  };
  for (let index = 0; index < count; index++) {
    const line = lines[Math.floor(random.next().value * lines.length)];
    if (line === undefined) continue;
    const [whole, indentation = "", code = ""] = line;
    const codeStart = line.index + indentation.length;
    const end = line.index + whole.length;
    const from = codeStart + boundary(code);
    const to = codeStart + boundary(code);
    const runOn = text.slice(from, from + 400);
    if (from > codeStart) {
      yield { start: from, end, written: text.slice(from, end) };
      yield { start: from, end, written: runOn };
    }
    if (to > from) {
      yield { start: from, end: to, written: text.slice(from, to) };
    }
    const three = text.split("\n", text.slice(0, end).split("\n").length + 2).join("\n").length;
    yield { start: codeStart, end: three, written: text.slice(codeStart, three) };
  }
}

const withoutBlanks = (text: string): string => text.replace(/\s+/g, "");

describe.each(sources)("%s: %s", (languageId, _, text) => {
  test("what is shown stood there", async () => {
    let exact = 0;
    let shown = 0;
    for (const { start, end, written } of holes(text, 40)) {
      const engine = new CompletionEngine({
        model: new ScriptedModel({ text: written }),
        languages,
        clock: { now: () => 0 },
      });
      const document = documentOf(text.slice(0, start) + text.slice(end), languageId);
      const { completion, updates } = await completeDocument(engine, document, start);
      if (completion === undefined) continue;
      shown++;
      const accepted = text.slice(0, start) + completion.text + document.text.slice(completion.range.end);
      const middle = text.slice(start, end);
      const isWhole = withoutBlanks(accepted) === withoutBlanks(text);
      const isBeginning =
        completion.range.end === start && withoutBlanks(middle).startsWith(withoutBlanks(completion.text));
      expect(
        isWhole || isBeginning,
        JSON.stringify({ before: text.slice(start - 80, start), middle, completion }),
      ).toBe(true);
      for (const [index, update] of updates.entries()) {
        expect(update.startsWith(updates[index - 1] ?? "")).toBe(true);
      }
      exact += isWhole ? 1 : 0;
    }
    expect(shown).toBeGreaterThan(50);
    // What is not whole ends early on purpose: after a unit, at a closing bracket.
    expect(exact / shown).toBeGreaterThan(0.9);
  });
});
