// From an import to the files of the index that it names by its language's rules, and the words of a module's name.
import { resolveImport } from "./ast/importResolution/index.js";
import type { IndexedFile, RepositoryIndex } from "./repositoryIndex.js";
import type { Import } from "./symbols.js";

/** The files that an import may mean; the likeliest first. */
export function importedFiles(
  imported: Import,
  from: Pick<IndexedFile, "folder" | "path" | "language">,
  index: RepositoryIndex,
): readonly IndexedFile[] {
  const { folder, path: own, language } = from;
  const paths = language === undefined ? [] : resolveImport(imported, own, language, index.project(folder));
  return paths.filter((path) => path !== own).flatMap((path) => index.file(folder, path) ?? []);
}

/** The words of a module's name: `./a/b`, `..pkg.mod`, `java.util.List`, `crate::io`, `App\Models`. */
export function moduleWords(module: string): readonly string[] {
  // A dot within a path belongs to a file's name; without slashes it is between words.
  const separator = module.includes("::") ? "::" : /^\.{1,2}$|\//.test(module) ? "/" : /[.\\]/;
  return module.split(separator).filter((word) => !unspokenWords.has(word));
}

/** Parts of modules' names that are no names. */
const unspokenWords = new Set(["", "*", ".", "..", "crate", "self", "super"]);
