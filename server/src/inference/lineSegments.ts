// Cuts a text into pieces that a tokenizer encodes one by one to what it encodes the whole to, so that a key stroke
// makes it encode one line anew.

/** Cuts in front of line ends that follow a visible character; the pieces together are the text. */
export function cutBeforeLineEnds(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let lineEnd = text.indexOf("\n"); lineEnd >= 0; lineEnd = text.indexOf("\n", lineEnd + 1)) {
    const cut = text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
    // Within white space a tokenizer may look further in both directions.
    if (cut === start || /\s/.test(text.charAt(cut - 1))) continue;
    pieces.push(text.slice(start, cut));
    start = cut;
  }
  if (start < text.length) pieces.push(text.slice(start));
  return pieces;
}

/** A character of each kind that patterns of tokenizers tell apart: letters, marks, numbers, signs, beyond 16 bits. */
const kindsOfCharacters = ["a", "Z", "é", "字", "\u0301", "7", "Ⅷ", "_", ".", ";", "'", ")", "$", "€", "🙂"] as const;

const beforeCharacters = ["", "x "] as const;

const lineEnds = ["\n", "\r\n", "\n \n"] as const;

const afterLineEnds = ["", "a", ";"] as const;

/**
 * Tells whether a tokenizer ends a word at every place where `cutBeforeLineEnds` cuts. Most do; those of GPT-4's kind
 * take line ends to the signs before them. Their patterns are read from left to right and never look back, so it is
 * enough to see what each kind of character makes of a line end behind it and of what stands behind that.
 * @param words - What the tokenizer cuts a text into before it merges anything.
 */
export function endsWordsAtLineEnds(words: (text: string) => readonly string[]): boolean {
  for (const before of beforeCharacters) {
    for (const character of kindsOfCharacters) {
      for (const lineEnd of lineEnds) {
        for (const after of afterLineEnds) {
          const start = before + character;
          let length = 0;
          for (const word of words(start + lineEnd + after)) {
            if (length < start.length && length + word.length > start.length) return false;
            length += word.length;
          }
        }
      }
    }
  }
  return true;
}
