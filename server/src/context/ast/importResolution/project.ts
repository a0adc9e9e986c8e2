// What resolving an import needs to know of a repository: which paths there are, and what its manifests say. Plain data.

/** Paths of a repository's files, with forward slashes, relative to its root. */
export interface KnownPaths {
  has(path: string): boolean;
  /** The paths that are this one or end with a slash and this one, in their order. */
  endingWith(suffix: string): readonly string[];
  /** The files right in a folder, in their order; `""` is the root. */
  inFolder(folder: string): readonly string[];
}

/** `@/*` → `src/*` */
export interface PathAlias {
  /** The tsconfig.json's. */
  readonly folder: string;
  readonly pattern: string;
  readonly targets: readonly string[];
}

/** A repository, as far as imports ask for it. */
export interface Project {
  readonly paths: KnownPaths;
  /** Go modules: the folder of each go.mod and the path in its `module` line. */
  readonly goModules?: readonly { readonly folder: string; readonly module: string }[];
  /** `paths` of each tsconfig.json, which count in its folder; targets relative to the repository's root. */
  readonly pathAliases?: readonly PathAlias[];
}
