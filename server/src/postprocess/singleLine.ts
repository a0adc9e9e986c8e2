// One line where only one line fits: inside a line, and at the end of a statement that leaves nothing open.
import type { Language } from "../syntax/language.js";
import { type ScanState, scan, startState } from "../syntax/scanner.js";
import { type FindCut, filterOfCut } from "./filter.js";

/**
 * Does a line leave something open that the next lines go on with: a bracket, a block, an operator?
 *
 * @param line the whole line, without its line end
 * @param before what is open where it begins
 */
export function leavesOpen(line: string, language: Language, before: ScanState = startState): boolean {
  const { state, outerFrames, codeEnd } = scan(line, language.lexicon, before);
  const opened = state.frames.slice(outerFrames);
  if (opened.some((frame) => frame.kind === "bracket" || (frame.kind === "string" && frame.rule.multiLine))) {
    return true;
  }
  const code = line.slice(0, codeEnd);
  return (
    !opened.some((frame) => frame.kind === "string") && (opensBlock(code, language) || continuesLine(code, language))
  );
}

/** Does code end with something that opens a block of deeper lines, such as `:`? */
export function opensBlock(code: string, language: Language): boolean {
  return language.blockOpeners.some((end) => code.endsWith(end));
}

/** Does code end with something that goes on on the next line, such as `=>`? */
export function continuesLine(code: string, language: Language): boolean {
  return language.lineContinuations.some((end) => code.endsWith(end));
}

/** Ends the text at the first line end, unless the line leaves something open. */
export const findLineEnd: FindCut = (text, context, isComplete) => {
  const newline = text.indexOf("\n");
  if (context.mode === "block" || (newline < 0 && !isComplete)) {
    return undefined;
  }
  const end = newline < 0 ? text.length : newline;
  if (context.mode === "line") {
    return newline < 0 ? undefined : { end, reason: "lineEnd" };
  }
  const line = context.linePrefix + text.slice(0, end);
  if (newline < 0 || leavesOpen(line, context.language, context.lineState)) {
    return undefined;
  }
  return { end, reason: "lineEnd" };
};

export const singleLine = filterOfCut("singleLine", findLineEnd);
