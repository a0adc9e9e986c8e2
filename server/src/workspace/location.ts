// FILE:LINE:COLUMN on the command line, and what it says of a document.
import type { TextDocument } from "vscode-languageserver-textdocument";
import { InputError } from "./inputError.js";

/** A place in a file; line and column count from 1, columns in UTF-16 units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Reads FILE:LINE:COLUMN. The file may have colons of its own (`C:\a.py:3:1`).
 *
 * @throws {InputError} when it is something else
 */
export function parseLocation(text: string): Location {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/s.exec(text) ?? [];
  if (file === undefined) {
    throw new InputError(`"${text}" must be FILE:LINE:COLUMN, for example src/app.py:12:5.`);
  }
  const location = { file, line: Number(line), column: Number(column) };
  if (location.line < 1 || location.column < 1) {
    throw new InputError(`"${text}": lines and columns count from 1.`);
  }
  return location;
}

/**
 * The offset of a place in a document.
 *
 * @throws {InputError} when the document ends before it, or the line does; the message says where
 */
export function offsetOf({ file, line, column }: Location, document: TextDocument): number {
  if (line > document.lineCount) {
    throw new InputError(`${file} has ${count(document.lineCount, "line")}; there is no line ${line}.`);
  }
  const start = document.offsetAt({ line: line - 1, character: 0 });
  const end = document.offsetAt({ line: line - 1, character: Number.MAX_SAFE_INTEGER });
  const columns = end - start + 1;
  if (column > columns) {
    throw new InputError(
      `Line ${line} of ${file} has ${count(end - start, "character")}, so the caret can be in columns 1 to ${columns}, ` +
        `not in column ${column}.`,
    );
  }
  return start + column - 1;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
