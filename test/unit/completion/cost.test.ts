// What the stages around the model cost: they run on the thread that answers the editor.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";
import { completeDocument, documentOf } from "./engineHarness.js";
import { ScriptedModel } from "./scriptedModel.js";

/**
 * Milliseconds of CPU that one completion may cost beside the model's own. It takes 2 to 5; a mistake costs ten times as
 * much (parsing again with every token: 100).
 */
const budget = 10;

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

const python = {
  head: "class A:\n",
  method: "    def f(self, a, b):\n        return {'a': [a, (b)]}\n\n",
  start: "    def g(self):\n        ",
  written: [1, 2, 3, 4].map((n) => `if a[c] == ${n}:\n            d = [${n}]\n        e(d, "${n}")`).join("\n        "),
};

const typescript = {
  head: "class A {\n",
  method: "  f(a: string, b: number) {\n    return { a: [a, (b)] };\n  }\n\n",
  start: "  g() {\n    ",
  written: [1, 2, 3, 4].map((n) => `if (a.b[c] === ${n}) {\n      d = [1, \`2\${b}\`];\n    }`).join("\n    "),
};

test.each([
  ["python", python],
  ["typescript", typescript],
])(
  "a completion of twelve lines in the middle of a long %s file",
  async (languageId, { head, method, start, written }) => {
    const before = head + method.repeat(200) + start;
    const document = documentOf(`${before}\n\n${method.repeat(200)}`, languageId);
    const rounds = 40;
    const run = async (): Promise<void> => {
      // A fresh engine knows no earlier answer.
      const engine = new CompletionEngine({
        model: new ScriptedModel({ text: written }),
        languages,
        clock: performance,
      });
      const { completion } = await completeDocument(engine, document, before.length);
      expect(completion?.text).toBe(written);
    };
    for (let round = 0; round < rounds; round++) await run();
    // CPU time, not time on the wall: other processes must not fail this test.
    const startUsage = process.cpuUsage();
    for (let round = 0; round < rounds; round++) await run();
    const { user, system } = process.cpuUsage(startUsage);
    const cost = (user + system) / 1000 / rounds;

    expect(cost).toBeLessThan(budget);
  },
);
