// What an edit means for the suggestion on the screen. VS Code tells extensions of edits only, not who made them: an
// edit that inserts what comes next in the suggestion is typing if it is as small as a key stroke, else an acceptance.

/** A replacement in a document, in UTF-16 units of the text before. */
export interface TextEdit {
  readonly offset: number;
  readonly removed: number;
  readonly text: string;
}

/** A suggestion as it stands in a document. */
export interface SuggestionPlace {
  /** Where it began, in the document as it is now: what lies from here to the caret came out of it. */
  readonly start: number;
  readonly caret: number;
  /** Characters behind the caret that accepting replaces. */
  readonly replaces: number;
  /** What is not in the document yet; LF line ends. */
  readonly remaining: string;
}

/** What an edit means. `characters` of the suggestion were used; `inserted` stand in the document now. */
export type EditMatch =
  | { readonly type: "typed"; readonly characters: number; readonly inserted: number }
  | { readonly type: "part"; readonly how: "line" | "word"; readonly characters: number; readonly inserted: number }
  | { readonly type: "rest"; readonly characters: number; readonly inserted: number }
  /** It is no business of the suggestion, which moves by `shift`. */
  | { readonly type: "elsewhere"; readonly shift: number }
  | { readonly type: "diverged" };

/** What editors close by themselves when its first half is typed. */
const pairs: ReadonlySet<string> = new Set(["()", "[]", "{}", "<>", '""', "''", "``"]);

/** Says what an edit means for a suggestion. */
export function matchEdit({ start, caret, replaces, remaining }: SuggestionPlace, edit: TextEdit): EditMatch {
  const { offset, removed, text } = edit;
  if (offset + removed < start) {
    return { type: "elsewhere", shift: text.length - removed };
  }
  if (offset > caret + replaces) {
    return { type: "elsewhere", shift: 0 };
  }
  if (offset !== caret || removed > replaces) {
    return { type: "diverged" };
  }
  const inserted = text.length;
  const head = text.replaceAll("\r\n", "\n");
  if (head === "" || !remaining.startsWith(head)) {
    const isAutoClosed = pairs.has(head) && remaining.startsWith(head.charAt(0));
    return isAutoClosed ? { type: "typed", characters: 1, inserted: 1 } : { type: "diverged" };
  }
  const characters = head.length;
  if (isKeyStroke(head)) {
    return { type: "typed", characters, inserted };
  }
  if (characters === remaining.length) {
    return { type: "rest", characters, inserted };
  }
  const endsLine = remaining.indexOf("\n") === characters - 1;
  return { type: "part", how: endsLine ? "line" : "word", characters, inserted };
}

/** One character, or white space alone: Tab and Enter insert indentation with it. */
function isKeyStroke(text: string): boolean {
  return text.length === 1 || text.trim() === "" || [...text].length === 1;
}

/**
 * Whether an edit that does not agree with a suggestion looks like one that another provider of inline completions
 * made: at the caret, at once, and more than the word that a list of words would insert.
 */
export function looksCompleted({ caret, replaces }: SuggestionPlace, { offset, removed, text }: TextEdit): boolean {
  const isAtOnce = offset === caret && removed <= replaces && !isKeyStroke(text);
  return isAtOnce && (text.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu)?.length ?? 0) > 1;
}
