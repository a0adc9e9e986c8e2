// The WebAssembly parser: offsets, broken text, and giving up in time.
import { afterAll, beforeAll, expect, test } from "vitest";
import { genericLanguage, type Language } from "../../../server/src/syntax/language.js";
import { GrammarError, type SyntaxParser } from "../../../server/src/syntax/parser.js";
import { loadWasmParser } from "../../../server/src/syntax/wasmParser.js";
import { loadTestLanguages, wasmFiles } from "./testLanguages.js";

let language: Language;
let parser: SyntaxParser;
beforeAll(async () => {
  language = (await loadTestLanguages()).get("typescript");
  const loaded = await loadWasmParser(language, wasmFiles, ["blocks"]);
  if (loaded === undefined) throw new Error("TypeScript has a grammar");
  parser = loaded;
});
afterAll(() => parser.dispose());

const never = () => false;

test("offsets are UTF-16 units", () => {
  const source = 'const a = "😀é"; function f() { return 1; }';
  expect(parser.captures(source, "blocks", never)).toEqual([
    { name: "definition", start: source.indexOf("function"), end: source.length },
  ]);
});

test("text that is no code, or no Unicode, has captures too, if any", () => {
  expect(parser.captures("\ud800 }}}} ((( \0 `", "blocks", never)).toEqual([]);
  expect(parser.captures("x = '\udc00'; function f() {}", "blocks", never)).toHaveLength(1);
});

test("it gives up when it is late, and works again afterwards", () => {
  const long = "function f() { return [1, 2, 3].map((x) => x + 1); }\n".repeat(2000);
  let asked = 0;
  expect(parser.captures(long, "blocks", () => ++asked > 3)).toBeUndefined();
  expect(asked).toBe(4);
  expect(parser.captures("function f() {}", "blocks", never)).toEqual([{ name: "definition", start: 0, end: 15 }]);
});

test("a language without a grammar has no parser", async () => {
  expect(await loadWasmParser(genericLanguage, wasmFiles, ["blocks"])).toBeUndefined();
});

test("a grammar that is missing is an error that names it", async () => {
  const loading = loadWasmParser({ ...language, grammar: "nothing.wasm" }, wasmFiles, []);
  await expect(loading).rejects.toThrow(GrammarError);
  await expect(loadWasmParser({ ...language, grammar: "nothing.wasm" }, wasmFiles, [])).rejects.toThrow(
    /nothing\.wasm/,
  );
});

test("a document is parsed once for several questions, and again after an edit", async () => {
  const source = "// a\nfunction f() {\n  return 1;\n}\n";
  const document = parser.open(source);
  expect(document.captures("blocks")).toEqual([{ name: "definition", start: 5, end: source.length - 1 }]);
  expect(document.cutLines(() => true)).toEqual([0]);
  expect(document.cutLines((start, end) => end - start < 15)).toEqual([0, 5, 20]);
  document.edit(0, 5, "");
  document.edit(document.text.length, document.text.length, "class A {}\n");
  expect(document.text).toBe(`${source.slice(5)}class A {}\n`);
  expect(document.captures("blocks")?.map(({ start }) => start)).toEqual([0, source.length - 5]);
  expect(document.matches("blocks")).toHaveLength(2);
  document.dispose();
});

test("a document that was late answers when it is asked again", () => {
  const document = parser.open("function f() { return [1, 2, 3].map((x) => x + 1); }\n".repeat(2000));
  expect(document.matches("blocks", () => true)).toBeUndefined();
  expect(
    document.cutLines(
      () => false,
      () => true,
    ),
  ).toBeUndefined();
  expect(document.matches("blocks")).toHaveLength(2000);
  document.dispose();
});
