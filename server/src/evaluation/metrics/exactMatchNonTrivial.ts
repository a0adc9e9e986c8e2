// Exact match without the holes that any rule would fill: `):` says nothing about a model.

import { readLexemes } from "../../text/lexemes.js";
import type { Metric } from "../hole.js";
import { isExactMatch } from "./exactMatch.js";
import { isWordLiteral, keywordsOf } from "./keywords.js";

/** Has a text neither an identifier nor a literal: keywords and punctuation alone? */
export function isTrivial(text: string, languageId: string): boolean {
  const keywords = keywordsOf(languageId);
  return readLexemes(text).every(
    (lexeme) =>
      lexeme.kind === "symbol" || (lexeme.kind === "word" && keywords.has(lexeme.text) && !isWordLiteral(lexeme.text)),
  );
}

/** 0 or 1; undefined for a trivial hole. */
export const exactMatchNonTrivial: Metric = {
  name: "exactMatchNonTrivial",
  description: "Exact match where the truth has an identifier or a literal.",
  better: "higher",
  score: (scored) => (isTrivial(scored.hole.middle, scored.hole.languageId) ? undefined : Number(isExactMatch(scored))),
};
