// Smart invocation: is it worth running the model here, although nobody has asked for a suggestion? Rules over features
// that cost nothing, those of Code4Me's filter (arXiv 2405.14753); a learnt decision has the same signature.
import type { CaretContext } from "../syntax/caretContext.js";
import { isInText } from "../syntax/scanner.js";
import { isWithinWord } from "./promptState.js";

/** What is known of a caret without a model. */
export interface InvocationFeatures {
  /** The caret is between two characters of a word. */
  readonly isInsideWord: boolean;
  /** The caret is in a string or a comment. */
  readonly isInText: boolean;
  /** The line has been ended by the character before the caret: `;`, or a bracket that closes a block. */
  readonly isBehindStatement: boolean;
  /** Characters of the line after the caret, closing brackets, quotes and white space left out. */
  readonly charactersAfter: number;
  /** Characters of the document that are no white space. */
  readonly documentCharacters: number;
}

/** What is decided; the reason names the rule. */
export type InvocationDecision =
  | { readonly invokes: true }
  | { readonly invokes: false; readonly reason: "insideWord" | "behindStatement" | "lineGoesOn" | "emptyDocument" };

/** Decides by the features alone. */
export type InvocationPolicy = (features: InvocationFeatures) => InvocationDecision;

/**
 * Characters that may stand after the caret: an operator and a name, as behind an argument that is being added. With more
 * of the line there, the user mends what is written, and a suggestion would have to end exactly at the caret's other side.
 */
const mostCharactersAfter = 24;

/** Fewer characters of a document say nothing of what it is to become. */
const fewestCharacters = 3;

/** Reads the features of a caret. */
export function invocationFeatures(context: CaretContext): InvocationFeatures {
  const { linePrefix, lineSuffix, prefix, suffix, state } = context;
  const before = linePrefix.trimEnd();
  return {
    isInsideWord: isWithinWord(linePrefix) && /^[\p{L}\p{N}_$]/u.test(lineSuffix),
    isInText: isInText(state),
    isBehindStatement: /(?:;|^\s*[}\])]+)$/.test(before) && lineSuffix.trim() === "" && !isInText(state),
    charactersAfter: lineSuffix.replace(/[\s)\]}"'`;,:]/g, "").length,
    documentCharacters: countSolid(prefix, fewestCharacters) + countSolid(suffix, fewestCharacters),
  };
}

/**
 * The rules, until telemetry has taught better. At 480 carets in new lines of eight development packages they leave the model
 * alone at 4%, where nothing of use would have been suggested; where they let it run, 24% of the suggestions were what was
 * typed next. Where a word is typed directly before another, `insideWord` keeps it from running, and there 23% would have been
 * (of 369 carets): what that rule saves where words are mended nobody has measured. (`npm run bench:inference -- invocation`)
 */
export const decideByRules: InvocationPolicy = (features) => {
  if (features.documentCharacters < fewestCharacters) {
    return { invokes: false, reason: "emptyDocument" };
  }
  if (features.isInsideWord) {
    return { invokes: false, reason: "insideWord" };
  }
  if (features.isBehindStatement) {
    return { invokes: false, reason: "behindStatement" };
  }
  if (features.charactersAfter > mostCharactersAfter) {
    return { invokes: false, reason: "lineGoesOn" };
  }
  return { invokes: true };
};

/** Characters that are no white space, as far as a number. */
function countSolid(text: string, most: number): number {
  let count = 0;
  for (let index = 0; index < text.length && count < most; index++) {
    count += text.charAt(index).trim() === "" ? 0 : 1;
  }
  return count;
}
