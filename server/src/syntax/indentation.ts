// Indentation as a width and as a style. Pure.

/**
 * Columns that a tab stands for when it is compared with spaces. Where a document uses one of the two only, any number
 * does; 4 is what most editors show.
 */
export const tabWidth = 4;

/** The white space that a line begins with. */
export function leadingWhitespace(line: string): string {
  return /^[ \t\f\v\u00a0\ufeff]*/.exec(line)?.[0] ?? "";
}

/** Width of a line's indentation in columns. */
export function indentationWidth(line: string): number {
  let width = 0;
  for (const character of leadingWhitespace(line)) {
    width = character === "\t" ? width + tabWidth - (width % tabWidth) : width + 1;
  }
  return width;
}

/** What a document indents with. */
export interface IndentationStyle {
  readonly character: "tab" | "space";
  /** Columns of one level. */
  readonly width: number;
}

/**
 * The style that all indented lines of a text have in common; undefined where there is none, or no indented line.
 *
 * @param text LF line ends
 */
export function findIndentationStyle(text: string): IndentationStyle | undefined {
  const widths = new Set<number>();
  let tabs = 0;
  for (const match of text.matchAll(/^([ \t]+)\S/gm)) {
    const indentation = match[1] ?? "";
    if (indentation.startsWith("\t")) {
      tabs++;
    } else {
      // The star of a block comment stands one column to the right of its code.
      if (!match[0].endsWith("*")) widths.add(indentation.length);
    }
    if (tabs > 0 && widths.size > 0) {
      return undefined;
    }
  }
  if (tabs > 0) {
    return { character: "tab", width: tabWidth };
  }
  if (widths.size === 0) {
    return undefined;
  }
  // The first level may not occur: the widest usual unit that fits all lines.
  const unit = [4, 2].find((width) => [...widths].every((each) => each % width === 0));
  return { character: "space", width: unit ?? Math.min(...widths) };
}
