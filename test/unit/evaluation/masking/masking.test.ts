// Holes as a developer leaves them, in code that nobody here wrote, and nothing of a hole outside of it.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHoleAsker } from "../../../../server/src/evaluation/holeAsker.js";
import { findCaretSpans } from "../../../../server/src/evaluation/masking/caretSpans.js";
import { holesOfChange, parseDiff } from "../../../../server/src/evaluation/masking/commitHoles.js";
import { NodeFinder } from "../../../../server/src/evaluation/masking/nodeSpans.js";
import { holesOfFile } from "../../../../server/src/evaluation/masking/repositoryHoles.js";
import { DEFAULT_SETTINGS } from "../../../../server/src/settings.js";
import type { Languages } from "../../../../server/src/syntax/languages.js";
import { ScriptedModel } from "../../completion/scriptedModel.js";
import { languagesDirectory, loadTestLanguages, wasmFiles } from "../../syntax/testLanguages.js";

const never = new AbortController().signal;
const typeScript = readFileSync(
  path.resolve(import.meta.dirname, "../../../../node_modules/zod/src/v4/core/util.ts"),
  "utf8",
);

let languages: Languages;
let nodes: NodeFinder;

beforeAll(async () => {
  languages = await loadTestLanguages();
  nodes = await NodeFinder.load(languagesDirectory, {
    wasm: wasmFiles,
    onProblem: (message) => {
      throw new Error(message);
    },
  });
});

afterAll(async () => {
  await nodes.dispose();
  await languages.dispose();
});

/** The texts of the spans of a kind. */
function texts(text: string, languageId: string, kind: string): string[] {
  const spans = [...nodes.find(text, languageId), ...findCaretSpans(text, languages.get(languageId))];
  return spans.filter((span) => span.kind === kind).map(({ start, end }) => text.slice(start, end));
}

describe("complete syntax nodes", () => {
  const samples: readonly [string, string, Readonly<Record<string, readonly string[]>>][] = [
    [
      "python",
      'def area(width, height):\n    """Size."""\n    if width > 0:\n        return round(width * height)\n',
      {
        "node:parameters": ["width, height"],
        "node:condition": ["width > 0"],
        "node:call": ["round(width * height)"],
        "node:arguments": ["width * height"],
        "node:string": ['"""Size."""'],
      },
    ],
    [
      "typescript",
      "export function area(box: Box): number {\n  const size = box.width * box.height;\n  return Math.round(size);\n}\n",
      {
        "node:parameters": ["box: Box"],
        "node:value": ["box.width * box.height"],
        "node:call": ["Math.round(size)"],
        "node:arguments": ["size"],
        "node:block": ["const size = box.width * box.height;\n  return Math.round(size);"],
      },
    ],
    [
      "java",
      'class Box {\n  int area() {\n    int size = width * height;\n    log.info("size");\n    return size;\n  }\n}\n',
      {
        "node:value": ["width * height", "size"],
        "node:call": ['log.info("size")'],
        "node:statement": ["int size = width * height;", 'log.info("size");', "return size;"],
      },
    ],
    [
      "go",
      "package box\n\nfunc area(w int) int {\n\tif w > 0 {\n\t\treturn abs(w)\n\t}\n\treturn 0\n}\n",
      { "node:parameters": ["w int"], "node:condition": ["w > 0"], "node:call": ["abs(w)"] },
    ],
  ];
  it.each(samples)("of %s", (languageId, text, expected) => {
    for (const [kind, found] of Object.entries(expected)) {
      expect({ kind, found: texts(text, languageId, kind) }).toEqual({ kind, found });
    }
  });

  it.each(["javascript", "javascriptreact", "typescriptreact"])("%s has them too", (languageId) => {
    expect(texts("const a = f(1);\n", languageId, "node:call")).toEqual(["f(1)"]);
  });
});

describe("carets", () => {
  const line = "  const size = measure(box.width, scale) + border; // a.b = c\n";
  it.each([
    [".", ["width, scale) + border; // a.b = c"]],
    [".|rest", ["width"]],
    ["(", ["box.width, scale) + border; // a.b = c"]],
    ["(|rest", ["box.width"]],
    ["=", ["measure(box.width, scale) + border; // a.b = c"]],
    ["=|rest", ["measure(box.width, scale) + border"]],
    [",", ["scale) + border; // a.b = c"]],
    [",|rest", ["scale"]],
    ["word|rest", ["nst", "asure", "dth", "ale", "rder"]],
    ["lineStart", [line.trim()]],
  ])("behind %s", (kind, expected) => {
    expect(texts(line, "typescript", `caret:${kind}`)).toEqual(expected);
  });

  it("behind return, and at several lines", () => {
    const text = "def f(x):\n    y = x\n    return y + 1\n";
    expect(texts(text, "python", "caret:return")).toEqual(["y + 1"]);
    expect(texts(text, "python", "caret:lines")).toEqual(["y = x\n    return y + 1"]);
  });

  it("not in strings and comments, and not behind == or =>", () => {
    expect(texts('a = "b.cde(fghij, k)"\n# l.mno(p)\n', "python", "caret:.")).toEqual([]);
    expect(texts("if (a == b || c >= d) { e = (f) => g; }\n", "typescript", "caret:=")).toEqual(["(f) => g; }"]);
  });
});

describe("the holes of a file", () => {
  const file = { path: "util.ts", languageId: "typescript", text: typeScript };

  it("are a few of every kind, chosen by the seed, and parts of the document", () => {
    const holes = holesOfFile(file, "zod", { languages, nodes, seed: 1 });
    expect(holes).toEqual(holesOfFile(file, "zod", { languages, nodes, seed: 1 }));
    expect(holes).not.toEqual(holesOfFile(file, "zod", { languages, nodes, seed: 2 }));
    expect(new Set(holes.map(({ id }) => id)).size).toBe(holes.length);
    const kinds = new Map<string, number>();
    for (const { kind, prefix, middle, suffix } of holes) {
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      expect(prefix + middle + suffix).toBe(typeScript);
      expect(middle.trim()).not.toBe("");
    }
    expect(kinds.size).toBeGreaterThan(20);
    expect(Math.max(...kinds.values())).toBeLessThanOrEqual(2);
  });

  it("leak nothing: what stands in a hole alone is in no prompt, and is not proposed", async () => {
    const secret = "planted_7f3a";
    const text =
      "import os\n\n\ndef plan(steps):\n    result = start(steps)\n    token = planted_7f3a(result)\n    return token\n";
    const holes = holesOfFile({ path: "plan.py", languageId: "python", text }, "repo", { languages, nodes, seed: 0 });
    const hiding = holes.filter(({ prefix, suffix }) => !`${prefix}${suffix}`.includes(secret));
    expect(hiding.length).toBeGreaterThan(3);
    const model = new ScriptedModel({ text: `${secret}(result)` });
    const ask = createHoleAsker({ model, settings: DEFAULT_SETTINGS, languages });
    const hidden = hiding[0];
    const other = holes.find(({ middle, prefix }) => !middle.includes(secret) && !prefix.includes(secret));
    if (hidden === undefined || other === undefined) throw new Error("there are no such holes");
    for (const hole of hiding) {
      await ask(hole, never);
    }
    for (const parts of model.prompts) {
      expect(JSON.stringify(parts)).not.toContain(secret);
    }
    // The right answer was given to the same place a moment ago: it must not be remembered.
    expect((await ask(hidden, never)).suggestion.text).toContain(secret.slice(-4));
    model.rewrite("");
    const again = await ask(hidden, never);
    expect(again.source).toBe("model");
    expect(again.suggestion.text).toBe("");
    expect((await ask(other, never)).suggestion.text).toBe("");
  });
});

describe("the holes of a commit", () => {
  const before = "one\ntwo = 1\nthree\nfour\n";
  const context = { commit: "0123456789abcdef", repository: "r", languageId: "python" };

  it("are its added lines in the text of its parent", () => {
    const diff = [
      "diff --git a/a.py b/a.py",
      "--- a/a.py",
      "+++ b/a.py",
      "@@ -2 +2 @@",
      "-two = 1",
      "+two = compute(1)",
      "@@ -3,0 +4,2 @@ three",
      "+    added()",
      "+    more()",
      "@@ -4 +6,0 @@",
      "-four",
      "diff --git a/b c.py b/b c.py",
      "--- a/b c.py\t",
      "+++ b/b c.py\t",
      "@@ -1,2 +1 @@",
      "--- a/not-a-file",
      "-x",
      "+++ b/no-file-either",
      "",
    ].join("\n");
    const [first, second] = parseDiff(diff);
    expect(second).toEqual({ path: "b c.py", hunks: [{ oldStart: 0, oldLines: 2, added: "++ b/no-file-either\n" }] });
    expect(first?.hunks).toHaveLength(3);
    const holes = holesOfChange(first ?? { path: "", hunks: [] }, before, context);
    expect(holes).toEqual([
      expect.objectContaining({
        id: "0123456789ab/a.py#0",
        kind: "commit:edit",
        prefix: "one\ntwo = ",
        middle: "compute(1)",
        suffix: "\nthree\nfour\n",
      }),
      expect.objectContaining({
        kind: "commit:lines",
        prefix: "one\ntwo = 1\nthree\n    ",
        middle: "added()\n    more()",
        suffix: "\nfour\n",
      }),
    ]);
  });

  it("never hold text that the commit removed, nor another hunk's", () => {
    const holes = holesOfChange(
      {
        path: "a.py",
        hunks: [
          { oldStart: 1, oldLines: 1, added: "second = 2\nextra = 3\n" },
          { oldStart: 3, oldLines: 0, added: "planted_string()\n" },
        ],
      },
      before,
      context,
    );
    expect(holes).toHaveLength(2);
    expect(`${holes[0]?.prefix}${holes[0]?.suffix}`).not.toMatch(/two|planted_string/);
    expect(`${holes[1]?.prefix}${holes[1]?.suffix}`).toBe(before.replace("three\n", "three\n\n"));
  });
});
