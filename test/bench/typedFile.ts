// A file while it is typed into, as an editor would have it: brackets and quotes close by themselves and are typed over,
// line ends between brackets push the closing one down.
import { nextKey } from "../../server/src/evaluation/replay/sessions.js";

/** What an editor adds behind what is typed. */
const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`" };

/** A place of a file at which text is typed that was taken out before. */
interface Place {
  /** All that is to stand there. */
  readonly target: string;
  /** What of it is there. */
  typed: string;
  /** What was mistyped behind it, and is taken back soon. */
  wrong: string;
  /** What the editor has added behind the caret. */
  added: string;
}

/** A piece of a text that is to be typed: from `start` to `end`, both line starts. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

export class TypedFile {
  /** The text before each place, and the one behind the last. */
  readonly #between: readonly string[];
  readonly #places: readonly Place[];

  /**
   * @param text all of the file, LF line ends
   * @param gaps from the first to the last, apart from each other
   */
  constructor(
    readonly path: string,
    text: string,
    gaps: readonly Gap[],
  ) {
    this.#between = [...gaps, { start: text.length, end: text.length }].map(({ start }, index) =>
      text.slice(gaps[index - 1]?.end ?? 0, start),
    );
    this.#places = gaps.map(({ start, end }) => ({ target: text.slice(start, end), typed: "", wrong: "", added: "" }));
  }

  /** The text as it is now. */
  get text(): string {
    return this.#between
      .map((text, index) => {
        const place = this.#places[index];
        return place === undefined ? text : text + place.typed + place.wrong + place.added;
      })
      .join("");
  }

  /** Where the caret is when text is typed at a place, a UTF-16 offset. */
  caret(place: number): number {
    const { typed, wrong } = this.#at(place);
    const before = this.#places.slice(0, place).map((other) => other.typed + other.wrong + other.added);
    return [...this.#between.slice(0, place + 1), ...before, typed, wrong].reduce((sum, { length }) => sum + length, 0);
  }

  /** What is still to be typed at a place. */
  rest(place: number): string {
    const { target, typed } = this.#at(place);
    return target.slice(typed.length);
  }

  /** Whether there is something at a place that is to be taken back. */
  hasError(place: number): boolean {
    return this.#at(place).wrong !== "";
  }

  /** Presses the next key: a character, over which the editor writes what it has added, or a line end with its indentation. */
  pressKey(number: number): void {
    const place = this.#at(number);
    const rest = this.rest(number);
    const key = nextKey(rest, 0);
    if (place.added.includes("\n") && rest.startsWith(place.added)) {
      // The caret goes down, behind what is there.
      place.typed += place.added;
      place.added = "";
    } else if (place.added.startsWith(key)) {
      place.typed += key;
      place.added = place.added.slice(key.length);
    } else {
      const closer = closers[place.typed.at(-1) ?? ""];
      if (key.startsWith("\n") && closer !== undefined && closer !== place.typed.at(-1) && place.added[0] === closer) {
        const lineStart = place.typed.lastIndexOf("\n") + 1;
        place.added = `\n${/^[ \t]*/.exec(place.typed.slice(lineStart))?.[0] ?? ""}${place.added}`;
      } else if (this.#closes(number, key)) {
        place.added = (closers[key] ?? "") + place.added;
      }
      place.typed += key;
    }
    // What the editor has added and nobody wants is deleted at the end.
    if (place.typed.length >= place.target.length) {
      place.added = "";
    }
  }

  /** Types something that is wrong. */
  mistype(place: number, text: string): void {
    this.#at(place).wrong += text;
  }

  /** Takes back one wrong character. */
  backspace(place: number): void {
    const one = this.#at(place);
    one.wrong = one.wrong.slice(0, -1);
  }

  /**
   * Takes a suggestion that is right.
   *
   * @param replaced characters behind the caret that it replaces
   */
  accept(number: number, text: string, replaced: number): void {
    const place = this.#at(number);
    place.typed += text;
    place.added = place.added.slice(replaced);
  }

  /** As VS Code does by default: a bracket in front of white space or another closing one, a quote that follows no word. */
  #closes(number: number, key: string): boolean {
    const place = this.#at(number);
    const next = place.added.charAt(0) || (this.#between[number + 1] ?? "").charAt(0);
    const isQuote = closers[key] === key;
    const followsWord = /[\p{L}\p{N}_"'`]$/u.test(place.typed);
    return closers[key] !== undefined && /^[\s)\]}"'`;,]?$/.test(next) && !(isQuote && followsWord);
  }

  #at(place: number): Place {
    const found = this.#places[place];
    if (found === undefined) {
      throw new RangeError(`the file has ${this.#places.length} places, not ${place + 1}`);
    }
    return found;
  }
}
