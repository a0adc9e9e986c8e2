// Where indexes are on disk: a folder for each version of what reads the files, in it one for each workspace folder. What
// nobody uses any more is dropped, so that the whole stays bounded.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { FolderStore } from "./folderStore.js";
import type { StorageFiles } from "./storageFiles.js";

const versionStart = "index-";
const day = 24 * 60 * 60 * 1000;

/** After an update, the old version's index is kept so long: another editor may not have been updated yet. */
const oldVersionMilliseconds = 7 * day;

/** A workspace folder that was not opened for so long is indexed anew. */
const unusedMilliseconds = 60 * day;

/** All workspace folders together; the least recently used ones go. A folder with 100,000 files takes some 400 MB. */
const mostBytes = 2 * 1024 * 1024 * 1024;

/** What storage needs. */
export interface IndexStorageOptions {
  readonly files: StorageFiles;
  /** Absolute. */
  readonly directory: string;
  /** See readerKey. */
  readonly readerKey: string;
  readonly onProblem: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Opens the store of a workspace folder. */
export function openFolderStore(options: IndexStorageOptions, folder: string): FolderStore {
  return new FolderStore({ ...options, directory: join(versionFolder(options), folderName(folder)) });
}

function versionFolder({ directory, readerKey }: IndexStorageOptions): string {
  return join(directory, versionStart + readerKey);
}

function folderName(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 16);
}

/** A folder with an index. */
interface Used {
  readonly path: string;
  readonly bytes: number;
  readonly used: number;
  readonly isOldVersion: boolean;
}

/**
 * Drops what is too old or too much; what is in use stays.
 *
 * @param folders that are open
 */
export function dropUnused(options: IndexStorageOptions, folders: readonly string[]): void {
  const { files, now } = options;
  const current = versionFolder(options);
  const open = new Set(folders.map((folder) => join(current, folderName(folder))));
  let total = 0;
  try {
    const all = findAll(options).sort((a, b) => b.used - a.used);
    for (const { path, bytes, used, isOldVersion } of all) {
      total += bytes;
      const age = now() - used;
      const isOld = age > (isOldVersion ? oldVersionMilliseconds : unusedMilliseconds);
      // Used within a day, it may be open in another editor.
      if (!open.has(path) && (isOld || (total > mostBytes && age > day))) files.remove(path);
    }
    for (const name of files.list(options.directory)) {
      const path = join(options.directory, name);
      if (name.startsWith(versionStart) && path !== current && files.list(path).length === 0) files.remove(path);
    }
  } catch {
    // Another editor is at it, too.
  }
}

function findAll({ files, directory, readerKey }: IndexStorageOptions): Used[] {
  const versions = files.list(directory).filter((name) => name.startsWith(versionStart));
  return versions.flatMap((version) =>
    files.list(join(directory, version)).map((name) => {
      const path = join(directory, version, name);
      const facts = files.list(path).map((file) => files.facts(join(path, file)));
      return {
        path,
        bytes: facts.reduce((sum, { size }) => sum + size, 0),
        used: facts.reduce((latest, { modified }) => Math.max(latest, modified), 0),
        isOldVersion: version !== versionStart + readerKey,
      };
    }),
  );
}
