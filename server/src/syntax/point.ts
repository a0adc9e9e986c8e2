// Row and column of an offset, which tree-sitter wants to know of an edit.

/** Both from 0; the column in UTF-16 units. */
interface Point {
  readonly row: number;
  readonly column: number;
}

/** Where an offset lies in a text. */
function pointAt(text: string, offset: number): Point {
  return pointAfter({ row: 0, column: 0 }, text, 0, offset);
}

/** Where one is after a piece of text, from a place that is known. */
function pointAfter(from: Point, text: string, start: number, end: number): Point {
  let { row } = from;
  let lineStart = start - from.column;
  for (
    let newline = text.indexOf("\n", start);
    newline >= 0 && newline < end;
    newline = text.indexOf("\n", lineStart)
  ) {
    row++;
    lineStart = newline + 1;
  }
  return { row, column: end - lineStart };
}

/** A change of a text as tree-sitter wants to be told of it: `[start, oldEnd)` of the text before became `replacement`. */
export function describeEdit(before: string, start: number, oldEnd: number, replacement: string) {
  const startPosition = pointAt(before, start);
  return {
    startIndex: start,
    oldEndIndex: oldEnd,
    newEndIndex: start + replacement.length,
    startPosition,
    oldEndPosition: pointAfter(startPosition, before, start, oldEnd),
    newEndPosition: pointAfter(startPosition, replacement, 0, replacement.length),
  };
}
