// Where a text can be cut without going through what is small: takes a tree apart into its largest nodes that are small
// enough. Visits only the children of nodes that are too large, so it costs little beside a parse; goes by a cursor, so
// no depth of nesting can overflow the stack.
import type { IsLate } from "./parser.js";

/** What both implementations' cursors have. */
export interface Cursor {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly nodeIsNamed: boolean;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
}

/** Nodes between two looks at the clock. */
const askEvery = 1000;

/**
 * Walks from the cursor's node.
 *
 * @param text what the tree stands for
 * @param isSmall whether a node from one offset to another need not be looked into
 * @returns the offsets, in their order, of lines that begin with such a node; without those that begin with punctuation or
 *   a keyword that goes on with what is before it. Undefined when it was late
 */
export function findCutLines(
  cursor: Cursor,
  text: string,
  isSmall: (start: number, end: number) => boolean,
  isLate: IsLate,
): number[] | undefined {
  const lines: number[] = [];
  // The root begins with itself.
  let isFirstChild = true;
  let start = cursor.startIndex;
  for (let visited = 1; ; visited++) {
    if (visited % askEvery === 0 && isLate()) {
      return undefined;
    }
    const end = cursor.endIndex;
    if (!isSmall(start, end) && cursor.gotoFirstChild()) {
      isFirstChild = true;
      continue;
    }
    const line = lineStartOf(text, start);
    if (line !== undefined && line !== lines.at(-1) && end > start && (isFirstChild || cursor.nodeIsNamed)) {
      lines.push(line);
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) {
        return lines;
      }
    }
    isFirstChild = false;
    start = cursor.startIndex;
  }
}

/** The start of an offset's line when only white space stands between. */
function lineStartOf(text: string, offset: number): number | undefined {
  for (let at = offset; at > 0; at--) {
    const character = text.charCodeAt(at - 1);
    if (character === 10) return at;
    if (character !== 32 && character !== 9 && character !== 13 && character !== 12) return undefined;
  }
  return 0;
}
