// Nothing is shown that is faster typed than read.
import type { Filter } from "./filter.js";

/** Closing brackets, quotes and separators: the editor closes brackets by itself, and Tab saves no key. */
const closersOnly = /^[\s)\]}>"'`,;:.]*$/;

/** Drops blank texts, single characters and closing brackets alone. */
export const worthShowing: Filter = {
  name: "worthShowing",
  apply: (draft) => {
    const text = draft.text.trim();
    return [...text].length <= 1 || closersOnly.test(text) ? { text: "", replaces: 0 } : draft;
  },
};
