// Inside a line, the text ends where it begins to repeat what stands to the right of the caret.
import { scan } from "../syntax/scanner.js";
import { punctuation } from "./coverClosers.js";
import type { Filter, FilterContext } from "./filter.js";
import { countUnmatched } from "./unmatched.js";

/** Characters to the right that the text may contain in full by chance: ` + 1` says little, `, options)` enough. */
const shortestTail = 4;

/** Separators that are never written twice in a row, so that one of them is an overlap already. */
const separators = /^\s*[,;:]\s*$/;

const word = /[\p{L}\p{N}_]{2,}/u;

/**
 * Removes what the text has in common with the rest of the line: its end where that equals the rest's beginning, or all
 * from where it contains the whole rest. A rest of closing brackets and separators alone is left to `coverClosers`.
 */
export const suffixOverlap: Filter = {
  name: "suffixOverlap",
  apply: (draft, context) => {
    const rest = context.lineSuffix.trimEnd();
    if (rest.trim() === "" || draft.text === "") {
      return draft;
    }
    const end = findWholeRest(draft.text, rest, context) ?? draft.text.length - overlap(draft.text, rest, context);
    return end === draft.text.length ? draft : { ...draft, text: draft.text.slice(0, end) };
  },
};

/** Length of the longest end of the text that the rest begins with and that is no coincidence. */
function overlap(text: string, rest: string, context: FilterContext): number {
  for (let length = Math.min(text.length, rest.length); length > 0; length--) {
    const common = rest.slice(0, length);
    if (text.endsWith(common) && isRepetition(common, text, rest, context)) {
      return length;
    }
  }
  return 0;
}

function isRepetition(common: string, text: string, rest: string, context: FilterContext): boolean {
  const isWhole = common.length === rest.length;
  if (isWhole && common.length >= shortestTail && word.test(common)) {
    return true;
  }
  const isLikely = isWhole ? !punctuation.test(common) : word.test(common) || separators.test(common);
  // Both may be needed: the bracket weighs more than the likeness.
  const without = countUnmatched(text.slice(0, -common.length), 0, context);
  return isLikely && without <= countUnmatched(text, 0, context);
}

/** Where the text contains the whole rest outside of brackets of its own: what follows there is after the line's end. */
function findWholeRest(text: string, rest: string, { language, state: before }: FilterContext): number | undefined {
  if (rest.length < shortestTail || !word.test(rest)) {
    return undefined;
  }
  for (let place = text.indexOf(rest); place >= 0; place = text.indexOf(rest, place + 1)) {
    const { state, outerFrames } = scan(text.slice(0, place), language.lexicon, before);
    if (state.frames.length === before.frames.length && outerFrames === before.frames.length) {
      return place;
    }
  }
  return undefined;
}
