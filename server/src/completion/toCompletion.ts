// An answer as a suggestion for a document: in its line ends, without what was typed, over the brackets that it closes.
import { coverClosers } from "../postprocess/coverClosers.js";
import type { FilterContext } from "../postprocess/filter.js";
import type { CaretContext } from "../syntax/caretContext.js";
import type { Completion } from "./completion.js";
import type { KnownAnswer } from "./reuse.js";
import { tokensOfText } from "./tokensOfText.js";
import type { Site } from "./trigger.js";

/** What is left of an answer when its beginning has been typed, as a completion of the document; undefined if nothing is. */
export function toCompletion({ answer, typed, text }: KnownAnswer, site: Site): Completion | undefined {
  if (text.trim() === "") {
    return undefined;
  }
  const { offset, lineEnding } = site;
  const tokens = tokensOfText(answer.tokens, typed, text);
  return {
    text: lineEnding === "\r\n" ? text.replaceAll("\n", "\r\n") : text,
    range: {
      start: offset,
      end: offset + replacedLength(text, { ...site.context, disabled: answer.context.disabled }),
    },
    logProbability: tokens.reduce((sum, token) => sum + token.logProbability, 0),
    horizon: tokens.at(-1)?.horizon ?? null,
    stopReason: answer.stopReason,
    tokens: tokens.length,
  };
}

/** UTF-16 units after the caret that a text replaces: closing brackets that it writes itself. */
export function replacedLength(text: string, context: CaretContext & Pick<FilterContext, "disabled">): number {
  if (context.disabled?.has(coverClosers.name) === true) {
    return 0;
  }
  return coverClosers.apply({ text, replaces: 0 }, { ...context, specialTokens: [] }).replaces;
}
