// Where the caret may come next: what is worth computing while the user reads a suggestion.
import { findIndentationStyle, leadingWhitespace } from "../syntax/indentation.js";
import type { Language } from "../syntax/language.js";
import { scan } from "../syntax/scanner.js";
import type { Completion, CompletionRequest } from "./completion.js";
import { findLineEnding, normalizeLineEnds } from "./trigger.js";

/** Characters before the caret in which the indentation and what is open are looked for. */
const lookBack = 4096;

/**
 * The places after accepting a suggestion, the likeliest first. Accepting its first line needs nothing here: the answer
 * to what is left of it is known. A suggestion of one line is accepted, and then comes the line below it.
 */
export function predictRequests(
  { document }: CompletionRequest,
  { text, range }: Pick<Completion, "text" | "range">,
  language: Language,
): readonly CompletionRequest[] {
  const before = document.text.slice(0, range.start) + text;
  const after = document.text.slice(range.end);
  const at = (prefix: string): CompletionRequest => ({
    document: { ...document, text: prefix + after },
    offset: prefix.length,
    cause: "speculation",
  });
  // Behind the caret something goes on: Enter would split that line.
  const isAtLineEnd = /^[^\S\n]*(?:\r?\n|$)/.test(after);
  return isAtLineEnd ? [at(before), at(before + lineBreakAfter(before, language))] : [at(before)];
}

/**
 * What Enter inserts, as far as it can be told without the editor. Of 4,046 lines of development packages in eight
 * languages 68% had the next line begin there (Java 83%, Go 60%, C 50%): a line end, the indentation of the line, and one
 * level more where the line opens a block.
 */
function lineBreakAfter(before: string, language: Language): string {
  const near = normalizeLineEnds(before.slice(-lookBack));
  const line = near.slice(near.lastIndexOf("\n") + 1);
  const { state, outerFrames } = scan(line, language.lexicon);
  const opensBlock = state.frames.length > outerFrames || line.trimEnd().endsWith(":");
  return findLineEnding(before) + leadingWhitespace(line) + (opensBlock ? levelOf(near) : "");
}

/** One level of indentation as the text above has it; four spaces, VS Code's default, where it has none. */
function levelOf(text: string): string {
  const style = findIndentationStyle(text);
  return style?.character === "tab" ? "\t" : " ".repeat(style?.width ?? 4);
}
