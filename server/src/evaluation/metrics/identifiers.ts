// The identifiers of a piece of code, as CrossCodeEval finds them (arXiv 2310.11248, scripts/eval_utils.py).
import { keywordsOf } from "./keywords.js";

const strings = /"(?:[^"\\]*(?:\\.[^"\\]*)*)"|'(?:[^'\\]*(?:\\.[^'\\]*)*)'/g;

/** Where a line comment begins; CrossCodeEval takes away both kinds in every language, which breaks `//` in Python. */
function lineComment(languageId: string): RegExp {
  return languageId === "python" ? /#.*/g : /\/\/.*/g;
}

/** Words that begin with an ASCII letter or an underscore and are no keywords, in order, outside of strings and comments. */
export function identifiersOf(code: string, languageId: string): string[] {
  const keywords = keywordsOf(languageId);
  const bare = code.replace(strings, "").replace(lineComment(languageId), "");
  return (bare.match(/[\p{L}\p{N}_]+/gu) ?? []).filter((word) => /^[_a-zA-Z]/.test(word) && !keywords.has(word));
}
