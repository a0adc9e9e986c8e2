// What is found in a small file of each language, with what is usual there and what is easily missed. The files are
// test/fixtures/symbols/*, what is to be found stands beside each in *.symbols.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extractorQueries, SymbolExtractor } from "../../../../server/src/context/ast/extract.js";
import { extractSymbols } from "../../../../server/src/context/ast/extractSymbols.js";
import type { Languages } from "../../../../server/src/syntax/languages.js";
import { loadTestLanguages } from "../../syntax/testLanguages.js";
import { renderSymbols } from "./renderSymbols.js";

const folder = join(import.meta.dirname, "..", "..", "..", "fixtures", "symbols");
const files = readdirSync(folder).filter((name) => !name.endsWith(".symbols"));

let languages: Languages;
let extractor: SymbolExtractor;
beforeAll(async () => {
  languages = await loadTestLanguages(extractorQueries);
  extractor = new SymbolExtractor(languages);
  for (const file of files) await extractor.prepare(file);
});
afterAll(() => languages.dispose());

describe("symbols", () => {
  test.each(files)("of %s", async (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const document = extractor.open(file, text);
    const symbols = document && extractSymbols(document);
    document?.dispose();
    if (symbols === undefined) throw new Error(`${file} has no syntax tree`);
    await expect(renderSymbols(text, symbols)).toMatchFileSnapshot(join(folder, `${file}.symbols`));
  });

  test("every language has a file here", () => {
    const tested = new Set(files.map((file) => extractor.languageOf(file)?.id));
    expect(languages.all.map(({ id }) => id).filter((id) => !tested.has(id))).toEqual([]);
  });
});
