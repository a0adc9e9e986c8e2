// The text ends where the block ends that it is part of, so that the model does not run on into the next function.
import { isClosedAfterCaret } from "../syntax/caretContext.js";
import { indentationWidth } from "../syntax/indentation.js";
import { closerOf, isCloser, isInText, type ScannedLine, scan, scanLines } from "../syntax/scanner.js";
import { type Cut, type Definition, type FilterContext, type FindCut, filterOfCut } from "./filter.js";
import { continuesLine, opensBlock } from "./singleLine.js";

/**
 * Lines before the caret that are parsed, besides those that enclose them: what was written is complete or not whatever
 * stands further up, and a parse of so few lines takes less than a millisecond.
 */
const parsedLines = 40;

/** One line of the text, with what the rules ask about it. */
interface Line extends ScannedLine {
  /** Without its line end; the first line with what stands before the caret. */
  readonly full: string;
  readonly width: number;
  readonly isBlank: boolean;
  /** Nothing will be added to it. */
  readonly isWhole: boolean;
  /** It is known whether it begins with a closing bracket or with a clause's keyword. */
  readonly isKnown: boolean;
  readonly startsWithCloser: boolean;
  /** It starts with a closing bracket of something that the text has not opened. */
  readonly closesOuterBracket: boolean;
}

/** Ends the text at the end of its block; says nothing in the mode "line". */
export const findBlockEnd: FindCut = (text, context, isComplete) => {
  const lines = context.mode === "line" ? [] : readLines(text, context, isComplete);
  const firstIndex = context.mode === "block" ? lines.findIndex((line) => !line.isBlank) : 0;
  const [first, ...rest] = firstIndex < 0 ? [] : lines.slice(firstIndex);
  if (first === undefined || !first.isKnown) {
    return undefined;
  }
  // `} else {` on a blank line is a statement's continuation, not a line of the enclosing block.
  return context.mode === "statement" || first.closesOuterBracket
    ? findStatementEnd(first, rest, context)
    : findEnclosingBlockEnd(text, first, rest, context);
};

export const blockEnd = filterOfCut("blockEnd", findBlockEnd);

function readLines(text: string, context: FilterContext, isComplete: boolean): Line[] {
  const { lexicon } = context.language;
  const scanned = scanLines(text, lexicon, context.state);
  return scanned.map((line, index) => {
    const own = text.slice(line.start, line.end);
    const full = index === 0 ? context.linePrefix + own : own;
    const isWhole = isComplete || index < scanned.length - 1;
    const firstCharacter = line.start + own.length - own.trimStart().length;
    const startsWithCloser = isCloser(full.trimStart().charAt(0));
    return {
      start: line.start,
      end: line.end,
      before: line.before,
      after: line.after,
      full,
      width: indentationWidth(full),
      isBlank: full.trim() === "",
      isWhole,
      isKnown: isWhole || isBeginningKnown(full.trimStart(), context),
      startsWithCloser,
      closesOuterBracket:
        startsWithCloser && line.after.outerClosers.some((closer) => closer.offset === firstCharacter),
    };
  });
}

/**
 * Is it known whether a line begins with a closing bracket or with a clause's keyword?
 *
 * @param line without its indentation
 */
export function isBeginningKnown(line: string, { language }: FilterContext): boolean {
  const word = /^\w*/.exec(line)?.[0] ?? "";
  const isWordWhole = word !== line;
  return line !== "" && (isWordWhole || !language.clauseKeywords.some((keyword) => keyword.startsWith(word)));
}

/** On a blank line: the text is part of the block that encloses the caret and stands at its first line's indentation. */
function findEnclosingBlockEnd(
  text: string,
  first: Line,
  rest: readonly Line[],
  context: FilterContext,
): Cut | undefined {
  let hasDeeperLines = false;
  for (const line of [first, ...rest]) {
    if (line.isBlank) {
      continue;
    }
    if (line !== first && !isInText(line.before.state)) {
      if (!line.isKnown) {
        return undefined;
      }
      if (line.closesOuterBracket) {
        return endAtClosingLine(line, context);
      }
      const open = line.before.state.frames.slice(line.before.outerFrames);
      const isInBracket = open.length > 0;
      // Code within a template literal, and in a language of indentation all that stands in brackets.
      const mayStandAnywhere =
        open.some(({ kind }) => kind === "string") || (isInBracket && context.language.blockStyle === "indentation");
      if (line.width < first.width && !line.startsWithCloser && !mayStandAnywhere) {
        return before(line);
      }
      if (line.width <= first.width && !line.startsWithCloser && !isInBracket && !startsWithClause(line, context)) {
        if (hasDeeperLines && endsUnit(text, line, first.width, context)) {
          return before(line);
        }
        hasDeeperLines = false;
      }
    }
    const closedBefore = line.before.outerClosers.length;
    if (line.after.outerClosers.slice(closedBefore).some((closer) => isCloser(closer.text))) {
      // The block was closed within this line; what comes after the line is outside of it.
      return line.isWhole ? atEndOf(line) : undefined;
    }
    hasDeeperLines ||= line.width > first.width;
  }
  return undefined;
}

/** At the end of a line with text: the statement ends with the blocks and brackets that its line left open. */
function findStatementEnd(first: Line, rest: readonly Line[], context: FilterContext): Cut | undefined {
  if (!first.isWhole) {
    return undefined;
  }
  const { language } = context;
  // What is open at the line's start is not the statement's to close, except what the line itself closes (`} else {`).
  const outer = scan(first.full, language.lexicon, context.lineState).outerFrames;
  const isOpenAfter = (line: Line): boolean => line.after.state.frames.length > outer;
  // Without a comment behind it.
  const codeOf = (line: Line): string =>
    line.full.slice(
      0,
      scan(line.full, language.lexicon, line === first ? context.lineState : line.before.state).codeEnd,
    );
  const isContinued = (line: Line): boolean => isOpenAfter(line) || continuesLine(codeOf(line), language);
  let isInBlock = opensBlock(codeOf(first), language);
  if (!isInBlock && !isContinued(first)) {
    return atEndOf(first);
  }
  for (const line of rest) {
    if (line.isBlank || isInText(line.before.state)) {
      continue;
    }
    if (!line.isKnown) {
      return undefined;
    }
    if (line.width <= first.width) {
      const belongs = line.startsWithCloser
        ? !isClosedAfterCaret(context, line.width)
        : startsWithClause(line, context);
      if (!belongs || (line.width < first.width && !line.startsWithCloser)) {
        return before(line);
      }
    }
    if (!line.isWhole) {
      return undefined;
    }
    isInBlock ||= opensBlock(codeOf(line), language);
    if (!isInBlock && !isContinued(line)) {
      return atEndOf(line);
    }
  }
  return undefined;
}

/**
 * Did the text finish a unit of its own (a function, a class; at the top level any compound statement) before this
 * line, which is at the text's own level again?
 */
function endsUnit(text: string, line: Line, width: number, context: FilterContext): boolean {
  const definitions = findWrittenDefinitions(text.slice(0, line.start), line, width, context);
  // Without a tree only the top level tells: further in, a loop looks like a function.
  return definitions === undefined ? width === 0 : definitions.some(({ kind }) => kind === "definition" || width === 0);
}

/** The definitions that the text has written from start to end, up to a line; undefined without a syntax tree. */
function findWrittenDefinitions(
  written: string,
  line: Line,
  width: number,
  context: FilterContext,
): Definition[] | undefined {
  const definitions = context.definitions?.find(written, () => {
    const source = lastLines(context.prefix);
    // Closing what is still open keeps the tree whole: without it an unfinished class swallows its finished methods.
    const closers = line.before.state.frames
      .map((frame) => (frame.kind === "bracket" ? closerOf(frame.opener) : ""))
      .reverse();
    return { text: [source + written, ...closers, ""].join("\n"), caret: source.length };
  });
  const whole = context.linePrefix + written;
  const shift = context.linePrefix.length;
  return definitions?.filter(({ start, end }) => {
    const lineStart = start + shift < 0 ? -1 : whole.lastIndexOf("\n", start + shift - 1) + 1;
    return (
      lineStart >= 0 &&
      // The unit before the line, not one that came earlier: a statement goes on after a function on a single line.
      /^[\s;,]*$/.test(whole.slice(end + shift)) &&
      // At the text's own level: a function within an object or a call is part of a larger statement.
      whole.slice(lineStart, start + shift).trim() === "" &&
      indentationWidth(whole.slice(lineStart, start + shift)) <= width
    );
  });
}

/** The last lines of a text, and above them the lines that enclose these: `class A {` and what else stands further left. */
function lastLines(text: string): string {
  let start = text.length;
  for (let count = 0; count <= parsedLines && start > 0; count++) {
    start = text.lastIndexOf("\n", start - 2) + 1;
  }
  const own = text.slice(start);
  const enclosing: string[] = [];
  let width = indentationWidth(/^.*\S/m.exec(own)?.[0] ?? "");
  for (let end = start - 1; end > 0 && width > 0; ) {
    const lineStart = text.lastIndexOf("\n", end - 1) + 1;
    const line = text.slice(lineStart, end);
    if (line.trim() !== "" && indentationWidth(line) < width && !isCloser(line.trimStart().charAt(0))) {
      enclosing.unshift(line);
      width = indentationWidth(line);
    }
    end = lineStart - 1;
  }
  return [...enclosing, own].join("\n");
}

/** Ends with the brackets that close the block; before them where the document has them already. */
function endAtClosingLine(line: Line, context: FilterContext): Cut | undefined {
  if (isClosedAfterCaret(context, line.width)) {
    return before(line);
  }
  const closers = /^\s*[)\]};,]+/.exec(line.full)?.[0] ?? "";
  return line.isWhole ? { end: line.start + closers.length, reason: "blockEnd" } : undefined;
}

function startsWithClause(line: Line, { language }: FilterContext): boolean {
  const word = /^\s*(\w+)/.exec(line.full)?.[1];
  return word !== undefined && language.clauseKeywords.includes(word);
}

function before(line: Line): Cut {
  return { end: Math.max(0, line.start - 1), reason: "blockEnd" };
}

function atEndOf(line: Line): Cut | undefined {
  return { end: line.end, reason: "blockEnd" };
}
