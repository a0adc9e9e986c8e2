// Reading syntaxes/: the real folder, and folders that are wrong.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { genericLanguage } from "../../../server/src/syntax/language.js";
import { LanguageError, loadLanguages } from "../../../server/src/syntax/languages.js";
import { languagesDirectory, loadTestLanguages, wasmFiles } from "./testLanguages.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "horizon-languages-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function languageFolders(): Promise<string[]> {
  const entries = await readdir(languagesDirectory, { withFileTypes: true });
  // The others hold queries that languages inherit.
  const folders = entries.filter((entry) => existsSync(join(languagesDirectory, entry.name, "language.json")));
  return folders.map((entry) => entry.name).sort();
}

/** Copies a real language's definition under another name, changed. */
async function writeLanguage(folder: string, change: Record<string, unknown>, queries: Record<string, string> = {}) {
  const definition = JSON.parse(await readFile(join(languagesDirectory, "go", "language.json"), "utf8"));
  await mkdir(join(directory, folder));
  await writeFile(join(directory, folder, "language.json"), JSON.stringify({ ...definition, ...change }));
  for (const [name, source] of Object.entries(queries)) {
    await writeFile(join(directory, folder, name), source);
  }
}

describe("the languages that come with Horizon", () => {
  test("every folder is a language whose name is its id, and every language id finds it", async () => {
    const languages = await loadTestLanguages();
    expect(languages.all.map((language) => language.id).sort()).toEqual(await languageFolders());
    for (const id of ["python", "typescript", "typescriptreact", "javascript", "javascriptreact", "java", "go"]) {
      expect(languages.get(id).languageIds).toContain(id);
    }
  });

  test("every grammar loads and fits its queries", async () => {
    const languages = await loadTestLanguages();
    for (const language of languages.all) {
      const parser = await languages.parser(language);
      expect(
        parser?.captures("", "blocks", () => false),
        language.id,
      ).toEqual([]);
    }
    await languages.dispose();
  });

  test("a parser is loaded once", async () => {
    const languages = await loadTestLanguages();
    const go = languages.get("go");
    expect(await languages.parser(go)).toBe(await languages.parser(go));
    await languages.dispose();
  });
});

test("a language without a folder is a generic one without a parser", async () => {
  const languages = await loadTestLanguages();
  expect(languages.get("cobol")).toBe(genericLanguage);
  expect(await languages.parser(genericLanguage)).toBeUndefined();
});

test("a new language is a new folder and nothing else", async () => {
  await writeLanguage(
    "golang",
    { id: "golang", languageIds: ["golang"] },
    { "blocks.scm": "(function_declaration) @definition" },
  );
  const languages = await loadLanguages({ directory, wasm: wasmFiles });
  const language = languages.get("golang");
  expect(language.id).toBe("golang");
  const parser = await languages.parser(language);
  const source = "package a\n\nfunc f() {\n}\n";
  expect(parser?.captures(source, "blocks", () => false)).toEqual([{ name: "definition", start: 11, end: 23 }]);
  await languages.dispose();
});

describe("folders that are wrong", () => {
  test("an unknown field is named", async () => {
    await writeLanguage("go", { colour: "blue" });
    const error = await loadLanguages({ directory }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(LanguageError);
    expect(String(error)).toContain("language.json");
    expect(String(error)).toContain("colour");
  });

  test("two languages for one language id are both named", async () => {
    await writeLanguage("go", {});
    await writeLanguage("golang", { id: "golang" });
    await expect(loadLanguages({ directory })).rejects.toThrow(/syntaxes\/go and syntaxes\/golang.*"go"/);
  });

  test("a folder without a definition, one that is no JSON, no folder at all", async () => {
    await mkdir(join(directory, "empty"));
    await expect(loadLanguages({ directory })).rejects.toThrow(LanguageError);
    await writeFile(join(directory, "empty", "language.json"), "{");
    await expect(loadLanguages({ directory })).rejects.toThrow(LanguageError);
    await expect(loadLanguages({ directory: join(directory, "nowhere") })).rejects.toThrow(/nowhere/);
  });

  test.each([
    ["a grammar that is missing", { grammar: "tree-sitter-nothing.wasm" }, {}, /tree-sitter-nothing\.wasm/],
    ["a query that does not fit", {}, { "blocks.scm": "(no_such_node) @definition" }, /blocks\.scm/],
  ])("%s is reported, and the language works by indentation", async (_, change, queries, message) => {
    await writeLanguage("go", change, queries);
    const problems: string[] = [];
    const languages = await loadLanguages({
      directory,
      wasm: wasmFiles,
      onProblem: (problem) => problems.push(problem),
    });
    expect(await languages.parser(languages.get("go"))).toBeUndefined();
    expect(await languages.parser(languages.get("go"))).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test("a grammar that is no WebAssembly is reported", async () => {
    await writeLanguage("go", { grammar: "broken.wasm" });
    await writeFile(join(directory, "broken.wasm"), "no wasm");
    const problems: string[] = [];
    const wasm = { ...wasmFiles, grammars: directory };
    const languages = await loadLanguages({ directory, wasm, onProblem: (problem) => problems.push(problem) });
    expect(await languages.parser(languages.get("go"))).toBeUndefined();
    expect(problems[0]).toMatch(/broken\.wasm/);
  });
});
