// How much of a text stands, run by run, in another.
import { lexemesOf } from "../../text/lexemes.js";

/**
 * Shortest run that counts as a copy, in lexemes. Shorter ones are idioms of the language or of the code base, written
 * anew every time: `for i in range(n):` has 8, `self.name = name` has 5.
 */
export const shortestCopy = 9;

/** The lexemes of some texts, to look for runs in; a run does not go on from one text into the next. */
export class LexemeIndex {
  readonly #texts: string;

  constructor(texts: readonly string[]) {
    this.#texts = texts.map((text) => ` ${lexemesOf(text).join(" ")} `).join("\n");
  }

  /** Do these lexemes stand in one of the texts, in a row? */
  has(lexemes: readonly string[]): boolean {
    return this.#texts.includes(` ${lexemes.join(" ")} `);
  }
}

/**
 * Share of a text's lexemes that stand in a run of at least `shortestCopy` lexemes that is also in others.
 *
 * @param others asked for only if the text is long enough
 * @returns in [0, 1]; undefined for a text that is too short to tell
 */
export function copiedShare(text: string, others: () => LexemeIndex): number | undefined {
  const lexemes = lexemesOf(text);
  if (lexemes.length < shortestCopy) {
    return undefined;
  }
  const index = others();
  let copied = 0;
  let end = 0;
  for (let start = 0; start + shortestCopy <= lexemes.length; start++) {
    if (index.has(lexemes.slice(start, start + shortestCopy))) {
      copied += start + shortestCopy - Math.max(start, end);
      end = start + shortestCopy;
    }
  }
  return copied / lexemes.length;
}
