// Which names near a caret are worth asking a language service about. Plain text in, so that it can be tested without an
// editor.

/** Lines before the caret that are read: what one goes on with is named there most of the time. */
const linesBefore = 10;

/** Words of many languages that no language service can say anything of. */
const keywords = new Set(
  (
    "abstract and any as assert async await bool boolean break case catch class const continue def default defer del do " +
    "double elif else enum except export extends extern false final finally float fn for from func function get go goto " +
    "if impl implements import in instanceof int interface is lambda let long match mod module mut namespace new nil not " +
    "null number of or package pass private protected pub public raise readonly return self set static str string struct " +
    "super switch this throw throws trait true try type typeof undefined union unsafe use using var void while with yield"
  ).split(" "),
);

/** A name and where it stands; zero-based, in UTF-16 units. */
export interface NearName {
  readonly name: string;
  readonly line: number;
  readonly character: number;
  /** A member is being taken of it at the caret: its type says what can follow. */
  readonly isReceiver: boolean;
}

/**
 * The names before a caret, each where it stands last, the nearest first.
 *
 * @param lineAt a line's text
 */
export function namesBefore(
  lineAt: (line: number) => string,
  caret: { readonly line: number; readonly character: number },
): readonly NearName[] {
  const found = new Map<string, NearName>();
  for (let line = caret.line; line >= Math.max(0, caret.line - linesBefore); line--) {
    const whole = lineAt(line);
    const text = line === caret.line ? whole.slice(0, caret.character) : whole;
    const matches = [...text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]+/gu)].reverse();
    for (const { 0: name, index } of matches) {
      const rest = text.slice(index + name.length);
      const isAtCaret = line === caret.line && rest === "";
      const isReceiver = line === caret.line && /^(?:\?\.|::|->|\.)[\p{L}\p{N}_$]*$/u.test(rest);
      // The word at the caret is not written yet.
      if (!isAtCaret && !keywords.has(name) && !found.has(name)) {
        found.set(name, { name, line, character: index, isReceiver });
      }
    }
  }
  return [...found.values()];
}
