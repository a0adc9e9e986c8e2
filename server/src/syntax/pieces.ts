// Takes a tree apart into its largest nodes that are small enough. Visits only the children of nodes that are too large,
// so it costs little beside a parse; goes by a cursor, so no depth of nesting can overflow the stack.
import type { IsLate, Piece } from "./parser.js";

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
 * @returns undefined when it was late
 */
export function collectPieces(
  cursor: Cursor,
  isSmall: (start: number, end: number) => boolean,
  isLate: IsLate,
): Piece[] | undefined {
  const pieces: Piece[] = [];
  // The root begins with itself.
  let isFirstChild = true;
  for (let visited = 1; ; visited++) {
    if (visited % askEvery === 0 && isLate()) {
      return undefined;
    }
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    if (!isSmall(start, end) && cursor.gotoFirstChild()) {
      isFirstChild = true;
      continue;
    }
    // Nodes of no width stand for what is missing.
    if (end > start) {
      pieces.push({ start, end, isContinuation: !isFirstChild && !cursor.nodeIsNamed });
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) {
        return pieces;
      }
    }
    isFirstChild = false;
  }
}
