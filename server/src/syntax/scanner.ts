// A scanner that knows brackets, strings and comments and nothing else. Unlike a parser it makes sense of code that is cut
// off anywhere, costs microseconds and can go on from where it stopped.

/** The lexical part of a language's definition. */
export interface LexicalRules {
  readonly lineComments: readonly string[];
  readonly blockComments: readonly { readonly open: string; readonly close: string }[];
  readonly strings: readonly StringRule[];
  readonly regularExpressions: boolean;
}

/** One kind of string literal. */
export interface StringRule {
  readonly delimiter: string;
  readonly multiLine: boolean;
  readonly escapes: boolean;
  readonly interpolation?: string | undefined;
}

/** Lexical rules with a pattern that finds the next place where something begins. */
export interface Lexicon {
  readonly rules: LexicalRules;
  readonly interesting: RegExp;
}

/** Something that is open: a bracket, a string or a comment. */
export type Frame =
  | { readonly kind: "bracket"; readonly opener: string }
  | { readonly kind: "string"; readonly rule: StringRule }
  | { readonly kind: "comment"; readonly close: string };

/** What is open at a place in a text. */
export interface ScanState {
  /** The outermost first. */
  readonly frames: readonly Frame[];
  /** The last character of code that is no white space; tells a division from a regular expression. */
  readonly lastCharacter: string;
}

/** A closing bracket or quote of something that was open before the text, or that nothing opened. */
export interface OuterCloser {
  /** Where it starts in the text. */
  readonly offset: number;
  /** `)`, or the delimiter of a string. */
  readonly text: string;
}

/** What a scan found. */
export interface Scan {
  readonly state: ScanState;
  readonly outerClosers: readonly OuterCloser[];
  /** How many of the frames that were open before the text are still open, that is, were never closed. */
  readonly outerFrames: number;
  /** Offset behind the last character of code that is neither white space nor in a comment; 0 if there is none. */
  readonly codeEnd: number;
}

/** A line of a text, with what is open where it begins and where it ends. */
export interface ScannedLine {
  /** Offset of its first character. */
  readonly start: number;
  /** Offset of its line end, or of the text's end. */
  readonly end: number;
  readonly before: Scan;
  readonly after: Scan;
}

/** Nothing is open. */
export const startState: ScanState = { frames: [], lastCharacter: "" };

const closerOfOpener: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const openerOfCloser: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Words after which a slash begins a regular expression, though they end in a letter as a dividend would. */
const operatorWord = /\b(?:return|typeof|case|in|of|delete|void|throw|new|else|do|yield|await)\s*$/;

/** The bracket that closes this one. */
export function closerOf(opener: string): string {
  return closerOfOpener[opener] ?? "";
}

/** Is this character a closing bracket? */
export function isCloser(character: string): boolean {
  return Object.hasOwn(openerOfCloser, character);
}

/** Is a string or a comment open? */
export function isInText(state: ScanState): boolean {
  const kind = state.frames.at(-1)?.kind;
  return kind === "string" || kind === "comment";
}

/** Prepares lexical rules for scanning. */
export function compileLexicon(rules: LexicalRules): Lexicon {
  const starts = [
    ...rules.lineComments,
    ...rules.blockComments.map((comment) => comment.open),
    ...rules.strings.map((string) => string.delimiter),
    ...(rules.regularExpressions ? ["/"] : []),
  ];
  // The longest first: `"""` before `"`, `//` before `/`.
  const alternatives = starts.toSorted((a, b) => b.length - a.length).map(escapeRegExp);
  return { rules, interesting: new RegExp([...alternatives, "[()[\\]{}]"].join("|"), "g") };
}

/**
 * Scans a text.
 *
 * @param text LF line ends
 * @param state what is open where the text begins
 */
export function scan(text: string, lexicon: Lexicon, state: ScanState = startState): Scan {
  const scanner = new Scanner(lexicon, state);
  scanner.feed(text);
  return scanner.snapshot();
}

/** Scans a text line by line; the last line is the one that no line end follows. */
export function scanLines(text: string, lexicon: Lexicon, state: ScanState = startState): ScannedLine[] {
  const scanner = new Scanner(lexicon, state);
  const lines: ScannedLine[] = [];
  let before = scanner.snapshot();
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    scanner.feed(text.slice(start, end + 1));
    const after = scanner.snapshot();
    lines.push({ start, end, before, after });
    before = after;
    start = end + 1;
  }
  return lines;
}

/** The scanner's state; it lives as long as one text. */
class Scanner {
  readonly #lexicon: Lexicon;
  readonly #frames: Frame[];
  readonly #outerClosers: OuterCloser[] = [];
  #outerFrames: number;
  #lastCharacter: string;
  #codeEnd = 0;
  #fed = 0;

  constructor(lexicon: Lexicon, state: ScanState) {
    this.#lexicon = lexicon;
    this.#frames = [...state.frames];
    this.#outerFrames = this.#frames.length;
    this.#lastCharacter = state.lastCharacter;
  }

  snapshot(): Scan {
    return {
      state: { frames: [...this.#frames], lastCharacter: this.#lastCharacter },
      outerClosers: [...this.#outerClosers],
      outerFrames: this.#outerFrames,
      codeEnd: this.#codeEnd,
    };
  }

  /** Reads on. Pieces should end at line ends: a token is not recognised across two pieces. */
  feed(text: string): void {
    let at = 0;
    while (at < text.length) {
      const top = this.#frames.at(-1);
      if (top?.kind === "comment") {
        const end = text.indexOf(top.close, at);
        if (end < 0) break;
        this.#truncate(this.#frames.length - 1);
        at = end + top.close.length;
      } else if (top?.kind === "string") {
        at = this.#readString(text, at, top.rule);
      } else {
        at = this.#readCode(text, at);
      }
    }
    this.#fed += text.length;
  }

  #readString(text: string, at: number, rule: StringRule): number {
    for (let index = at; index < text.length; index++) {
      const character = text[index];
      if (character === "\\" && rule.escapes) {
        index++;
      } else if (character === "\n" && !rule.multiLine) {
        // The line ended before the string did: it was none, or it is still being typed.
        this.#truncate(this.#frames.length - 1);
        return index;
      } else if (text.startsWith(rule.delimiter, index)) {
        this.#close(this.#frames.length - 1, index, rule.delimiter);
        return this.#sawCode(rule.delimiter, index + rule.delimiter.length);
      } else if (rule.interpolation !== undefined && text.startsWith(rule.interpolation, index)) {
        this.#frames.push({ kind: "bracket", opener: rule.interpolation.slice(-1) });
        return this.#sawCode(rule.interpolation, index + rule.interpolation.length);
      }
    }
    return text.length;
  }

  #readCode(text: string, at: number): number {
    const { interesting, rules } = this.#lexicon;
    interesting.lastIndex = at;
    const found = interesting.exec(text);
    const code = text.slice(at, found?.index).trimEnd();
    if (code !== "") {
      this.#sawCode(code, at + code.length);
    }
    if (found === null) {
      return text.length;
    }
    const token = found[0];
    const end = found.index + token.length;
    const string = rules.strings.find((rule) => rule.delimiter === token);
    const comment = rules.blockComments.find(({ open }) => open === token);
    if (string !== undefined) {
      this.#frames.push({ kind: "string", rule: string });
      return this.#sawCode(token, end);
    }
    if (comment !== undefined) {
      this.#frames.push({ kind: "comment", close: comment.close });
      return end;
    }
    if (rules.lineComments.includes(token)) {
      this.#frames.push({ kind: "comment", close: "\n" });
      return end;
    }
    if (Object.hasOwn(closerOfOpener, token)) {
      this.#frames.push({ kind: "bracket", opener: token });
    } else if (isCloser(token)) {
      this.#closeBracket(token, found.index);
    } else {
      const isDivision = /[\w$)\]}"'`<]/.test(this.#lastCharacter) && !operatorWord.test(text.slice(0, found.index));
      return this.#sawCode(token, isDivision ? end : skipRegularExpression(text, end));
    }
    return this.#sawCode(token, end);
  }

  /** @returns `end`, the offset behind the code in the piece that is being read */
  #sawCode(code: string, end: number): number {
    this.#lastCharacter = code.slice(-1);
    this.#codeEnd = this.#fed + end;
    return end;
  }

  #closeBracket(closer: string, offset: number): void {
    const opener = openerOfCloser[closer];
    const index = this.#frames.findLastIndex((frame) => frame.kind === "bracket" && frame.opener === opener);
    // A string between the two: the bracket is code within that string and cannot close what is outside of it.
    const barrier = this.#frames.findLastIndex((frame) => frame.kind !== "bracket");
    if (index > barrier) {
      this.#close(index, offset, closer);
    } else {
      this.#outerClosers.push({ offset: this.#fed + offset, text: closer });
    }
  }

  /** Closes a frame; what was opened within it was left open by mistake. */
  #close(index: number, offset: number, closer: string): void {
    if (index < this.#outerFrames) {
      this.#outerClosers.push({ offset: this.#fed + offset, text: closer });
    }
    this.#truncate(index);
  }

  #truncate(length: number): void {
    this.#frames.length = length;
    this.#outerFrames = Math.min(this.#outerFrames, length);
  }
}

/** @returns the offset behind a regular expression's closing slash; `start` if it does not close on its line */
function skipRegularExpression(text: string, start: number): number {
  let isInClass = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (character === "\n") {
      return start;
    }
    if (character === "\\") {
      index++;
    } else if (character === "[") {
      isInClass = true;
    } else if (character === "]") {
      isInClass = false;
    } else if (character === "/" && !isInClass) {
      return index + 1;
    }
  }
  return start;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
