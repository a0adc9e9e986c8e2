// From an import to files: the paths where what it names may be, nearest first. By the shape of the words alone, alike
// for all languages: a new language needs nothing here.
import type { IndexedFile, RepositoryIndex } from "./repositoryIndex.js";
import type { Import } from "./symbols.js";

/** Extensions whose files import one another, each list in the order in which they are tried. */
const families: readonly (readonly string[])[] = [
  [".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"],
  [".h", ".hpp", ".hh", ".hxx", ".c", ".cc", ".cpp", ".cxx"],
];

/** Files that stand for the folder they are in, by extension; `index` elsewhere. */
const folderFiles: Readonly<Record<string, string>> = { ".py": "__init__", ".rs": "mod" };

/** An import names a package, a module or something in a module: so many of its last words may be no part of a path. */
const mostNames = 2;

/** Folders above the importing file in which an absolute import is looked for; deeper nesting is rare. */
const mostFolders = 6;

/** The words of a module's name: `./a/b`, `..pkg.mod`, `java.util.List`, `crate::io`, `App\Models`. */
export interface ModuleName {
  /** Folders to go up from the importing file's; undefined for an absolute name. */
  readonly up: number | undefined;
  readonly words: readonly string[];
}

/** Takes a module's name apart. */
export function parseModule(module: string): ModuleName {
  const dots = /^(\.+)(?=[\p{L}_]|$)/u.exec(module)?.[1];
  if (dots !== undefined) {
    // Python: one dot is the file's own folder, each further one the folder above.
    return { up: dots.length - 1, words: module.slice(dots.length).split(".").filter(isWord) };
  }
  if (/^\.{1,2}(?:\/|$)/.test(module)) {
    const parts = module.split("/");
    const words = parts.filter((part) => part !== "." && part !== ".." && part !== "");
    return { up: parts.filter((part) => part === "..").length, words };
  }
  const isRust = module.includes("::");
  // A dot within a path belongs to a file's name; without slashes it is between words.
  const words = module.split(module.includes("/") ? "/" : isRust ? "::" : /[.\\]/).filter(isWord);
  if (isRust) {
    const up = words.filter((word) => word === "super").length;
    const rest = words.filter((word) => word !== "crate" && word !== "self" && word !== "super");
    return { up: words[0] === "self" || up > 0 ? up : undefined, words: rest };
  }
  return { up: undefined, words };
}

function isWord(word: string): boolean {
  return word !== "" && word !== "*";
}

/** The files that an import may mean, exact ones only; the likeliest first. */
export function importedFiles(
  { module, names }: Pick<Import, "module" | "names">,
  from: Pick<IndexedFile, "folder" | "path">,
  index: RepositoryIndex,
): readonly IndexedFile[] {
  const { up, words } = parseModule(module);
  const folders = from.path.split("/").slice(0, -1);
  const bases = up === undefined ? ancestors(folders) : [folders.slice(0, Math.max(0, folders.length - up))];
  const endings = endingsFor(from.path);
  const found: IndexedFile[] = [];
  const visit = (path: readonly string[]): void => {
    const stem = path.join("/");
    // The extension of a compiled file stands for the source's (`./util.js` is util.ts).
    const bare = stem.replace(/\.(?:[cm]?jsx?|h|hpp|rb|php)$/, "");
    for (const ending of [...(bare === stem ? [] : [""]), ...endings]) {
      const file = index.file(from.folder, ending === "" ? stem : bare + ending);
      if (file !== undefined && file.path !== from.path && !found.some(({ id }) => id === file.id)) {
        found.push(file);
      }
    }
  };
  for (let dropped = 0; dropped <= mostNames && dropped <= words.length; dropped++) {
    const path = words.slice(0, words.length - dropped);
    if (path.length === 0 && up === undefined) {
      break;
    }
    for (const base of bases) {
      if (dropped === 0) {
        // `from . import util`: the imported names may be modules themselves.
        for (const { name } of names.slice(0, 8)) {
          if (name !== "*" && name !== "default" && /^[\p{L}_]/u.test(name)) {
            visit([...base, ...path, name]);
          }
        }
      }
      if (path.length > 0 || base.length > 0) {
        visit([...base, ...path]);
      }
    }
    if (found.length > 0) {
      break;
    }
  }
  return found;
}

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

/** A folder and those above it, innermost first, the root included. */
function ancestors(folders: readonly string[]): readonly (readonly string[])[] {
  const all: (readonly string[])[] = [];
  for (let depth = folders.length; depth >= 0 && all.length < mostFolders; depth--) {
    all.push(folders.slice(0, depth));
  }
  if (folders.length >= mostFolders) {
    all.push([]);
  }
  return all;
}

function endingsFor(path: string): readonly string[] {
  const extension = /\.[^/.]+$/.exec(path)?.[0] ?? "";
  const family = families.find((one) => one.includes(extension)) ?? [extension];
  const own = [extension, ...family.filter((one) => one !== extension)];
  const folderFile = folderFiles[extension] ?? "index";
  return [...own, ...own.slice(0, 2).map((ending) => `/${folderFile}${ending}`)];
}
