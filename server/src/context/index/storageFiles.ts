// What the index asks of the file system to keep itself on disk. Tests put one in that is full after so many bytes.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { isMissing } from "./sourceFiles.js";

/** A file that is being read. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number;
  /** Fewer bytes than asked for where the file ends. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** Every method throws the system's error. Paths are absolute. */
export interface StorageFiles {
  makeFolder(path: string): void;
  /** Names in a folder; none where there is no such folder. */
  list(folder: string): readonly string[];
  facts(path: string): { readonly size: number; readonly modified: number };
  read(path: string): Uint8Array;
  open(path: string): OpenFile;
  /** Writes a new file, and waits until the disk has it. */
  write(path: string, parts: Iterable<Uint8Array>): void;
  /** Moves a file to the place of another one, which readers see as it was or as it is, never in between. */
  rename(from: string, to: string): void;
  /** Removes a file or folder if it is there. */
  remove(path: string): void;
  /** Says that a file was used at this time, in milliseconds since 1970. */
  touch(path: string, time: number): void;
}

/** The disk's. */
export const diskStorage: StorageFiles = {
  makeFolder: (path) => {
    mkdirSync(path, { recursive: true });
  },
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  facts: (path) => {
    const { size, mtimeMs } = statSync(path);
    return { size, modified: mtimeMs };
  },
  read: (path) => readFileSync(path),
  open: (path) => {
    const descriptor = openSync(path, "r");
    return {
      size: fstatSync(descriptor).size,
      read: (offset, length) => {
        const bytes = Buffer.allocUnsafe(length);
        return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
      },
      close: () => closeSync(descriptor),
    };
  },
  write: (path, parts) => {
    const descriptor = openSync(path, "wx");
    try {
      for (const part of parts) {
        for (let written = 0; written < part.length; ) written += writeSync(descriptor, part, written);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  touch: (path, time) => utimesSync(path, time / 1000, time / 1000),
};
