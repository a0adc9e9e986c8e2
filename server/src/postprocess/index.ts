// The filters, in the order in which they are applied.
import { blockEnd } from "./blockEnd.js";
import { coverClosers } from "./coverClosers.js";
import { doubledIndentation } from "./doubledIndentation.js";
import { doubledSpace } from "./doubledSpace.js";
import { duplicateLines } from "./duplicateLines.js";
import type { Draft, Filter, FilterContext } from "./filter.js";
import { indentationStyle } from "./indentationStyle.js";
import { leadingBlankLines } from "./leadingBlankLines.js";
import { repetition } from "./repetition.js";
import { singleLine } from "./singleLine.js";
import { specialTokens } from "./specialTokens.js";
import { suffixLine } from "./suffixLine.js";
import { suffixOverlap } from "./suffixOverlap.js";
import { trailingWhitespace } from "./trailingWhitespace.js";
import { worthShowing } from "./worthShowing.js";

/** Clean the text's beginning; the stops of a growing text see what these leave. */
export const openingFilters: readonly Filter[] = [specialTokens, leadingBlankLines, doubledIndentation, doubledSpace];

/** All filters. What ends the text comes before what compares it with the document, what judges it comes last. */
export const filters: readonly Filter[] = [
  ...openingFilters,
  singleLine,
  suffixLine,
  blockEnd,
  repetition,
  suffixOverlap,
  indentationStyle,
  trailingWhitespace,
  coverClosers,
  duplicateLines,
  worthShowing,
];

/** Applies filters in their order until nothing is left. */
export function applyFilters(text: string, context: FilterContext, chain: readonly Filter[] = filters): Draft {
  let draft: Draft = { text, replaces: 0 };
  for (const filter of chain) {
    if (context.disabled?.has(filter.name) === true) {
      continue;
    }
    draft = filter.apply(draft, context);
    if (draft.text === "") {
      return { text: "", replaces: 0 };
    }
  }
  return draft;
}
