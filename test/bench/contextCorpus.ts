// Repositories of any size for the benchmarks: copies of real files under changed names, with identifiers changed from
// copy to copy, so that the words, names and definitions grow with the files as in a real repository.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildFolders, generatedFolders } from "../../server/src/context/index/generatedPaths.js";

/** Folders of the checkout with code; the second holds packages that ship sources. */
const sourceFolders = ["server/src", "client/src", "test", "scripts", "node_modules"] as const;

const extensions = new Set([
  ".ts",
  ".tsx",
  ".mts",
  ".js",
  ".mjs",
  ".cjs",
  ".py",
  ".java",
  ".go",
  ".rs",
  ".c",
  ".h",
  ".cs",
]);

/** Files that the index would leave out, and those with next to nothing in them, are no use here. */
const sizes = { least: 500, most: 60_000 };

/** A line that is longer, on average, is minified. */
const longestAverageLine = 100;

/** A real file. */
export interface SourceText {
  /** Relative to the checkout. */
  readonly path: string;
  readonly text: string;
}

/** Reads the real files, in the order of their paths. */
export async function readSources(checkout: string): Promise<readonly SourceText[]> {
  const found: SourceText[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(path.join(checkout, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, z) => (a.name < z.name ? -1 : 1))) {
      const relative = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        await visit(relative);
      } else if (entry.isFile() && isSource(entry.name)) {
        const { size } = await stat(path.join(checkout, relative));
        if (size < sizes.least || size > sizes.most) continue;
        const text = await readFile(path.join(checkout, relative), "utf8");
        if (text.length / text.split("\n").length <= longestAverageLine) found.push({ path: relative, text });
      }
    }
  };
  for (const folder of sourceFolders) await visit(folder);
  return found;
}

function isSource(name: string): boolean {
  return extensions.has(path.extname(name)) && !name.endsWith(".d.ts") && !name.includes(".min.");
}

/** Words of the languages, and names that all code shares: they stay as they are. */
const shortestChanged = 5;

/** A text with two thirds of its longer identifiers changed; the first copy is the text itself. */
export function changeIdentifiers(text: string, copy: number): string {
  if (copy === 0) return text;
  const ending = lettersOf(copy);
  return text.replace(/[A-Za-z_][A-Za-z0-9_]*/g, (name) => {
    if (name.length < shortestChanged || (sumOf(name) + copy) % 3 === 0) return name;
    return keptWords.has(name) ? name : `${name}${ending}`;
  });
}

const keptWords = new Set(
  "abstract async await boolean break class const constructor continue declare default delete export extends false final finally function implements import instanceof interface module namespace number object package private protected public readonly require return static string struct super switch throw throws typeof undefined unknown while yield".split(
    " ",
  ),
);

/** `Qa`, `Qb`, …: a number as a word that begins with a capital. */
function lettersOf(value: number): string {
  let rest = value;
  let letters = "";
  do {
    letters = String.fromCharCode(97 + (rest % 26)) + letters;
    rest = Math.floor(rest / 26);
  } while (rest > 0);
  return `Q${letters}`;
}

function sumOf(name: string): number {
  let sum = 0;
  for (let index = 0; index < name.length; index++) sum += name.charCodeAt(index);
  return sum;
}

/** A generated repository. */
export interface Corpus {
  readonly directory: string;
  /** Absolute. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

const leftOutFolders = new Set([...generatedFolders, ...buildFolders].map((folder) => folder.replace("/", "")));

/** A path like another one, without the names for which the index leaves files out. */
function indexedPath(source: string): string {
  const segments = source.split("/").map((segment) => (leftOutFolders.has(segment) ? `${segment}Sources` : segment));
  return segments.join("/").replaceAll(/\.(min|bundle|chunk|generated)\b/g, "");
}

/** Writes a repository of so many files. */
export async function writeCorpus(
  directory: string,
  sources: readonly SourceText[],
  files: number,
  signal: AbortSignal,
): Promise<Corpus> {
  let bytes = 0;
  const paths: string[] = [];
  const folders = new Set<string>();
  for (let index = 0; index < files; index++) {
    signal.throwIfAborted();
    const source = sources[index % sources.length] as SourceText;
    const copy = Math.floor(index / sources.length);
    const relative = `package${copy}/${indexedPath(source.path)}`;
    const file = path.join(directory, relative);
    const folder = path.dirname(file);
    if (!folders.has(folder)) {
      await mkdir(folder, { recursive: true });
      folders.add(folder);
    }
    const text = changeIdentifiers(source.text, copy);
    bytes += Buffer.byteLength(text);
    await writeFile(file, text);
    paths.push(file);
  }
  return { directory, paths, bytes };
}
