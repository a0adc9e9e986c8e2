// The text around a caret as the stages of a completion see it.
import { indentationWidth } from "./indentation.js";
import type { Language } from "./language.js";
import { isCloser, type ScanState, scan } from "./scanner.js";

/**
 * How much to write.
 * - line: there is text to the right of the caret; the rest of the line.
 * - statement: the caret is at the end of a line with text; that line, and the block or bracket that it leaves open.
 * - block: the line is blank; lines up to the end of the block that encloses the caret.
 */
export type CompletionMode = "line" | "statement" | "block";

/** Text around a caret. All of it has LF line ends. */
export interface CaretContext {
  readonly mode: CompletionMode;
  readonly language: Language;
  /** Text before the caret; for a long document its last part, from a line start. */
  readonly prefix: string;
  /** Text after the caret; for a long document its first part. */
  readonly suffix: string;
  /** The caret's line up to the caret. */
  readonly linePrefix: string;
  /** The caret's line from the caret, without its line end. */
  readonly lineSuffix: string;
  /** What is open where the caret's line begins. */
  readonly lineState: ScanState;
  /** What is open at the caret. */
  readonly state: ScanState;
}

/**
 * Describes a caret.
 *
 * @param prefix LF line ends
 * @param suffix LF line ends
 * @param mode what the place calls for when not given
 */
export function createCaretContext(
  prefix: string,
  suffix: string,
  language: Language,
  mode?: CompletionMode,
): CaretContext {
  const linePrefix = prefix.slice(prefix.lastIndexOf("\n") + 1);
  const lineEnd = suffix.indexOf("\n");
  const lineSuffix = lineEnd < 0 ? suffix : suffix.slice(0, lineEnd);
  const lineState = scan(prefix.slice(0, prefix.length - linePrefix.length), language.lexicon).state;
  return {
    mode: mode ?? chooseMode(linePrefix, lineSuffix),
    language,
    prefix,
    suffix,
    linePrefix,
    lineSuffix,
    lineState,
    state: scan(linePrefix, language.lexicon, lineState).state,
  };
}

function chooseMode(linePrefix: string, lineSuffix: string): CompletionMode {
  if (lineSuffix.trim() !== "") {
    return "line";
  }
  return linePrefix.trim() === "" ? "block" : "statement";
}

/** The lines after the caret's line that are not blank, without trailing white space. */
export function* linesAfter({ suffix, lineSuffix }: CaretContext): Generator<string> {
  for (let start = lineSuffix.length + 1; start <= suffix.length; ) {
    const newline = suffix.indexOf("\n", start);
    const end = newline < 0 ? suffix.length : newline;
    const line = suffix.slice(start, end).trimEnd();
    if (line !== "") {
      yield line;
    }
    start = end + 1;
  }
}

/** The first of them, `count` at most. */
export function nextLines(context: CaretContext, count: number): readonly string[] {
  const lines: string[] = [];
  for (const line of linesAfter(context)) {
    if (lines.length === count) break;
    lines.push(line);
  }
  return lines;
}

/** The last line before the caret's line that is not blank, without trailing white space. */
export function previousLine(context: CaretContext): string | undefined {
  for (let end = context.prefix.length - context.linePrefix.length - 1; end >= 0; ) {
    const start = end === 0 ? 0 : context.prefix.lastIndexOf("\n", end - 1) + 1;
    const line = context.prefix.slice(start, end).trimEnd();
    if (line !== "") {
      return line;
    }
    end = start - 1;
  }
  return undefined;
}

/**
 * Does the document already close, after the caret, the block whose closing line is indented by this width? The first
 * line at that width or less decides: it is a closing bracket at exactly that width, or there is none.
 */
export function isClosedAfterCaret(context: CaretContext, width: number): boolean {
  for (const line of linesAfter(context)) {
    if (indentationWidth(line) <= width) {
      return indentationWidth(line) === width && isCloser(line.trimStart().charAt(0));
    }
  }
  return false;
}
