// One workspace folder: what is known of each of its files, by path.
import { join, relative, resolve, sep } from "node:path";
import type { CatalogEntry } from "./catalog.js";
import type { FolderStore } from "./folderStore.js";
import type { LeftOutReason } from "./walk.js";

/** A workspace folder as the editor names it. */
export interface IndexFolder {
  readonly uri: string;
  /** Absolute path. */
  readonly directory: string;
}

/**
 * What is with a file: to be looked at, in the index, left out for what it holds, left out for lack of memory, or open in
 * the editor.
 */
export type FileState = "waiting" | "held" | "leftOut" | "capped" | "open";

/** What is known of a file. */
export interface FileEntry {
  readonly root: WorkspaceRoot;
  readonly path: string;
  /** Bytes, when it was read last. */
  size: number;
  /** See CatalogEntry; NaN when it must be read again. */
  modified: number;
  /** Key of the content that was read last. */
  key: string | undefined;
  reason: LeftOutReason | undefined;
  state: FileState;
  /** Number of the scan that saw it last. */
  seen: number;
}

/** A workspace folder and its files. */
export class WorkspaceRoot {
  readonly uri: string;
  readonly directory: string;
  readonly store: FolderStore | undefined;
  readonly files = new Map<string, FileEntry>();
  /** Relative paths of workspace folders within this one. */
  inner: ReadonlySet<string> = new Set();
  /** What the last walk left out by name, by reason. */
  leftOut: ReadonlyMap<LeftOutReason, number> = new Map();
  /** The folder itself could be listed the last time. */
  isThere = true;
  /** Something changed since the catalog was saved. */
  isDirty = false;

  constructor({ uri, directory }: IndexFolder, store: FolderStore | undefined) {
    this.uri = uri;
    this.directory = resolve(directory);
    this.store = store;
  }

  absolute(path: string): string {
    return join(this.directory, path);
  }

  /** The path within this folder, with forward slashes; empty for the folder itself, undefined outside. */
  relative(path: string): string | undefined {
    const inside = relative(this.directory, path);
    if (inside === ".." || inside.startsWith(`..${sep}`) || join(this.directory, inside) !== join(path))
      return undefined;
    return inside.split(sep).join("/");
  }

  /** What the next start needs to know. */
  catalog(): Map<string, CatalogEntry> {
    const catalog = new Map<string, CatalogEntry>();
    for (const [path, { size, modified, key, reason }] of this.files) {
      if (key === undefined && reason === undefined) continue;
      catalog.set(path, { size, modified: Number.isNaN(modified) ? -1 : modified, key, reason });
    }
    return catalog;
  }
}

/** The innermost root that holds an absolute path, and the path within it. */
export function locate(
  roots: readonly WorkspaceRoot[],
  path: string,
): { readonly root: WorkspaceRoot; readonly path: string } | undefined {
  let best: { readonly root: WorkspaceRoot; readonly path: string } | undefined;
  for (const root of roots) {
    const inside = root.relative(path);
    if (inside === undefined) continue;
    if (best === undefined || root.directory.length > best.root.directory.length) best = { root, path: inside };
  }
  return best;
}
