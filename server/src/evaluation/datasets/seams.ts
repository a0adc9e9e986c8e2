// Where a hole ends. Authors who cut out whole lines cut out the last line's end as well; in an editor it stays.
import type { Hole } from "../hole.js";

/**
 * Gives the line end at the end of a hole to the text after it. The document is the same; but the caret is then on a
 * line of its own, as a developer has it, and not before the code of the next line.
 */
export function endAtLineEnd(middle: string, suffix: string): Pick<Hole, "middle" | "suffix"> {
  const [lineEnd = ""] = /\r?\n$/.exec(middle) ?? [];
  const rest = middle.slice(0, middle.length - lineEnd.length);
  return rest.trim() === "" ? { middle, suffix } : { middle: rest, suffix: lineEnd + suffix };
}
