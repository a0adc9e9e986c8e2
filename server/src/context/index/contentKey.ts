// What a file's symbols and terms depend on, as a key: its bytes, its language, and everything that reads them.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "../../syntax/language.js";
import { encodingVersion } from "./encodedFile.js";
import { keyBytes } from "./segmentFile.js";

/** Raise it when context/ast or search/terms.ts find something else in the same text: what is on disk is made anew. */
const extractionVersion = 2;

/**
 * Names what reads the files: versions, languages, queries, grammars. Letters and digits.
 *
 * @param grammars the folder of the grammars; another size means another grammar
 */
export function readerKey(languages: readonly Language[], grammars: string): string {
  const hash = createHash("sha256").update(JSON.stringify([extractionVersion, encodingVersion]));
  for (const { id, fileExtensions, grammar, queries } of languages) {
    const size = grammar === undefined ? 0 : statSync(join(grammars, grammar), { throwIfNoEntry: false })?.size;
    hash.update(JSON.stringify([id, fileExtensions, grammar, size, queries]));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Names a file's content: `keyBytes` characters of one byte each. */
export function contentKey(language: string | undefined, bytes: Uint8Array): string {
  const hash = createHash("sha256").update(`${language ?? ""}\0`);
  return hash.update(bytes).digest().toString("latin1", 0, keyBytes);
}
