// Terms as numbers: what the index keeps of a term is a hash of 53 bits, so that it needs no strings, neither in memory
// nor on disk, and none is made while source is read.
import { normalizeTerm } from "./terms.js";

/**
 * The key of a term that is already normalized (terms.ts). Two of ten million terms share a key with a probability of
 * 0.6%; then they are searched for as one.
 * @returns A whole number below 2 ** 53.
 */
export function keyOfTerm(term: string): number {
  return hash(term, 0, term.length);
}

/** The key of the term at a range that visitTerms gave. */
export function keyOfRange(text: string, start: number, end: number): number {
  for (let position = start; position < end; position++) {
    if (text.charCodeAt(position) >= 128) return keyOfTerm(normalizeTerm(text.slice(start, end)));
  }
  return hash(text, start, end);
}

const capitalA = 65;
const capitalZ = 90;
const underscore = 95;

/** cyrb53 (https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js), of ASCII in small letters. */
function hash(text: string, start: number, end: number): number {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let position = start; position < end; position++) {
    let unit = text.charCodeAt(position);
    if (unit === underscore) continue;
    if (unit >= capitalA && unit <= capitalZ) unit |= 32;
    first = Math.imul(first ^ unit, 2654435761);
    second = Math.imul(second ^ unit, 1597334677);
  }
  first = Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  second = Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  return 4294967296 * (2097151 & second) + (first >>> 0);
}
