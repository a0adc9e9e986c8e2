// No blank lines at the start of the text: ghost text that begins far below the caret is not seen.
import { indentationWidth, leadingWhitespace } from "../syntax/indentation.js";
import type { Filter } from "./filter.js";

/**
 * Drops leading blank lines. On a blank line the text then begins at the caret, so the indentation that stands there
 * already is taken off its first line; a text that begins further left belongs to no place on this line.
 * After text, one line end stays: what follows begins on the next line.
 */
export const leadingBlankLines: Filter = {
  name: "leadingBlankLines",
  apply: (draft, { linePrefix }) => {
    const blank = /^(?:[ \t]*\n)+/.exec(draft.text)?.[0];
    if (blank === undefined) {
      return draft;
    }
    const rest = draft.text.slice(blank.length);
    if (linePrefix.trim() !== "") {
      return { ...draft, text: `\n${rest}` };
    }
    const indentation = leadingWhitespace(rest);
    if (indentation.startsWith(linePrefix)) {
      return { ...draft, text: rest.slice(linePrefix.length) };
    }
    const isDeeper = indentationWidth(indentation) >= indentationWidth(linePrefix);
    return { ...draft, text: isDeeper ? rest.slice(indentation.length) : "" };
  },
};
