// Sorts a wrong suggestion into Code4Me's kinds of failure (arXiv 2402.16197), where a rule can tell. Their authors sorted
// by hand; a rule sees less, so a suggestion that no rule is sure of has no kind.

import { type Lexeme, readLexemes } from "../text/lexemes.js";
import type { Scored } from "./hole.js";
import { comparedTexts } from "./metrics/compared.js";
import { copiedShare } from "./metrics/copied.js";
import { indexOfSnippets } from "./metrics/copiedFromContext.js";
import { indexOfFile } from "./metrics/copiedFromFile.js";
import { isWordLiteral, keywordsOf } from "./metrics/keywords.js";
import { repetitionShare } from "./metrics/repetition.js";

/**
 * Kinds of failure, in the order in which the rules are asked:
 * - `nothing`: nothing was suggested (not one of Code4Me's: there, a model always answers)
 * - `looping`: most of the suggestion repeats itself
 * - `earlyStop`: the truth begins with the suggestion, white space aside
 * - `lateStop`: the suggestion begins with the truth
 * - `midToken`: the caret is inside a word, and that word is already wrong
 * - `redundant`: what is suggested stands there already, right before or right after the caret
 * - `copiedContext`: most of the suggestion is copied from a snippet or from elsewhere in the document
 * - `syntax`: the document has syntax errors that it did not have
 * - `parameterCount`, `function`, `literal`, `variable`: what the first lexeme that differs should have been
 */
export const failureKinds = [
  "nothing",
  "looping",
  "earlyStop",
  "lateStop",
  "midToken",
  "redundant",
  "copiedContext",
  "syntax",
  "parameterCount",
  "function",
  "literal",
  "variable",
] as const;
export type FailureKind = (typeof failureKinds)[number];

/** Share of repeated runs from which a text is a loop: three equal rounds of a long line have 2/3. */
const loopShare = 0.5;

/** Share of a text in long copied runs from which it is a copy: the rest is what was adapted. */
const copyShare = 0.8;

/** Shortest text that is redundant, in characters without white space: `}` and `return x` often are right twice. */
const shortestRedundant = 8;

/** What else a rule may know. */
export interface FailureEvidence {
  /** Does the document have no more syntax errors with the suggestion than the original (`parseRateAfter`)? */
  readonly parses?: boolean | undefined;
}

/** @returns the kind of failure; undefined for a right answer, and where no rule can tell */
export function failureKind(scored: Scored, { parses }: FailureEvidence = {}): FailureKind | undefined {
  const { hole } = scored;
  const { prediction, truths } = comparedTexts(scored);
  const [truth = ""] = truths;
  if (truths.includes(prediction)) {
    return undefined;
  }
  if (prediction.trim() === "") {
    return "nothing";
  }
  if (repetitionShare(prediction) >= loopShare && repetitionShare(prediction) > repetitionShare(truth)) {
    return "looping";
  }
  const predicted = readLexemes(prediction);
  const expected = readLexemes(truth);
  const differs = predicted.findIndex((lexeme, index) => lexeme.text !== expected[index]?.text);
  const isBroken = brokenWord(hole.prefix, prediction, truth);
  if (isBroken) {
    return "midToken";
  }
  if (differs < 0) {
    // White space alone differs, or the suggestion is the truth's beginning.
    return predicted.length < expected.length ? "earlyStop" : undefined;
  }
  if (differs >= expected.length) {
    return "lateStop";
  }
  if (isRedundant(prediction, hole.prefix, hole.suffix)) {
    return "redundant";
  }
  if (isCopy(scored, prediction, truth)) {
    return "copiedContext";
  }
  if (parses === false) {
    return "syntax";
  }
  return wrongLexeme(predicted, expected, differs, hole.languageId, readLexemes(lastLine(hole.prefix)));
}

const wordEnd = /[\p{L}\p{N}_$]+$/u;
const wordStart = /^[\p{L}\p{N}_$]+/u;

/** Is the caret inside a word, and is the rest of that word wrong? */
function brokenWord(prefix: string, prediction: string, truth: string): boolean {
  const rest = wordStart.exec(truth)?.[0];
  return rest !== undefined && wordEnd.test(prefix) && wordStart.exec(prediction)?.[0] !== rest;
}

function isRedundant(prediction: string, prefix: string, suffix: string): boolean {
  const said = solid(prediction);
  // Twice the length leaves room for the white space that does not count.
  const reach = 2 * prediction.length + 200;
  return (
    said.length >= shortestRedundant &&
    (solid(suffix.slice(0, reach)).startsWith(said) || solid(prefix.slice(-reach)).endsWith(said))
  );
}

function solid(text: string): string {
  return text.replace(/\s+/g, "");
}

function isCopy({ hole, suggestion }: Scored, prediction: string, truth: string): boolean {
  return [() => indexOfSnippets(suggestion.snippets), () => indexOfFile(hole)].some(
    (index) => (copiedShare(prediction, index) ?? 0) >= copyShare && (copiedShare(truth, index) ?? 0) < copyShare,
  );
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}

/** What the first lexeme that differs should have been. */
function wrongLexeme(
  predicted: readonly Lexeme[],
  expected: readonly Lexeme[],
  place: number,
  languageId: string,
  before: readonly Lexeme[],
): FailureKind | undefined {
  const wanted = expected[place];
  const written = predicted[place];
  if (wanted === undefined || written === undefined) {
    return undefined;
  }
  if (isOneMoreParameter(wanted, written) && isInCall([...before, ...expected.slice(0, place)], languageId)) {
    return "parameterCount";
  }
  if (written.kind === "symbol") {
    return undefined;
  }
  const keywords = keywordsOf(languageId);
  if (wanted.kind === "string" || wanted.kind === "number" || isWordLiteral(wanted.text)) {
    return "literal";
  }
  if (wanted.kind !== "word" || keywords.has(wanted.text) || keywords.has(written.text)) {
    return undefined;
  }
  return expected[place + 1]?.text === "(" ? "function" : "variable";
}

/** Does one of the two end its arguments where the other goes on with them? */
function isOneMoreParameter(wanted: Lexeme, written: Lexeme): boolean {
  return (
    (wanted.text === ")" && written.text === ",") ||
    (wanted.text === "," && written.text === ")") ||
    // No argument at all, or one.
    (wanted.text === ")" && written.kind !== "symbol") ||
    (wanted.kind !== "symbol" && written.text === ")")
  );
}

/** Is the innermost open bracket that of a call? */
function isInCall(lexemes: readonly Lexeme[], languageId: string): boolean {
  let depth = 0;
  for (let index = lexemes.length - 1; index >= 0; index--) {
    const { text, kind } = lexemes[index] as Lexeme;
    if (kind !== "symbol") continue;
    if (text === ")" || text === "]" || text === "}") {
      depth++;
    } else if (text === "(" || text === "[" || text === "{") {
      if (depth === 0) {
        const callee = lexemes[index - 1];
        return text === "(" && callee?.kind === "word" && !keywordsOf(languageId).has(callee.text);
      }
      depth--;
    }
  }
  return false;
}
