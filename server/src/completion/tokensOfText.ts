// Which of the model's tokens a text is made of. Filters take away white space and ends only, so the characters that are
// no white space tell it.
import type { DecodedToken } from "../inference/generation.js";

/**
 * The tokens that a part of the written text is made of.
 *
 * @param tokens all tokens that were written
 * @param before what of the text comes before the part
 * @param text the part
 */
export function tokensOfText(tokens: readonly DecodedToken[], before: string, text: string): readonly DecodedToken[] {
  const from = solidLength(before);
  const to = from + solidLength(text);
  let end = 0;
  return tokens.filter((token) => {
    const start = end;
    end += solidLength(token.text);
    // A token of white space alone belongs to what follows it.
    return start === end ? start >= from && start < to : end > from && start < to;
  });
}

/** Characters that are no white space. */
function solidLength(text: string): number {
  return text.replace(/\s+/g, "").length;
}
