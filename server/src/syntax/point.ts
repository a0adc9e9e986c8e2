// Row and column of an offset, which tree-sitter wants to know of an edit.

/** Both from 0; the column in UTF-16 units. */
export interface Point {
  readonly row: number;
  readonly column: number;
}

/** Where an offset lies in a text. */
export function pointAt(text: string, offset: number): Point {
  return pointAfter({ row: 0, column: 0 }, text, 0, offset);
}

/** Where one is after a piece of text, from a place that is known. */
export function pointAfter(from: Point, text: string, start: number, end: number): Point {
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
