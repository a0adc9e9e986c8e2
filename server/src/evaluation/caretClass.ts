// The class of a caret's position, after the trigger points of Code4Me (arXiv 2402.16197).

/** Classes of the text before a caret, in the order in which they are looked for. */
export const caretClasses = ["lineStart", ".", "(", "=", ",", "return", "word", "space", "other"] as const;
export type CaretClass = (typeof caretClasses)[number];

/**
 * The class of the caret behind a prefix:
 * - `lineStart`: nothing but white space before it on its line
 * - `.`, `(`, `=`, `,`: that character; spaces behind it do not count, `x = ` is `=` (so are `==` and `+=`, not `=>`)
 * - `return`: that word and a space
 * - `word`: in or right behind a word
 * - `space`: behind a space that follows something else
 * - `other`: right behind any other character
 */
export function caretClass(prefix: string): CaretClass {
  const line = prefix.slice(Math.max(prefix.lastIndexOf("\n"), prefix.lastIndexOf("\r")) + 1);
  const code = line.trimEnd();
  if (code === "") {
    return "lineStart";
  }
  const last = code.charAt(code.length - 1);
  if (last === "." || last === "(" || last === "=" || last === ",") {
    return last;
  }
  const isBehindSpace = code.length < line.length;
  if (isBehindSpace) {
    return /(?:^|[^\p{L}\p{N}_$.])return$/u.test(code) ? "return" : "space";
  }
  return /[\p{L}\p{N}_$]/u.test(last) ? "word" : "other";
}
