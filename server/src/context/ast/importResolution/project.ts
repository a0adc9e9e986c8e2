// What resolving an import needs to know of a repository: which paths there are, and what its manifests say. Plain data.

/** Paths of a repository's files, with forward slashes, relative to its root. */
export interface KnownPaths {
  has(path: string): boolean;
  /** The paths that are this one or end with a slash and this one, in their order. */
  endingWith(suffix: string): readonly string[];
  /** The files right in a folder, in their order; `""` is the root. */
  inFolder(folder: string): readonly string[];
}

/** A repository, as far as imports ask for it. */
export interface Project {
  readonly paths: KnownPaths;
  /** Go modules: the folder of each go.mod and the path in its `module` line. */
  readonly goModules?: readonly { readonly folder: string; readonly module: string }[];
  /** `paths` of tsconfig.json, with targets relative to the repository's root: `@/*` → `src/*`. */
  readonly pathAliases?: readonly { readonly pattern: string; readonly targets: readonly string[] }[];
}

/** Makes paths known. */
export class PathSet implements KnownPaths {
  readonly #all = new Set<string>();
  readonly #byName = new Map<string, string[]>();
  readonly #byFolder = new Map<string, string[]>();

  constructor(paths: Iterable<string>) {
    for (const path of [...new Set(paths)].sort()) {
      this.#all.add(path);
      const slash = path.lastIndexOf("/");
      addTo(this.#byName, path.slice(slash + 1), path);
      addTo(this.#byFolder, path.slice(0, Math.max(slash, 0)), path);
    }
  }

  has(path: string): boolean {
    return this.#all.has(path);
  }

  endingWith(suffix: string): readonly string[] {
    const sameName = this.#byName.get(suffix.slice(suffix.lastIndexOf("/") + 1)) ?? [];
    return sameName.filter((path) => path === suffix || path.endsWith(`/${suffix}`));
  }

  inFolder(folder: string): readonly string[] {
    return this.#byFolder.get(folder) ?? [];
  }
}

function addTo(lists: Map<string, string[]>, key: string, path: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [path]);
  else list.push(path);
}
