// What each language's blocks.scm captures: units of code, and statements with blocks, and nothing else.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "./testLanguages.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

/** The captured lines' beginnings, each with the capture's name. */
async function capturesOf(source: string, languageId: string): Promise<string[]> {
  const parser = await languages.parser(languages.get(languageId));
  const captures = parser?.captures(source, "blocks", () => false) ?? [];
  return captures.map(({ name, start, end }) => `${name} ${source.slice(start, end).split("\n")[0]}`);
}

const javascript = `const plain = require("x");
export const shown = plain;
function declared() { return 1; }
function* generated() { yield 1; }
class Box { area() { return 1; } }
const arrow = () => { return 1; };
const expression = () => 1;
const assigned = function () { return 1; };
module.exports = function () { return 1; };
plain.x = 1;
call(plain);
test("a", () => { call(); });
if (plain) { call(); }
for (const a of plain) { call(); }
`;

const javascriptCaptures = [
  "definition export const shown = plain;",
  "definition function declared() { return 1; }",
  "definition function* generated() { yield 1; }",
  "definition class Box { area() { return 1; } }",
  "definition area() { return 1; }",
  "definition const arrow = () => { return 1; };",
  "definition const assigned = function () { return 1; };",
  "definition module.exports = function () { return 1; };",
  'statement test("a", () => { call(); });',
  "statement if (plain) { call(); }",
  "statement for (const a of plain) { call(); }",
];

describe("blocks.scm", () => {
  test.each(["javascript", "typescript", "typescriptreact"])("%s", async (languageId) => {
    expect(await capturesOf(javascript, languageId)).toEqual(javascriptCaptures);
  });

  test.each(["typescript", "typescriptreact"])("types in %s", async (languageId) => {
    const source =
      "interface A { b: string }\ntype C = { d: 1 };\ntype E = string;\nenum F { G }\nnamespace H { f(); }\n";
    expect(await capturesOf(source, languageId)).toEqual([
      "definition interface A { b: string }",
      "definition type C = { d: 1 };",
      "definition enum F { G }",
      "definition namespace H { f(); }",
    ]);
  });

  test("python", async () => {
    const source =
      "import os\nx = [\n    1,\n]\n@cache\ndef f():\n    return 1\n\nclass A:\n    b = 1\n\nif x:\n    f()\nelse:\n    g()\nwith f() as y:\n    g()\n";
    expect(await capturesOf(source, "python")).toEqual([
      "definition @cache",
      "definition def f():",
      "definition class A:",
      "statement if x:",
      "statement with f() as y:",
    ]);
  });

  test("java", async () => {
    const source =
      "class A {\n  int b = 1;\n  A() {}\n  @Override\n  int f() { if (b > 0) { return 1; } return 2; }\n  abstract int g();\n  enum E { F }\n  record R(int a) {}\n}\ninterface I { void h(); }\n";
    expect(await capturesOf(source, "java")).toEqual([
      "definition class A {",
      "definition A() {}",
      "definition @Override",
      "statement if (b > 0) { return 1; }",
      "definition enum E { F }",
      "definition record R(int a) {}",
      "definition interface I { void h(); }",
    ]);
  });

  test("go", async () => {
    const source =
      "package a\n\nvar x = 1\n\ntype A struct {\n\tb int\n}\n\ntype C int\n\nfunc (a *A) F() int {\n\tfor {\n\t}\n\treturn 1\n}\n\nfunc G() {}\n";
    expect(await capturesOf(source, "go")).toEqual([
      "definition type A struct {",
      "definition func (a *A) F() int {",
      "statement for {",
      "definition func G() {}",
    ]);
  });

  test.each([
    [
      "rust",
      "const A: u8 = 1;\nstruct B;\nstruct C { d: u8 }\nimpl C {\n  fn f() { if a { g(); } h(); }\n}\nmod x;\n",
      [
        "definition struct C { d: u8 }",
        "definition impl C {",
        "definition fn f() { if a { g(); } h(); }",
        "statement if a { g(); }",
      ],
    ],
    [
      "c",
      "int a;\nint f(void);\nstruct B { int c; };\nint g(void) {\n  if (a) { f(); }\n  return a;\n}\n",
      ["definition struct B { int c; }", "definition int g(void) {", "statement if (a) { f(); }"],
    ],
    [
      "cpp",
      "namespace n {\nclass A { int f() { for (int b : c) { g(b); } return 1; } };\n}\n",
      [
        "definition namespace n {",
        "definition class A { int f() { for (int b : c) { g(b); } return 1; } }",
        "definition int f() { for (int b : c) { g(b); } return 1; }",
        "statement for (int b : c) { g(b); }",
      ],
    ],
    [
      "csharp",
      "class A {\n  int b = 1;\n  int F() { foreach (var c in d) { G(c); } return 1; }\n}\n",
      [
        "definition class A {",
        "definition int F() { foreach (var c in d) { G(c); } return 1; }",
        "statement foreach (var c in d) { G(c); }",
      ],
    ],
    [
      "php",
      "<?php\n$a = 1;\nclass B {\n  function f() { if ($a) { g(); } return 1; }\n}\n",
      ["definition class B {", "definition function f() { if ($a) { g(); } return 1; }", "statement if ($a) { g(); }"],
    ],
    [
      "ruby",
      "module A\n  class B\n    def f\n      if a\n        g\n      end\n      c.each do |d|\n        h d\n      end\n    end\n  end\nend\n",
      ["definition module A", "definition class B", "definition def f", "statement if a", "statement c.each do |d|"],
    ],
  ])("%s", async (languageId, source, expected) => {
    expect(await capturesOf(source, languageId)).toEqual(expected);
  });
});
