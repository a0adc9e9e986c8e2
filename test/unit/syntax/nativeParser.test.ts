// Native grammars, where they load, see what those in WebAssembly see.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { extractorQueries, SymbolExtractor } from "../../../server/src/context/ast/extract.js";
import { extractSymbols } from "../../../server/src/context/ast/extractSymbols.js";
import { loadLanguages } from "../../../server/src/syntax/languages.js";
import { languagesDirectory, loadTestLanguages, wasmFiles } from "./testLanguages.js";

const fixtures = join(import.meta.dirname, "..", "..", "fixtures", "symbols");

async function openBoth() {
  const problems: string[] = [];
  const onProblem = (problem: string): number => problems.push(problem);
  const options = { directory: languagesDirectory, wasm: wasmFiles, queries: extractorQueries };
  const native = await loadLanguages({ ...options, native: true, onProblem });
  const wasm = await loadTestLanguages(extractorQueries);
  return { native: new SymbolExtractor(native), wasm: new SymbolExtractor(wasm), problems };
}

// The grammars that are installed for this test: of those that fit tree-sitter's own package, the two that are not twins.
it.each(["cart.py", "cart.rs"])("finds the same symbols in %s", async (name) => {
  const { native, wasm, problems } = await openBoth();
  await native.prepare(name);
  await wasm.prepare(name);
  expect(problems).toEqual([]);
  const text = readFileSync(join(fixtures, name), "utf8");
  expect(native.extract(name, text)).toEqual(wasm.extract(name, text));

  // Also beyond what the parser is given at a time, with letters of two and of four bytes, and after edits.
  const long = `# été 🙂\n${text}`
    .repeat(name.endsWith(".py") ? 40 : 1)
    .replace(/^# /gm, name.endsWith(".py") ? "# " : "// ");
  const first = native.open(name, long);
  const second = wasm.open(name, long);
  const symbols = () => [first && extractSymbols(first), second && extractSymbols(second)];
  expect(symbols()[0]).toEqual(symbols()[1]);
  const middle = long.indexOf("\n", long.length >> 1) + 1;
  for (const document of [first, second]) document?.edit(middle, middle + 1, "é(");
  expect(symbols()[0]).toEqual(symbols()[1]);
});

it("a language whose native grammar does not load has the one in WebAssembly, and a word is said", async () => {
  const { native, wasm, problems } = await openBoth();
  await native.prepare("Cart.java");
  await wasm.prepare("Cart.java");
  expect(problems).toEqual([
    expect.stringMatching(/^tree-sitter-java cannot be used natively: .*WebAssembly is used\.$/s),
  ]);
  const text = readFileSync(join(fixtures, "Cart.java"), "utf8");
  expect(native.extract("Cart.java", text)).toEqual(wasm.extract("Cart.java", text));
});

it("gives a text up when it is late", async () => {
  const { native } = await openBoth();
  await native.prepare("cart.py");
  expect(native.extract("cart.py", "def f():\n    pass\n", () => true)).toBeUndefined();
});
