// Closing brackets and quotes are not doubled: what the editor closed automatically is replaced by what the text writes.
import { scan } from "../syntax/scanner.js";
import type { Filter, FilterContext } from "./filter.js";
import { countUnmatched } from "./unmatched.js";

/** A rest of a line that consists of closing brackets, quotes and separators. */
export const punctuation = /^[\s)\]}>"'`,;:]+$/;

/**
 * Extends the replaced range over the closing brackets, quotes and separators right of the caret that the text writes
 * itself. The line is weighed with and without each of them: in `f(g(█)` the `)` of the text closes `g`, and the one
 * that stands there stays and closes `f`.
 */
export const coverClosers: Filter = {
  name: "coverClosers",
  apply: (draft, context) => {
    const rest = context.lineSuffix.trimEnd();
    if (rest === "") {
      return { ...draft, replaces: 0 };
    }
    let replaces = 0;
    let fewest = countUnmatched(draft.text, 0, context);
    for (const length of coverableLengths(rest, writtenClosers(draft.text, context))) {
      const unmatched = countUnmatched(draft.text, length, context);
      if (unmatched < fewest) {
        replaces = length;
        fewest = unmatched;
      }
    }
    // The text ends with all that is left of the line: that is the same `);` twice, unless a bracket needs it.
    const left = rest.slice(replaces);
    const endsWithRest = [rest, left].find((end) => punctuation.test(end) && draft.text.trimEnd().endsWith(end.trim()));
    if (endsWithRest !== undefined && countUnmatched(draft.text, rest.length, context) <= fewest) {
      replaces = rest.length;
    }
    return { ...draft, replaces };
  },
};

/** Closing brackets and quotes of what was open before the text, in the order in which the text writes them. */
function writtenClosers(text: string, { language, state }: FilterContext): string[] {
  return scan(text, language.lexicon, state).outerClosers.map((closer) => closer.text);
}

/** Lengths of the beginnings of the rest of the line that consist of closers which the text writes in the same order. */
function* coverableLengths(rest: string, written: readonly string[]): Generator<number> {
  let length = 0;
  let from = 0;
  for (;;) {
    const start = length + (rest.slice(length).length - rest.slice(length).trimStart().length);
    const index = written.findIndex((closer, place) => place >= from && rest.startsWith(closer, start));
    if (index < 0) {
      return;
    }
    from = index + 1;
    length = start + (written[index]?.length ?? 0);
    yield length;
  }
}
