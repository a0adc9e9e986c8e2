// Token healing: with the caret inside of what could be one token, the last tokens of the prefix are taken back, and what is
// written first must spell them out again (Lundberg 2023, "The Art of Prompt Design: Prompt Boundaries and Token Healing").
import type { ForcedSteps } from "./forcedText.js";
import { byteString, type Vocabulary } from "./vocabulary.js";

/**
 * Tokens that are taken back at most. A word that is cut short has up to four where the whole word has one: what is cut
 * off is spelled by other tokens.
 */
const mostTokens = 4;

/** What of a text is looked at, in UTF-16 units: the last word and what stands before it decide how it is cut into tokens. */
const lookedAt = 256;

export interface HealingOptions {
  readonly encode: (text: string) => readonly number[];
  readonly bytesOf: (id: number) => Uint8Array;
  readonly vocabulary: Vocabulary;
}

/**
 * The end of a prefix that is to be taken back: the most tokens, up to four, that together begin a longer token. It is never
 * half a character. Empty where the last token is whole whatever comes.
 */
export function findPartialTokens(prefix: string, { encode, bytesOf, vocabulary }: HealingOptions): string {
  let start = Math.max(0, prefix.length - lookedAt);
  // From a line's start on, if there is one: its first tokens are those of the whole text.
  const line = prefix.indexOf("\n", start) + 1;
  if (start > 0 && line > 0 && line < prefix.length) start = line;
  const tail = prefix.slice(start);
  const ids = encode(tail);
  let bytes = "";
  let found = 0;
  for (let count = 1; count <= Math.min(mostTokens, ids.length); count++) {
    bytes = byteString(bytesOf(ids[ids.length - count] as number)) + bytes;
    if (vocabulary.hasLonger(bytes)) found = bytes.length;
  }
  const whole = Buffer.from(tail);
  const kept = whole.subarray(0, whole.length - found);
  // A token may begin within a character; such a one is taken back as a whole.
  let end = kept.length;
  while (end > 0 && end < whole.length && ((whole[end] as number) & 0xc0) === 0x80) end--;
  return whole.subarray(end).toString("utf8");
}

/** @param forced - What must be written first. @returns What may be written at each of its bytes. */
export function forcedSteps(forced: string, vocabulary: Vocabulary): ForcedSteps {
  const bytes = byteString(Buffer.from(forced));
  return Array.from(bytes, (_, written) => vocabulary.agreeingWith(bytes.slice(written)));
}
