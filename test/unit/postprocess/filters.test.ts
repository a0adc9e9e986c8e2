// Every filter against its golden cases, alone and in the company of all others.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DefinitionFinder } from "../../../server/src/completion/definitionFinder.js";
import type { FilterContext } from "../../../server/src/postprocess/filter.js";
import { applyFilters, filters } from "../../../server/src/postprocess/index.js";
import { createCaretContext } from "../../../server/src/syntax/caretContext.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { accept, type GoldenCase, readGoldenFiles } from "../../golden/goldenCases.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages();
});
afterAll(() => languages.dispose());

async function contextOf({ prefix, suffix, languageId }: GoldenCase, hasTrees = true): Promise<FilterContext> {
  const language = languages.get(languageId);
  const definitions = new DefinitionFinder(hasTrees ? languages.parser(language) : Promise.resolve(undefined), {
    now: () => 0,
  });
  await definitions.ready;
  return { ...createCaretContext(prefix, suffix, language), specialTokens: ["<horizon:end>"], definitions };
}

const files = readGoldenFiles("postprocess");

test("every filter has golden cases in all languages", () => {
  expect(files.map((file) => file.name)).toEqual(filters.map((filter) => filter.name).toSorted());
  for (const { name, cases } of files) {
    const covered = new Set(cases.map((golden) => golden.languageId));
    expect([...covered].sort(), name).toEqual(["go", "java", "javascript", "python", "typescript"]);
  }
});

for (const { name, title, cases } of files) {
  describe(`${name}: ${title}`, () => {
    const filter = filters.find((candidate) => candidate.name === name);
    for (const golden of cases) {
      test(golden.title, async () => {
        const context = await contextOf(golden);
        const alone = filter?.apply({ text: golden.written, replaces: 0 }, context);
        const together = applyFilters(golden.written, context);
        const shownBy = (draft = alone) =>
          draft === undefined || draft.text === "" ? undefined : accept(golden, draft.text, draft.replaces);
        expect(shownBy(alone)).toBe(golden.shown);
        expect(shownBy(together)).toBe(golden.shown);
      });
    }
  });
}
