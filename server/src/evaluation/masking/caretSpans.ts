// Holes behind the places at which developers wait for a suggestion: after `.`, `(`, `=`, `,` and `return`, within a word,
// and at line starts; with the rest of the line taken away, or left (`|rest`).
import type { Language } from "../../syntax/language.js";
import { isCloser, isInText, scan, scanLines } from "../../syntax/scanner.js";
import { isHole, mostLines, type Span, trimSpan } from "./span.js";

/** Characters of a word that are typed before the caret of a mid-word hole: too few say nothing, all are no hole. */
const typedOfWord = 2;

/** Shortest word that a caret may be within. */
const shortestWord = 5;

/** Places behind which a caret is looked for, with the kind of each. */
const places: readonly (readonly [kind: string, pattern: RegExp])[] = [
  [".", /(?<=[\p{L}\p{N}_$)\]])\.(?=[\p{L}_$])/gu],
  ["(", /\((?=[^)\s])/g],
  // Not ==, <=, =>, += and the like, which are read as one sign.
  ["=", /(?<![=!<>+\-*/%&|^:])= ?(?=[^=>\s])/g],
  [",", /, ?(?=\S)/g],
  ["return", /\breturn (?=\S)/g],
  [
    "word",
    new RegExp(
      `(?<![\\p{L}\\p{N}_$])[\\p{L}_$][\\p{L}\\p{N}_$]{${typedOfWord - 1}}(?=[\\p{L}\\p{N}_$]{${shortestWord - typedOfWord},})`,
      "gu",
    ),
  ],
];

/**
 * The holes of a text behind such places, in strings and comments none.
 *
 * @param text LF or CRLF line ends
 */
export function findCaretSpans(text: string, language: Language): readonly Span[] {
  const spans: Span[] = [];
  const add = (start: number, end: number, kind: string): void => {
    if (isHole(text.slice(start, end))) {
      spans.push({ start, end, kind: `caret:${kind}` });
    }
  };
  const lines = scanLines(text, language.lexicon);
  for (const [index, { start, end, before, after }] of lines.entries()) {
    const line = text.slice(start, end);
    const codeEnd = start + line.trimEnd().length;
    const code = line.slice(0, Math.max(0, codeEnd - start));
    if (code.trim() === "" || isInText(before.state) || isCommentLine(code, language)) {
      continue;
    }
    const lineStart = start + (line.length - line.trimStart().length);
    add(lineStart, codeEnd, "lineStart");
    // Some lines at once, as after a head of a block: up to the block's end, or as many as a suggestion may have.
    const last = lines[Math.min(lines.length, index + 1 + (index % (mostLines - 1))) - 1];
    const block = last && trimSpan(text, { start: lineStart, end: last.end, kind: "lines" });
    if (block !== undefined && block.end > end && after.state.frames.length <= before.state.frames.length) {
      add(lineStart, block.end, "lines");
    }
    for (const [kind, pattern] of places) {
      for (const match of code.matchAll(pattern)) {
        const column = match.index + match[0].length;
        const { state } = scan(code.slice(0, column), language.lexicon, before.state);
        if (isInText(state)) {
          continue;
        }
        const caret = start + column;
        add(caret, codeEnd, kind);
        const rest = restEnd(code, column, kind, language);
        if (rest < code.length) {
          add(caret, start + rest, `${kind}|rest`);
        }
      }
    }
  }
  return spans;
}

function isCommentLine(code: string, { lineComments }: Language): boolean {
  const text = code.trimStart();
  return lineComments.some((mark) => text.startsWith(mark));
}

/** Where, on the caret's line, ends what belongs to the caret: its word, or its expression up to the next `,` or closer. */
function restEnd(code: string, column: number, kind: string, language: Language): number {
  const word = /^[\p{L}\p{N}_$]*/u.exec(code.slice(column))?.[0].length ?? 0;
  if (kind === "." || kind === "word") {
    return column + word;
  }
  for (let end = column; end < code.length; end++) {
    const character = code.charAt(end);
    const isEnd = isCloser(character) || character === "," || character === ";" || character === ":";
    if (isEnd && scan(code.slice(column, end), language.lexicon).state.frames.length === 0) {
      return end;
    }
  }
  return code.length;
}
