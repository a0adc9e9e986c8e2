// How often a text's syntax tree is asked for while a suggestion is written: it is parsed on the thread that answers the
// editor, so not with every token. What it costs in milliseconds is the benchmark's to say.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CompletionEngine } from "../../../server/src/completion/engine.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";
import { completeDocument, documentOf } from "./engineHarness.js";
import { ScriptedModel } from "./scriptedModel.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

/** The same languages, with a count of what their parsers were asked. */
function counted(inner: Languages): { readonly languages: Languages; readonly parses: () => number } {
  let parses = 0;
  const counting = new Proxy(inner, {
    get(target, name) {
      if (name !== "parser") {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (...args: Parameters<Languages["parser"]>) => {
        const parser = await target.parser(...args);
        return (
          parser && {
            open: parser.open.bind(parser),
            countErrors: parser.countErrors.bind(parser),
            dispose: parser.dispose.bind(parser),
            captures: (...question: Parameters<typeof parser.captures>) => {
              parses++;
              return parser.captures(...question);
            },
          }
        );
      };
    },
  });
  return { languages: counting, parses: () => parses };
}

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
    const { languages: watched, parses } = counted(languages);
    const model = new ScriptedModel({ text: written });
    const engine = new CompletionEngine({ model, languages: watched, clock: performance });
    const { completion } = await completeDocument(engine, document, before.length);
    expect(completion?.text).toBe(written);
    expect(parses()).toBeGreaterThan(0);
    expect(parses()).toBeLessThanOrEqual(written.split("\n").length + 1);
  },
);
