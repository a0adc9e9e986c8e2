// What code looks like, in few numbers: the terms that it uses and its shape, which is the pairs of neighbouring tokens
// with names and literals aside. Two pieces of code are compared by what their signatures have in common. One pass over
// the text, with no strings made on the way: a request compares a dozen chunks.
import { keyOfRange } from "./search/termKey.js";
import { visitTerms } from "./search/terms.js";

/** Hashes, ascending, each once. */
export interface CodeSignature {
  readonly terms: Int32Array;
  readonly shape: Int32Array;
}

/** Words that shape code in most languages; all other words are names. */
const shapingWords =
  "if else elif elsif unless switch match case when for foreach while until loop do return yield break continue " +
  "throw raise try catch except finally rescue ensure with using new await async def func fn function fun class " +
  "struct interface enum import let var const val in of not and or is null nil none true false self this";

const seed = 17;
const kindsByHash = new Map(
  shapingWords.split(" ").map((word, place) => {
    let hash = seed;
    for (let at = 0; at < word.length; at++) hash = mix(hash, word.charCodeAt(at));
    return [hash, place];
  }),
);

/** Kinds of tokens: a shaping word by its place, then these, then punctuation by its character. */
const nameKind = 126;
const numberKind = 127;
const firstPunctuation = 128;

/** More kinds than there are: ASCII behind `firstPunctuation`. */
const kinds = 256;

/** The signature of part of a text. */
export function signatureOf(text: string, start = 0, end = text.length): CodeSignature {
  const terms: number[] = [];
  visitTerms(text, start, end, (from, to) => terms.push(keyOfRange(text, from, to) | 0));
  return { terms: distinct(terms), shape: distinct(pairsOf(text, start, end)) };
}

/** Share of what two lists have in common of what they have together (Jaccard), in [0, 1]. */
export function jaccard(one: Int32Array, other: Int32Array): number {
  let common = 0;
  for (let a = 0, b = 0; a < one.length && b < other.length; ) {
    const [x, y] = [one[a] as number, other[b] as number];
    common += Number(x === y);
    a += Number(x <= y);
    b += Number(y <= x);
  }
  const together = one.length + other.length - common;
  return together === 0 ? 0 : common / together;
}

/** Pairs of neighbouring tokens: punctuation and shaping words as they are, names as names, numbers as numbers. */
function pairsOf(text: string, start: number, end: number): number[] {
  const pairs: number[] = [];
  let previous = 0;
  for (let at = start; at < end; ) {
    const unit = text.charCodeAt(at);
    let kind: number;
    if (isLetter(unit)) {
      let hash = seed;
      for (let next = unit; isLetter(next) || isDigit(next); next = at < end ? text.charCodeAt(at) : 0) {
        hash = mix(hash, next >= 65 && next <= 90 ? next | 32 : next);
        at++;
      }
      kind = kindsByHash.get(hash) ?? nameKind;
    } else if (isDigit(unit)) {
      for (let next = unit; isDigit(next) || isLetter(next) || next === 46; next = at < end ? text.charCodeAt(at) : 0) {
        at++;
      }
      kind = numberKind;
    } else {
      at++;
      if (unit <= 32) continue;
      kind = firstPunctuation + unit;
    }
    pairs.push(previous * kinds + kind);
    previous = kind;
  }
  return pairs;
}

/** Letters, `_` and `$`; what is not ASCII is taken for a letter. */
function isLetter(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || unit === 95 || unit === 36 || unit > 127;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function mix(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function distinct(numbers: readonly number[]): Int32Array {
  const sorted = Int32Array.from(numbers).sort();
  let count = 0;
  for (let at = 0; at < sorted.length; at++) {
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at] as number;
  }
  return sorted.slice(0, count);
}
