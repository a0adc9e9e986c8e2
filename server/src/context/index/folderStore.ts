// The index of one workspace folder on disk: a catalog, and segments of pieces by their content's key. No file is ever
// changed: each is written beside its place and moved there once the disk has it, so that after a crash or on a full disk
// there is what was there before. Two editors on the same folder write files of their own, and read each other's the next
// time.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errorMessage } from "../../errorMessage.js";
import { type Catalog, readCatalog, writeCatalog } from "./catalog.js";
import { DamagedFileError, type Piece, type PiecePlace, readPiece, readSegment, writeSegment } from "./segmentFile.js";
import { isMissing } from "./sourceFiles.js";
import type { OpenFile, StorageFiles } from "./storageFiles.js";

const catalogName = "catalog";
const segmentEnd = ".segment";
const unfinishedEnd = ".unfinished";

/** Pieces wait in memory until there are so many bytes: large enough to write at speed, small enough not to matter. */
const flushBytes = 8 * 1024 * 1024;

/** What is written into one segment when several are joined; so much is in memory meanwhile. */
const joinedBytes = 32 * 1024 * 1024;

/** More small segments than this are joined: each costs the next start a file to open. */
const mostSmallSegments = 8;

/** A segment below this size is small. */
const smallBytes = joinedBytes / 2;

/** An unfinished file of this age is nobody's any more. */
const abandonedMilliseconds = 60 * 60 * 1000;

/** Where a piece is. */
interface StoredPiece extends PiecePlace {
  readonly segment: Segment;
}

interface Segment {
  readonly name: string;
  readonly bytes: number;
  /** Opened when it is first read. */
  file: OpenFile | undefined;
  /** It is replaced at the next chance, so that the next start finds nothing damaged. */
  isDamaged: boolean;
}

/** What a store needs. */
export interface FolderStoreOptions {
  readonly files: StorageFiles;
  /** Absolute; made when there is something to write. */
  readonly directory: string;
  /** Told when something on disk cannot be used or written, at most once for each of the two. */
  readonly onProblem: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Pieces by key, and a catalog. Nothing here throws for what is wrong with the disk: it is told, and done without. */
export class FolderStore {
  readonly #options: FolderStoreOptions;
  #pieces = new Map<string, StoredPiece>();
  #segments: Segment[] = [];
  #waiting: Piece[] = [];
  readonly #waitingKeys = new Set<string>();
  #waitingBytes = 0;
  #saidDamaged = false;
  #saidFull = false;
  #catalog: Catalog = new Map();

  constructor(options: FolderStoreOptions) {
    this.#options = options;
    this.#readAll();
  }

  /** As it was saved last; empty when it never was, or is damaged. */
  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Bytes that the store takes in memory, roughly. */
  get byteLength(): number {
    return this.#waitingBytes + this.#pieces.size * 160;
  }

  /** Bytes on disk. */
  get storedBytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  has(key: string): boolean {
    return this.#pieces.has(key);
  }

  /** A piece; undefined when it is not here or damaged. */
  get(key: string): Uint8Array | undefined {
    const piece = this.#pieces.get(key);
    if (piece === undefined) return this.#waiting.find((waiting) => waiting.key === key)?.bytes;
    try {
      piece.segment.file ??= this.#options.files.open(this.#path(piece.segment.name));
      return readPiece(piece.segment.file, piece);
    } catch (error) {
      // Another editor may have joined segments since.
      if (!isMissing(error)) {
        piece.segment.isDamaged = true;
        this.#sayDamaged(piece.segment.name, error);
      }
      this.#pieces.delete(key);
      return undefined;
    }
  }

  /** Adds a piece; it is on disk after `flush`, which happens by itself now and then. */
  add(key: string, bytes: Uint8Array): void {
    if (this.#pieces.has(key) || this.#waitingKeys.has(key)) return;
    this.#waiting.push({ key, bytes });
    this.#waitingKeys.add(key);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= flushBytes) this.flush();
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#writeSegment(this.#waiting);
    // Not written, it is made again next time: better than to hold more and more of it.
    this.#waiting = [];
    this.#waitingKeys.clear();
    this.#waitingBytes = 0;
  }

  /** Writes what waits and the catalog; then joins segments if they are many, and drops what nobody names any more. */
  save(catalog: Catalog): void {
    this.flush();
    this.#catalog = catalog;
    if (!this.#write(catalogName, [writeCatalog(catalog)])) return;
    const live = new Set<string>();
    for (const { key } of catalog.values()) if (key !== undefined) live.add(key);
    this.#join(live);
  }

  /** Says that the folder is in use, for whoever drops what is not. */
  touch(): void {
    try {
      this.#options.files.touch(this.#path(catalogName), this.#options.now());
    } catch {
      // There is no catalog yet.
    }
  }

  /** Closes files. The store can be used on. */
  release(): void {
    for (const segment of this.#segments) {
      segment.file?.close();
      segment.file = undefined;
    }
  }

  #path(name: string): string {
    return join(this.#options.directory, name);
  }

  #readAll(): void {
    const { files, now } = this.#options;
    let names: readonly string[] = [];
    try {
      names = files.list(this.#options.directory);
    } catch (error) {
      this.#sayDamaged("the folder", error);
    }
    for (const name of names) {
      if (name.endsWith(segmentEnd)) this.#readSegment(name);
      else if (name.endsWith(unfinishedEnd)) this.#dropAbandoned(name, now());
    }
    if (!names.includes(catalogName)) return;
    try {
      const catalog = readCatalog(files.read(this.#path(catalogName)));
      if (catalog === undefined) throw new DamagedFileError("its checksum is wrong");
      this.#catalog = catalog;
    } catch (error) {
      this.#sayDamaged(catalogName, error);
    }
  }

  #readSegment(name: string): void {
    let file: OpenFile | undefined;
    try {
      file = this.#options.files.open(this.#path(name));
      const segment: Segment = { name, bytes: file.size, file, isDamaged: false };
      for (const place of readSegment(file)) this.#pieces.set(place.key, { ...place, segment });
      this.#segments.push(segment);
    } catch (error) {
      file?.close();
      if (isMissing(error)) return;
      this.#sayDamaged(name, error);
      if (error instanceof DamagedFileError) this.#remove(name);
    }
  }

  #dropAbandoned(name: string, now: number): void {
    try {
      const { modified } = this.#options.files.facts(this.#path(name));
      if (now - modified > abandonedMilliseconds) this.#remove(name);
    } catch {
      // Whoever wrote it has just finished.
    }
  }

  #remove(name: string): void {
    try {
      this.#options.files.remove(this.#path(name));
    } catch {
      // Somebody else has it open (Windows); the next start tries again.
    }
  }

  #writeSegment(pieces: readonly Piece[]): Segment | undefined {
    const name = `${randomBytes(8).toString("hex")}${segmentEnd}`;
    if (!this.#write(name, writeSegment(pieces))) return undefined;
    try {
      const file = this.#options.files.open(this.#path(name));
      const segment: Segment = { name, bytes: file.size, file, isDamaged: false };
      for (const place of readSegment(file)) this.#pieces.set(place.key, { ...place, segment });
      this.#segments.push(segment);
      return segment;
    } catch (error) {
      this.#sayDamaged(name, error);
      return undefined;
    }
  }

  #write(name: string, parts: Iterable<Uint8Array>): boolean {
    const { files, directory } = this.#options;
    const unfinished = this.#path(`${name}-${randomBytes(4).toString("hex")}${unfinishedEnd}`);
    try {
      files.makeFolder(directory);
      files.write(unfinished, parts);
      files.rename(unfinished, this.#path(name));
      return true;
    } catch (error) {
      try {
        files.remove(unfinished);
      } catch {
        // It is dropped when it is old.
      }
      if (!this.#saidFull) {
        this.#saidFull = true;
        this.#options.onProblem(
          `The index cannot be saved in ${directory} (${errorMessage(error)}). Horizon works on, and reads the files anew at ` +
            "the next start.",
        );
      }
      return false;
    }
  }

  /** Joins small segments when they are many; all of them when most of their bytes are of no use. */
  #join(live: ReadonlySet<string>): void {
    let liveBytes = 0;
    for (const [key, { length }] of this.#pieces) if (live.has(key)) liveBytes += length;
    const small = this.#segments.filter(({ bytes }) => bytes < smallBytes);
    const isWasteful = this.storedBytes > 2 * liveBytes + flushBytes;
    const damaged = this.#segments.filter(({ isDamaged }) => isDamaged);
    const joined = new Set([
      ...damaged,
      ...(isWasteful ? this.#segments : small.length > mostSmallSegments ? small : []),
    ]);
    if (joined.size === 0) return;
    const keys = [...this.#pieces].filter(([key, { segment }]) => joined.has(segment) && live.has(key));
    const written = new Set<string>();
    let batch: Piece[] = [];
    let batchBytes = 0;
    const writeBatch = (): boolean => {
      const isDone = batch.length === 0 || this.#writeSegment(batch) !== undefined;
      if (isDone) for (const { key } of batch) written.add(key);
      batch = [];
      batchBytes = 0;
      return isDone;
    };
    for (const [key] of keys) {
      const bytes = this.get(key);
      if (bytes === undefined) continue;
      batch.push({ key, bytes });
      batchBytes += bytes.length;
      if (batchBytes >= joinedBytes && !writeBatch()) return;
    }
    if (!writeBatch()) return;
    for (const [key, { segment }] of this.#pieces) if (joined.has(segment)) this.#pieces.delete(key);
    for (const segment of joined) {
      segment.file?.close();
      this.#remove(segment.name);
    }
    this.#segments = this.#segments.filter((segment) => !joined.has(segment));
  }

  #sayDamaged(name: string, error: unknown): void {
    if (this.#saidDamaged) return;
    this.#saidDamaged = true;
    this.#options.onProblem(
      `A file of the saved index cannot be used (${name} in ${this.#options.directory}: ${errorMessage(error)}). ` +
        "What it held is made again.",
    );
  }
}
