// Code as the metrics count it: words and single symbols; and, for rules about mistakes, lexemes with their kinds.

/**
 * Splits code into lexemes: runs of letters, digits and underscores, and every other character that is no white space.
 * The same as Python's `re.findall(r"\w+|[^\w\s]", text)`, which is how the independent implementations were fed.
 */
export function lexemesOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/** A lexeme of code. */
export interface Lexeme {
  readonly kind: "word" | "number" | "string" | "symbol";
  readonly text: string;
}

const string = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?/u;
const number = /\.?\p{N}(?:[eE][+-]|[\p{L}\p{N}_.])*/u;
const word = /[\p{L}_$][\p{L}\p{N}_$]*/u;
const symbol = /=>|->|:=|\*\*|\/\/|<<|>>|&&|\|\||\?\?|\?\.|[-+*/%&|^<>=!:]=+|\S/u;

const lexeme = new RegExp(`(${string.source})|(${number.source})|(${word.source})|${symbol.source}`, "gu");

/**
 * Splits code into lexemes that know their kind. A rough reading of all languages at once: a string is one lexeme, a
 * comment is read as code.
 */
export function readLexemes(text: string): Lexeme[] {
  return [...text.matchAll(lexeme)].map(([found, asString, asNumber, asWord]) => ({
    kind:
      asString !== undefined ? "string" : asNumber !== undefined ? "number" : asWord !== undefined ? "word" : "symbol",
    text: found,
  }));
}

/** How often each run of `length` neighbours occurs; a text's neighbours are its UTF-16 units. */
export function countNgrams(items: readonly string[] | string, length: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + length <= items.length; start++) {
    const run = items.slice(start, start + length);
    const ngram = typeof run === "string" ? run : run.join("\0");
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** What two multisets have in common, counted. */
export function countShared(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const [item, count] of one) {
    shared += Math.min(count, other.get(item) ?? 0);
  }
  return shared;
}
