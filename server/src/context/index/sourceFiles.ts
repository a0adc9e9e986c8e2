// What the index asks of the file system to find and read sources. Calls block, on purpose: they run in a thread of their
// own, where they are several times as fast as promises and cannot take the server's thread pool when a network drive
// hangs.
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { errorCode } from "../../errorMessage.js";

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
}

/** What tells a changed file from an unchanged one without reading it. */
export interface FileFacts {
  readonly kind: FolderEntry["kind"];
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with a fraction as fine as the file system has it. */
  readonly modified: number;
}

/** Reads folders and files; every method throws the system's error, with its `code`. Paths are absolute. */
export interface SourceFiles {
  list(folder: string): readonly FolderEntry[];
  /** Of the path itself, be it a link. */
  facts(path: string): FileFacts;
  read(path: string): Uint8Array;
  /** The path without links. */
  realPath(path: string): string;
  isFolder(path: string): boolean;
}

interface Typed {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOf(entry: Typed): FolderEntry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

/** The disk's. */
export const diskSources: SourceFiles = {
  list: (folder) =>
    readdirSync(folder, { withFileTypes: true }).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  facts: (path) => {
    const entry = lstatSync(path);
    return { kind: kindOf(entry), size: entry.size, modified: entry.mtimeMs };
  },
  read: (path) => readFileSync(path),
  realPath: (path) => realpathSync(path),
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
};

/** Is this the error of a path that is not there? */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Files that say how to work are short; a longer one is something else, or an attack. */
const largestRuleFileBytes = 4 * 1024 * 1024;

/**
 * The text of a file that says how to work, such as .gitignore; undefined when it is not there, cannot be read, or is no
 * regular file: what a folder holds is not trusted, and a link may lead to a device that never ends.
 */
export function readRuleFile(files: SourceFiles, path: string): string | undefined {
  const bytes = readSmallFile(files, path, largestRuleFileBytes);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** The bytes of a regular file of at most `limit` bytes; undefined for all else. */
export function readSmallFile(files: SourceFiles, path: string, limit: number): Uint8Array | undefined {
  try {
    const { kind, size } = files.facts(path);
    return kind === "file" && size <= limit ? files.read(path) : undefined;
  } catch {
    return undefined;
  }
}
