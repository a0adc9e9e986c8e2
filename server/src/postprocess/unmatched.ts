// Weighs a line by its brackets: of two ways to put a text into it, the one that leaves fewer without a partner is right.
import type { CaretContext } from "../syntax/caretContext.js";
import { isCloser, type ScanState, scan } from "../syntax/scanner.js";

/**
 * Brackets and quotes of the caret's line that have no partner on it.
 *
 * @param text what is inserted at the caret
 * @param replaces how many characters to the right of the caret the text replaces
 */
export function countUnmatched(text: string, replaces: number, context: CaretContext): number {
  const { language, linePrefix, lineSuffix, lineState } = context;
  // Brackets of other lines are nobody's partners: the line is weighed by itself. A string that is open goes on in it.
  const top = lineState.frames.at(-1);
  const start: ScanState = { frames: top === undefined || top.kind === "bracket" ? [] : [top], lastCharacter: "" };
  const { state, outerClosers } = scan(linePrefix + text + lineSuffix.slice(replaces), language.lexicon, start);
  const opened = state.frames.filter((frame) => frame.kind !== "comment");
  return outerClosers.filter((closer) => isCloser(closer.text)).length + opened.length;
}
