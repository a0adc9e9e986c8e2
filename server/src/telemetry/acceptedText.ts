// How much of an accepted text is still there: by characters, and by tokens, to which formatting is no change.
import { editDistance, editLikeness } from "../text/editDistance.js";
import { lexemesOf } from "../text/lexemes.js";

/** What is left of a text. */
export interface Remains {
  /** 1 − Levenshtein's distance / length of the longer text; in [0, 1]. */
  readonly characterSimilarity: number;
  /** The same over tokens. */
  readonly tokenSimilarity: number;
  /** Characters of the tokens that are still there in their order. */
  readonly keptCharacters: number;
}

/** Compares an accepted text with what stands in its place now. */
export function compareAccepted(accepted: string, now: string): Remains {
  const one = tokensOf(accepted);
  const other = tokensOf(now);
  if (accepted === now) {
    return { characterSimilarity: 1, tokenSimilarity: 1, keptCharacters: countCharacters(one) };
  }
  const [left, right] = numbersOf([one, other]);
  const longest = Math.max(one.length, other.length);
  return {
    characterSimilarity: editLikeness(accepted, now),
    tokenSimilarity: longest === 0 ? 1 : 1 - editDistance(left, right) / longest,
    keptCharacters: countCharacters(one.filter(isShared(left, right))),
  };
}

/** Characters of a text as they are counted here: without what a formatter moves. */
export function countAccepted(text: string): number {
  return countCharacters(tokensOf(text));
}

/**
 * The tokens of code without what formatters add and take away: white space, a comma before a closing bracket, a
 * semicolon at the end of a line; and with one kind of quotes.
 */
export function tokensOf(text: string): string[] {
  const plain = text
    .replace(/,(?=\s*[)\]}])/g, "")
    .replace(/;(?=[ \t]*(?:\r?\n|$))/g, "")
    .replace(/['`]/g, '"');
  return lexemesOf(plain);
}

function countCharacters(tokens: readonly string[]): number {
  return tokens.reduce((sum, token) => sum + token.length, 0);
}

/** Tokens as numbers, the same number for the same token. */
function numbersOf([one, other]: readonly [readonly string[], readonly string[]]): [Uint32Array, Uint32Array] {
  const numbers = new Map<string, number>();
  const numberOf = (token: string): number => {
    const number = numbers.get(token) ?? numbers.size;
    numbers.set(token, number);
    return number;
  };
  return [Uint32Array.from(one, numberOf), Uint32Array.from(other, numberOf)];
}

/** Says of each place in the first list whether a longest common subsequence goes through it. */
function isShared(one: Uint32Array, other: Uint32Array): (token: string, index: number) => boolean {
  const width = other.length + 1;
  // longest[i * width + j]: of what begins at i and at j.
  const longest = new Uint16Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const at = i * width + j;
      longest[at] =
        one[i] === other[j]
          ? (longest[at + width + 1] as number) + 1
          : Math.max(longest[at + width] as number, longest[at + 1] as number);
    }
  }
  const shared = new Set<number>();
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const at = i * width + j;
    if (one[i] === other[j]) {
      shared.add(i++);
      j++;
    } else if ((longest[at + width] as number) >= (longest[at + 1] as number)) {
      i++;
    } else {
      j++;
    }
  }
  return (_, index) => shared.has(index);
}
