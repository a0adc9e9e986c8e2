// Reading syntaxes/: the real folder, and folders that are wrong.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { genericLanguage, queryNames } from "../../../server/src/syntax/language.js";
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
    const ids = "python typescript typescriptreact javascript javascriptreact java go rust c cpp csharp php ruby";
    for (const id of ids.split(" ")) {
      expect(languages.get(id).languageIds).toContain(id);
    }
  });

  test("every grammar loads and fits its queries", async () => {
    const languages = await loadTestLanguages(queryNames);
    for (const language of languages.all) {
      const parser = await languages.parser(language);
      for (const query of queryNames) {
        expect(language.queries[query], `${query} of ${language.id}`).toBeDefined();
        expect(
          parser?.captures("", query, () => false),
          language.id,
        ).toEqual([]);
      }
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

describe("queries that inherit", () => {
  const definition = "(function_declaration) @definition";

  test("what is inherited goes first; a folder of queries alone is no language", async () => {
    await mkdir(join(directory, "shared"));
    await writeFile(join(directory, "shared", "blocks.scm"), definition);
    await writeLanguage("go", {}, { "blocks.scm": "; inherits: shared\n(if_statement) @statement" });
    const languages = await loadLanguages({ directory, wasm: wasmFiles });
    expect(languages.all.map(({ id }) => id)).toEqual(["go"]);
    const parser = await languages.parser(languages.get("go"));
    const captures = parser?.captures("package a\n\nfunc f() {\n\tif a {\n\t}\n}\n", "blocks", () => false);
    expect(captures?.map(({ name }) => name)).toEqual(["definition", "statement"]);
    await languages.dispose();
  });

  test.each([
    ["itself", "; inherits: go", /go.*inherits itself/],
    ["what is not there", "; inherits: nothing", /inherits blocks\.scm of nothing/],
  ])("one that inherits %s is an error that names it", async (_, query, message) => {
    await writeLanguage("go", {}, { "blocks.scm": query });
    await expect(loadLanguages({ directory })).rejects.toThrow(LanguageError);
    await expect(loadLanguages({ directory })).rejects.toThrow(message);
  });

  test("only the queries that are asked for are read and compiled", async () => {
    await writeLanguage("go", {}, { "blocks.scm": definition, "tags.scm": "(no_such_node) @definition.function" });
    const languages = await loadLanguages({ directory, wasm: wasmFiles });
    const parser = await languages.parser(languages.get("go"));
    expect(parser?.captures("package a", "blocks", () => false)).toEqual([]);
    expect(() => parser?.captures("package a", "tags", () => false)).toThrow(/not asked for/);
    await languages.dispose();
  });
});

test("a file's language is told by the end of its name", async () => {
  const languages = await loadTestLanguages();
  expect(languages.ofPath("src/Main.RS")?.id).toBe("rust");
  expect(languages.ofPath("a.h")?.id).toBe("cpp");
  expect(languages.ofPath("a.txt")).toBeUndefined();
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
