// No text that only says again what the next lines of the document say.
import { nextLines } from "../syntax/caretContext.js";
import type { Filter } from "./filter.js";

/** Shortest duplicate, in characters: longer than `return None` and `continue`, shorter than most calls. */
const shortestDuplicate = 12;

/**
 * Drops a text whose lines equal the next lines of the document, white space aside. A single line counts only when it
 * says enough: `return x` at another depth is often right. Lines that are merely alike (`self.x = x`, `self.y = y`) are
 * no duplicates: in honest code neighbouring lines differ by a character.
 */
export const duplicateLines: Filter = {
  name: "duplicateLines",
  apply: (draft, context) => {
    const rest = context.lineSuffix.slice(draft.replaces);
    const own = `${context.linePrefix}${draft.text}${rest}`
      .split("\n")
      .map(normalize)
      .filter((line) => line !== "");
    const next = nextLines(context, own.length).map(normalize);
    const isDuplicate =
      own.length > 0 && own.length === next.length && own.every((line, index) => line === next[index]);
    return isDuplicate && own.join("").length >= shortestDuplicate ? { ...draft, text: "" } : draft;
  },
};

function normalize(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}
