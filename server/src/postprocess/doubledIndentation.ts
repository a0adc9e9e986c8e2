// No second indentation where the editor has indented already.
import { previousLine } from "../syntax/caretContext.js";
import { indentationWidth } from "../syntax/indentation.js";
import type { Filter } from "./filter.js";
import { leavesOpen } from "./singleLine.js";

/**
 * On a blank line that is indented as far as its place asks for, drops the white space at the start of the text. The
 * place asks for the indentation of the line above, or for more where that line opens something.
 */
export const doubledIndentation: Filter = {
  name: "doubledIndentation",
  apply: (draft, context) => {
    const { linePrefix, mode, language } = context;
    if (mode !== "block" || linePrefix === "" || !/^[ \t]/.test(draft.text)) {
      return draft;
    }
    const above = previousLine(context) ?? "";
    const width = indentationWidth(linePrefix);
    const isDeepEnough = leavesOpen(above, language)
      ? width > indentationWidth(above)
      : width >= indentationWidth(above);
    return isDeepEnough ? { ...draft, text: draft.text.replace(/^[ \t]+/, "") } : draft;
  },
};
