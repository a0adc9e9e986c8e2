// Should there be an answer at this caret, and how much of one? Brings the document into the form that the other stages
// work on: text before and after the caret, LF line ends, no more than a model could read.
import { type CaretContext, createCaretContext } from "../syntax/caretContext.js";
import type { Language } from "../syntax/language.js";
import type { CompletionRequest, NoAnswer } from "./completion.js";

/**
 * Longest document, in UTF-16 units. VS Code itself switches off its own language features at 20 MB; files above 10 MB
 * are logs, data and bundles, and copying one out of the editor for each key stroke alone takes longer than a completion.
 */
export const maximumDocumentLength = 10 * 1024 * 1024;

/**
 * Characters around the caret that are kept for each token of the longest prompt. Code has three to four characters per
 * token, deep indentation up to sixteen; what lies further away no prompt has room for.
 */
export const charactersPerToken = 16;

/** Characters in which the text before the caret is looked through for a line that starts at the top level. */
const topLevelSearch = 4096;

/** Characters at the start of the document in which broken encoding is looked for. */
const encodingProbe = 4096;

/** Share of replacement characters above which the document is no text: a wrong encoding of real text has a few per cent. */
const maximumBrokenShare = 0.1;

/** Fewer than these prove nothing, whatever their share of a short document. */
const minimumBroken = 16;

/** An answer is wanted. */
export interface Site {
  readonly context: CaretContext;
  /** Line ends of the document; the text is given back in them. */
  readonly lineEnding: "\n" | "\r\n";
  /** The caret, between two whole characters; differs from the request's only between CR and LF. */
  readonly offset: number;
  /** The context's suffix ends here because it is cut off, not because the document ends. */
  readonly isSuffixCut: boolean;
}

/**
 * Looks at the document and the caret.
 *
 * @param promptTokens longest prompt in tokens
 */
export function findSite(
  { document, offset }: CompletionRequest,
  language: Language,
  promptTokens: number,
): { readonly site: Site } | { readonly noAnswer: NoAnswer } {
  const { text } = document;
  const noAnswer = (reason: NoAnswer["reason"], message: string) => ({ noAnswer: { reason, message } });
  if (text.length > maximumDocumentLength) {
    const size = Math.round(text.length / 1024 / 1024);
    return noAnswer(
      "tooLarge",
      `The document has ${size} million characters; Horizon completes in documents of up to 10 million. Split it, or open a smaller one.`,
    );
  }
  if (!Number.isInteger(offset) || offset < 0 || offset > text.length) {
    return noAnswer(
      "outsideDocument",
      `The caret is at offset ${offset}, but the document has ${text.length} characters. Ask for a place inside it.`,
    );
  }
  if (isInsidePair(text, offset)) {
    return noAnswer("insideCharacter", `Offset ${offset} is within a character. Ask for the place before or after it.`);
  }
  if (looksBinary(text)) {
    return noAnswer(
      "binary",
      "The document is binary or in another encoding. Open it as text, with the encoding it has.",
    );
  }
  // Between CR and LF is no place in the editor; what is meant is the end of the line.
  const caret = text[offset] === "\n" && text[offset - 1] === "\r" ? offset - 1 : offset;
  const window = promptTokens * charactersPerToken;
  const prefix = detach(normalizeLineEnds(text.slice(windowStart(text, caret, window), caret)));
  // Twice the window, since CR and LF become one character: what is kept has the same length wherever the caret is.
  const suffix = normalizeLineEnds(text.slice(caret, caret + 2 * window));
  return {
    site: {
      context: createCaretContext(prefix, detach(suffix.slice(0, window)), language),
      lineEnding: findLineEnding(text),
      offset: caret,
      isSuffixCut: suffix.length > window,
    },
  };
}

/** A copy. A slice would keep its whole document in memory for as long as an answer is remembered. */
function detach(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

/** LF line ends, which is what models are trained on. */
export function normalizeLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** The line ends of a document are those of its first line: editors keep one kind per document. */
export function findLineEnding(text: string): "\n" | "\r\n" {
  const lineEnd = text.indexOf("\n");
  return lineEnd > 0 && text[lineEnd - 1] === "\r" ? "\r\n" : "\n";
}

/**
 * Where the text before the caret begins: one to two windows before it, in steps of a window, so that it begins at the
 * same place while text is typed (what the model has read of it stays valid), and at a line at the top level if there is
 * one, so that no string or comment is open there.
 */
function windowStart(text: string, caret: number, window: number): number {
  const step = Math.floor(caret / window) - 1;
  if (step <= 0) {
    return 0;
  }
  const place = step * window;
  const nextLineStart = text.indexOf("\n", place) + 1;
  const start = nextLineStart > 0 && nextLineStart < caret ? nextLineStart : place;
  const topLevel = /^[\p{L}_@]/mu.exec(text.slice(start, Math.min(caret, start + topLevelSearch)))?.index;
  const isLineStart = start === nextLineStart;
  return isLineStart ? start + (topLevel ?? 0) : start;
}

/** Lone surrogates are characters of their own: only between the two halves of a pair is no place. */
function isInsidePair(text: string, offset: number): boolean {
  return /[\uD800-\uDBFF]/.test(text.charAt(offset - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(offset));
}

function looksBinary(text: string): boolean {
  if (text.includes("\0")) {
    return true;
  }
  const probe = text.slice(0, encodingProbe);
  const broken = probe.split("\uFFFD").length - 1;
  return broken >= minimumBroken && broken > probe.length * maximumBrokenShare;
}
