// One file of the index on disk: pieces of bytes by their keys, written once, never changed. Everything in it is under a
// checksum, so that a damaged or cut file is found out, and whole pieces of one are still of use.
import { createHash } from "node:crypto";
import type { OpenFile } from "./storageFiles.js";

/** Bytes of a key; see contentKey.ts. */
export const keyBytes = 16;

const magic = Buffer.from("HZNIDX1\n", "latin1");
const checksumBytes = 8;
/** After the magic: how many pieces there are. */
const countBytes = 4;
/** Key, offset, length, checksum. */
const entryBytes = keyBytes + 8 + checksumBytes;

/** A piece and its key, which is `keyBytes` characters of one byte each. */
export interface Piece {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Where a piece is. */
export interface PiecePlace {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
  readonly checksum: string;
}

/** A file of the index is not what was written. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";
}

/** The first bytes of SHA-1, as characters of one byte each: against accidents, not against attackers. */
export function checksumOf(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest().toString("latin1", 0, checksumBytes);
}

/** What a file with these pieces holds, part by part. */
export function* writeSegment(pieces: readonly Piece[]): Generator<Uint8Array> {
  const head = Buffer.alloc(magic.length + countBytes + pieces.length * entryBytes);
  magic.copy(head);
  head.writeUInt32LE(pieces.length, magic.length);
  let at = magic.length + countBytes;
  let offset = head.length + checksumBytes;
  for (const { key, bytes } of pieces) {
    head.write(key, at, keyBytes, "latin1");
    head.writeUInt32LE(offset, at + keyBytes);
    head.writeUInt32LE(bytes.length, at + keyBytes + 4);
    head.write(checksumOf(bytes), at + keyBytes + 8, checksumBytes, "latin1");
    at += entryBytes;
    offset += bytes.length;
  }
  yield head;
  yield Buffer.from(checksumOf(head), "latin1");
  for (const { bytes } of pieces) yield bytes;
}

/**
 * Reads where the pieces are. The pieces themselves are not looked at.
 *
 * @throws {DamagedFileError} when the list is not whole; a file that is cut behind it still has its first pieces
 */
export function readSegment(file: OpenFile): readonly PiecePlace[] {
  const start = Buffer.from(file.read(0, magic.length + countBytes));
  if (start.length < magic.length + countBytes || !start.subarray(0, magic.length).equals(magic)) {
    throw new DamagedFileError("not a file of the index");
  }
  const count = start.readUInt32LE(magic.length);
  const headLength = magic.length + countBytes + count * entryBytes;
  if (headLength + checksumBytes > file.size) throw new DamagedFileError("cut short");
  const head = Buffer.from(file.read(0, headLength + checksumBytes));
  if (head.toString("latin1", headLength) !== checksumOf(head.subarray(0, headLength))) {
    throw new DamagedFileError("the checksum of its list is wrong");
  }
  return Array.from({ length: count }, (_, number) => {
    const at = magic.length + countBytes + number * entryBytes;
    return {
      key: head.toString("latin1", at, at + keyBytes),
      offset: head.readUInt32LE(at + keyBytes),
      length: head.readUInt32LE(at + keyBytes + 4),
      checksum: head.toString("latin1", at + keyBytes + 8, at + entryBytes),
    };
  });
}

/**
 * Reads a piece.
 *
 * @throws {DamagedFileError} when it is not what was written
 */
export function readPiece(file: OpenFile, { offset, length, checksum }: PiecePlace): Uint8Array {
  const bytes = file.read(offset, length);
  if (bytes.length < length || checksumOf(bytes) !== checksum) throw new DamagedFileError("a checksum is wrong");
  return bytes;
}
