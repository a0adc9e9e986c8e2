// The languages that come with Horizon, as settings and file names see them.
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_LANGUAGES } from "../../../server/src/settings.js";
import {
  installationAround,
  languageIdOf,
  loadInstalledLanguages,
} from "../../../server/src/workspace/installation.js";

const repository = path.resolve(import.meta.dirname, "../../..");
const installation = installationAround(path.join(repository, "dist"));

describe("the installed languages", () => {
  it("are on by default where the model has learnt them", async () => {
    const languages = await loadInstalledLanguages(installation, () => {});
    const installed = languages.all.flatMap(({ languageIds }) => languageIds);
    const notLearnt = ["cuda-cpp", "php", "ruby"];
    expect([...installed].sort()).toEqual([...Object.keys(DEFAULT_LANGUAGES), ...notLearnt].sort());
  });

  it.each([
    ["src/app.py", "python"],
    ["App.PY", "python"],
    ["index.mts", "typescript"],
    ["View.tsx", "typescriptreact"],
    ["Main.java", "java"],
    ["main.go", "go"],
    ["notes.txt", "plaintext"],
    ["Makefile", "plaintext"],
  ])("%s is %s", async (file, languageId) => {
    expect(languageIdOf(file, await loadInstalledLanguages(installation, () => {}))).toBe(languageId);
  });
});
