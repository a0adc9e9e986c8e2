// No white space at the end of a line, and none at the end of the text.
import type { Filter } from "./filter.js";

/** What a space before it is not the end of a line for, nor a blemish: the beginning of a word, a string, a bracket. */
const startsOperand = /^[\p{L}\p{N}_$"'`([{]/u;

/** Trims the end of the text and of each of its lines; a space that parts the text from the next word stays. */
export const trailingWhitespace: Filter = {
  name: "trailingWhitespace",
  apply: (draft, { lineSuffix }) => {
    const trimmed = draft.text.replace(/[ \t]+$/gm, "").trimEnd();
    const partsWords = draft.text.endsWith(" ") && startsOperand.test(lineSuffix);
    return { ...draft, text: partsWords && trimmed !== "" ? `${trimmed} ` : trimmed };
  },
};
