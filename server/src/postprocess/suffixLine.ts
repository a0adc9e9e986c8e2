// The text ends where it begins to repeat what already stands below the caret.
import { type CaretContext, nextLines } from "../syntax/caretContext.js";
import { isCloser, scanLines } from "../syntax/scanner.js";
import { type FindCut, filterOfCut } from "./filter.js";

/** Lines that frame comments, ` *` and the like: they stand below each other by the dozen, one alone says nothing. */
const commentFrame = /^[\s/*#=-]+$/;

/** Lines that are compared at most: two frames of comments and the line that says something. */
const comparedLines = 3;

/**
 * Ends the text before the first of its lines that equals the next line of the document, indentation included: the same
 * words at another depth (`return`, `break`) are often right. A closing bracket counts only if the text did not open it.
 */
export const findSuffixLine: FindCut = (text, context, isComplete) => {
  const next = linesToMeet(context);
  if (context.mode === "line" || next.length === 0) {
    return undefined;
  }
  const scanned = scanLines(text, context.language.lexicon, context.state);
  const lines = scanned
    .map((line, index) => ({
      start: line.start,
      full: (index === 0 ? context.linePrefix : "") + text.slice(line.start, line.end).trimEnd(),
      closesOuter: line.after.outerClosers.length > line.before.outerClosers.length,
      isOwn: index > 0 || text.slice(0, line.end).trim() !== "",
      isWhole: isComplete || index < scanned.length - 1,
    }))
    .filter((line) => line.full.trim() !== "" && line.isOwn && line.isWhole);
  const first = lines.find(
    ({ full, closesOuter }, index) =>
      next.every((line, ahead) => lines[index + ahead]?.full === line) &&
      (closesOuter || !isCloser(full.trimStart().charAt(0))),
  );
  return first === undefined ? undefined : { end: Math.max(0, first.start - 1), reason: "suffixLine" };
};

/** The next lines of the document up to the first that says something. */
function linesToMeet(context: CaretContext): readonly string[] {
  const following = nextLines(context, comparedLines);
  return following.slice(0, following.findIndex((line) => !commentFrame.test(line)) + 1);
}

/** Does a text of whole lines end with what may turn out to be the next lines of the document? */
export function endsLikeSuffix(text: string, context: CaretContext): boolean {
  const next = linesToMeet(context);
  const last = text.slice(text.lastIndexOf("\n") + 1).trimEnd();
  return next.slice(0, -1).includes(last);
}

export const suffixLine = filterOfCut("suffixLine", findSuffixLine);
