// Has the model learn the user's files, and of the document that is worked on what stands around the caret, in two pieces:
// what follows the caret now must not be what is expected to follow it.

import type { LanguageModel } from "../inference/generation.js";
import type { DocumentSnapshot } from "./completion.js";

/** Characters between the two pieces, at most: while the caret stays there nothing is learned anew. The prompt holds them. */
const widestGap = 2000;

/** Of each piece, what is learned at most: the nearest to the caret. More takes more than 20 ms each time it is cut anew. */
const longestPiece = 60_000;

/** Longer files are data, or somebody else's code in one piece, and cutting them into tokens takes time. */
const longestFile = 200_000;

/** What the model calls the two pieces; files come behind them. */
const beforeCaret = 0;
const behindCaret = 1;
const firstFile = 2;

/** A document as it is at one moment. */
export type SeenDocument = Pick<DocumentSnapshot, "uri" | "path" | "text">;

/** Follows the document that is worked on. */
export interface DocumentMemory {
  /**
   * The caret is here: what is written from now on may know the rest of the document.
   * @param offset - UTF-16 units.
   */
  see(document: SeenDocument, offset: number): void;
}

/** The document at the caret. */
interface CurrentDocument {
  readonly key: string;
  text: string;
  /** UTF-16 units of the text that are learned from its start and from its end. */
  before: number;
  behind: number;
}

export interface RepositoryMemoryOptions {
  readonly learn: NonNullable<LanguageModel["learn"]>;
  /** What a document is called as a file. */
  readonly keyOf: (document: SeenDocument) => string;
  /** Learns files as equally recent, in the order in which they came first, so that answers depend on what is there alone. */
  readonly isTimeless?: boolean;
}

/** Sees to it that the model knows the repository. */
export class RepositoryMemory implements DocumentMemory {
  readonly #options: RepositoryMemoryOptions;
  readonly #numbers = new Map<string, number>();
  /** Files that the model knows. */
  readonly #known = new Set<string>();
  #current: CurrentDocument | undefined;
  #time = 0;

  constructor(options: RepositoryMemoryOptions) {
    this.#options = options;
  }

  /** A file has this text; the document at the caret is what the editor says instead. @param text - Undefined when it has gone. */
  setFile(key: string, text: string | undefined): void {
    if (key !== this.#current?.key) this.#learnFile(key, text);
  }

  /** A document was closed: from now on its file counts, which `setFile` tells. */
  close(key: string): void {
    if (key !== this.#current?.key) return;
    this.#learn(beforeCaret, undefined);
    this.#learn(behindCaret, undefined);
    this.#current = undefined;
  }

  see(document: SeenDocument, offset: number): void {
    const { text } = document;
    const key = this.#options.keyOf(document);
    const current = this.#current;
    if (current !== undefined && current.key !== key) {
      this.close(current.key);
      this.#learnFile(current.key, current.text);
    }
    if (current?.key === key && isCurrent(current, text, offset)) {
      current.text = text;
      return;
    }
    // The caret's own line is in the prompt, and the two halves of it are no text together.
    const before = text.lastIndexOf("\n", offset - 1) + 1;
    const lineEnd = text.indexOf("\n", offset);
    const behind = lineEnd < 0 ? 0 : text.length - lineEnd - 1;
    this.#learnFile(key, undefined);
    this.#current = { key, text, before, behind };
    this.#learn(behindCaret, text.slice(text.length - behind).slice(0, longestPiece));
    this.#learn(beforeCaret, text.slice(Math.max(0, before - longestPiece), before));
  }

  #learnFile(key: string, text: string | undefined): void {
    const known = this.#numbers.get(key);
    const number = known ?? firstFile + this.#numbers.size;
    this.#numbers.set(key, number);
    if (text === undefined && !this.#known.delete(key)) return;
    if (text !== undefined) this.#known.add(key);
    this.#learn(number, text);
  }

  #learn(file: number, text: string | undefined): void {
    const { learn, isTimeless = false } = this.#options;
    const learned = text === undefined || text === "" || text.length > longestFile ? undefined : text;
    const isPiece = file < firstFile;
    const recency = isTimeless ? (isPiece ? Number.MAX_SAFE_INTEGER - file : file) : this.#time++;
    // The model knows no other line end.
    learn(file, learned?.replaceAll("\r\n", "\n"), recency);
  }
}

/** The memory of a model that can learn; undefined for another. */
export function createRepositoryMemory(
  model: Pick<LanguageModel, "learn">,
  options: Omit<RepositoryMemoryOptions, "learn">,
): RepositoryMemory | undefined {
  return model.learn === undefined
    ? undefined
    : new RepositoryMemory({ ...options, learn: (file, text, recency) => model.learn?.(file, text, recency) });
}

/** Are the pieces those of a text, with the caret between them and not too far away? */
function isCurrent({ text: known, before, behind }: CurrentDocument, text: string, offset: number): boolean {
  return (
    before <= offset &&
    offset <= text.length - behind &&
    text.length - before - behind <= widestGap &&
    text.startsWith(known.slice(0, before)) &&
    text.endsWith(known.slice(known.length - behind))
  );
}
