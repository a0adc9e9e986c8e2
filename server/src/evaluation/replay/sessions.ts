// What is typed: pieces of files, each from a place where something is there already to a place further down.
import { hashText } from "../../textHash.js";

/** Characters that a session types: about a minute. Each begins with nothing known, so a run can go on at any of them. */
export const sessionCharacters = 400;

/** A piece of a file that is typed. */
export interface Session {
  /** `path#number`. */
  readonly id: string;
  readonly path: string;
  readonly languageId: string;
  readonly text: string;
  /** What is there when typing begins: the text up to here. A line start. */
  readonly start: number;
  /** Where typing ends. */
  readonly end: number;
}

/**
 * The sessions of a file, one behind the other; the chosen ones if there are to be fewer.
 *
 * @param text LF line ends
 */
export function planSessions(path: string, languageId: string, text: string): readonly Session[] {
  const sessions: Session[] = [];
  for (let start = 0; start < text.trimEnd().length; ) {
    const lineEnd = text.indexOf("\n", start + sessionCharacters);
    const end = lineEnd < 0 ? text.trimEnd().length : lineEnd + 1;
    if (end <= start) {
      break;
    }
    sessions.push({ id: `${path}#${sessions.length}`, path, languageId, text, start, end });
    start = end;
  }
  return sessions;
}

/** As many sessions as have a number of characters together, chosen by a seed, in their own order. */
export function limitSessions(sessions: readonly Session[], characters: number, seed: number): readonly Session[] {
  const ranked = sessions.map((session, index) => ({ session, index, rank: hashText(session.id, seed) }));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  let left = characters;
  const chosen = ranked.filter(({ session: { start, end } }) => {
    const isWanted = left > 0;
    left -= end - start;
    return isWanted;
  });
  return chosen.sort((a, b) => a.index - b.index).map(({ session }) => session);
}

/** The next key: one character, and the indentation that the editor makes of a new line by itself. */
export function nextKey(text: string, offset: number): string {
  const code = text.codePointAt(offset);
  const character = code === undefined ? "" : String.fromCodePoint(code);
  return character === "\n" ? (/^\n[ \t]*/.exec(text.slice(offset, offset + 200))?.[0] ?? character) : character;
}
