// From an import to files of the index: the ones that it names by its language's rules, and how well a path fits the words
// of a module's name, which tells more files that are likely meant.
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

/** The words of a file's path by which it may be imported. */
export function modulePartsOf(path: string): readonly string[] {
  const parts = path.replace(/\.[^/.]+(?:\.[^/.]+)?$/, "").split("/");
  if (/^(?:index|__init__|mod)$/.test(parts.at(-1) ?? "")) {
    parts.pop();
  }
  return parts;
}

/** How well the end of a file's path fits an import's words, in [0, 1]: 1 when all words are in it. */
export function moduleFit(words: readonly string[], parts: readonly string[]): number {
  if (words.length === 0) {
    return 0;
  }
  // The file may be the last word, what holds the last word, or in the folder that the last word names.
  let best = 0;
  for (const [skippedWords, skippedParts] of [
    [0, 0],
    [1, 0],
    [0, 1],
  ] as const) {
    const names = words.slice(0, words.length - skippedWords);
    const places = parts.slice(0, parts.length - skippedParts);
    let same = 0;
    while (same < names.length && same < places.length && names.at(-1 - same) === places.at(-1 - same)) {
      same++;
    }
    best = Math.max(best, same / words.length);
  }
  return best;
}
