// What the index keeps of a file, in memory and on disk: its symbols and the terms of its chunks, as bytes.
import { encodeFileTerms } from "../search/fileTerms.js";
import type { FileSymbols } from "../symbols.js";
import { encodeSymbols } from "./symbolCodec.js";

/** A file's symbols and terms. */
export interface EncodedFile {
  /** See EncodedSymbols. */
  readonly names: Uint8Array;
  readonly body: Uint8Array;
  /** See encodeFileTerms. */
  readonly terms: Uint8Array;
}

/** Changes with the bytes below and with those of symbolCodec.ts: what is on disk in another version is made anew. */
export const encodingVersion = 2;

/** Encodes what was extracted from a text. */
export function encodeFile(text: string, symbols: FileSymbols): EncodedFile {
  return { ...encodeSymbols(symbols), terms: encodeFileTerms(text, symbols.chunks) };
}

const headerBytes = 8;

/** The parts as one piece. */
export function joinParts({ names, body, terms }: EncodedFile): Uint8Array {
  const header = new DataView(new ArrayBuffer(headerBytes));
  header.setUint32(0, names.length, true);
  header.setUint32(4, body.length, true);
  return Buffer.concat([new Uint8Array(header.buffer), names, body, terms]);
}

/** The parts of such a piece, which shares its memory. The piece is whole: the store has checked that. */
export function splitParts(bytes: Uint8Array): EncodedFile {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyStart = headerBytes + header.getUint32(0, true);
  const termsStart = bodyStart + header.getUint32(4, true);
  return {
    names: bytes.subarray(headerBytes, bodyStart),
    body: bytes.subarray(bodyStart, termsStart),
    terms: bytes.subarray(termsStart),
  };
}
