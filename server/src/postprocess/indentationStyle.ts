// Tabs where the document has tabs, spaces where it has spaces: mixed indentation is an error in Python and noise elsewhere.
import { findIndentationStyle, indentationWidth, leadingWhitespace } from "../syntax/indentation.js";
import type { Filter } from "./filter.js";

/** Indents the text's lines as the document does, where all of the document's lines agree and the text's do, too. */
export const indentationStyle: Filter = {
  name: "indentationStyle",
  apply: (draft, { prefix, suffix }) => {
    const lines = draft.text.split("\n");
    const own = lines.length === 1 ? undefined : findIndentationStyle(lines.slice(1).join("\n"));
    // Most texts fit: whether the document has any line of the other kind is soon seen.
    const other = own?.character === "tab" ? "\n  " : "\n\t";
    if (own === undefined || !(prefix.includes(other) || suffix.includes(other))) {
      return draft;
    }
    const wanted = findIndentationStyle(prefix + suffix);
    if (wanted === undefined || own.character === wanted.character) {
      return draft;
    }
    const indented = lines.map((line, index) => {
      const indentation = leadingWhitespace(line);
      if (index === 0 || indentation === "") {
        return line;
      }
      const levels = indentationWidth(indentation) / own.width;
      const unit = wanted.character === "tab" ? "\t" : " ".repeat(wanted.width);
      return unit.repeat(Math.round(levels)) + line.slice(indentation.length);
    });
    return { ...draft, text: indented.join("\n") };
  },
};
