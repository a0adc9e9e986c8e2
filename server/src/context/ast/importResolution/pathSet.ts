// The paths of a repository as imports ask for them: by a file's name, by its folder. Kept true file by file, as
// making them anew takes a tenth of a second at 100,000 files.
import { folderOf } from "./paths.js";
import type { KnownPaths } from "./project.js";

/** What a path takes besides its characters, roughly: its entries in three tables. */
const pathBytes = 140;

/** Paths that come and go. */
export class PathSet implements KnownPaths {
  readonly #all = new Set<string>();
  /** In the order of paths. */
  readonly #byName = new Map<string, string[]>();
  readonly #byFolder = new Map<string, string[]>();

  constructor(paths: Iterable<string> = []) {
    for (const path of paths) this.add(path);
  }

  /** Bytes in memory, roughly; the paths themselves are the files'. */
  get byteLength(): number {
    return this.#all.size * pathBytes;
  }

  add(path: string): void {
    if (this.#all.has(path)) return;
    this.#all.add(path);
    insert(this.#byName, nameOf(path), path);
    insert(this.#byFolder, folderOf(path), path);
  }

  delete(path: string): void {
    if (!this.#all.delete(path)) return;
    remove(this.#byName, nameOf(path), path);
    remove(this.#byFolder, folderOf(path), path);
  }

  has(path: string): boolean {
    return this.#all.has(path);
  }

  endingWith(suffix: string): readonly string[] {
    const sameName = this.#byName.get(nameOf(suffix)) ?? [];
    return sameName.filter((path) => path === suffix || path.endsWith(`/${suffix}`));
  }

  inFolder(folder: string): readonly string[] {
    return this.#byFolder.get(folder) ?? [];
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function insert(lists: Map<string, string[]>, key: string, path: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [path]);
  else list.splice(placeIn(list, path), 0, path);
}

function remove(lists: Map<string, string[]>, key: string, path: string): void {
  const list = lists.get(key);
  if (list === undefined) return;
  list.splice(placeIn(list, path), 1);
  if (list.length === 0) lists.delete(key);
}

/** Where a path is in a sorted list, or belongs. */
function placeIn(list: readonly string[], path: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as string) < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
