// No second space where there is one already: tokens begin with a space, and the caret often stands after one.
import type { Filter } from "./filter.js";

/** Drops spaces at the start of the text when the caret stands after a space within a line. */
export const doubledSpace: Filter = {
  name: "doubledSpace",
  apply: (draft, { linePrefix }) =>
    linePrefix.trim() !== "" && linePrefix.endsWith(" ") ? { ...draft, text: draft.text.replace(/^ +/, "") } : draft,
};
