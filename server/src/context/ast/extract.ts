// What the index and the sources of snippets ask of syntax: a file's symbols, whatever its language. Loads a language's
// grammar when the first file of it comes.
import { genericLanguage, type Language, type QuerySelection } from "../../syntax/language.js";
import type { Languages } from "../../syntax/languages.js";
import type { IsLate, SyntaxDocument, SyntaxParser } from "../../syntax/parser.js";
import type { FileSymbols } from "../symbols.js";
import { extractSymbols, symbolQueries } from "./extractSymbols.js";
import { textChunks } from "./textChunks.js";

/** What `LanguagesOptions.queries` must have for a SymbolExtractor. */
export const extractorQueries: readonly QuerySelection[] = [symbolQueries, "mentions"];

/** Extracts the symbols of files in all languages. */
export class SymbolExtractor {
  readonly #languages: Languages;
  /** By the languages' ids; undefined for one whose grammar cannot be used. */
  readonly #parsers = new Map<string, SyntaxParser | undefined>();

  /** @param languages loaded with `extractorQueries`; whoever loaded them disposes them */
  constructor(languages: Languages) {
    this.#languages = languages;
  }

  /** A file's language; undefined for one without a folder in syntaxes/. */
  languageOf(path: string): Language | undefined {
    return this.#languages.ofPath(path);
  }

  /** Loads the grammar for a file, once per language. Must be done before `extract` and `open`. Never rejects. */
  async prepare(path: string): Promise<void> {
    const language = this.languageOf(path);
    if (language !== undefined && !this.#parsers.has(language.id)) {
      this.#parsers.set(language.id, await this.#languages.parser(language));
    }
  }

  /**
   * A file's symbols. A file in a language without a grammar, or whose grammar cannot be used, has chunks and nothing
   * else. References are calls and types only. Names are slices of the text, which keep it in memory: copy those that outlive it.
   *
   * @param isLate asked again and again; the work is given up when the answer is true
   * @returns undefined when it gave up
   */
  extract(path: string, text: string, isLate?: IsLate): FileSymbols | undefined {
    const document = this.open(path, text);
    if (document === undefined) {
      return this.symbolsWithoutSyntax(path, text);
    }
    try {
      return extractSymbols(document, isLate, { withoutMentions: true });
    } finally {
      document.dispose();
    }
  }

  /**
   * A document that stays open: tell it of edits and give it to `extractSymbols` after them. Dispose it.
   *
   * @returns undefined for a language without a grammar
   */
  open(path: string, text: string): SyntaxDocument | undefined {
    const language = this.languageOf(path);
    if (language === undefined) {
      return undefined;
    }
    if (!this.#parsers.has(language.id)) {
      throw new Error(`The grammar of ${language.id} is not loaded: call prepare("${path}") first.`);
    }
    return this.#parsers.get(language.id)?.open(text);
  }

  /** The symbols of a file that has no syntax tree. */
  symbolsWithoutSyntax(path: string, text: string): FileSymbols {
    const language = this.languageOf(path) ?? genericLanguage;
    return { definitions: [], references: [], imports: [], chunks: textChunks(text, language) };
  }
}
