// Syntax trees by native tree-sitter, for bulk work on the command line. It is optional: the packages `tree-sitter` and
// those of the grammars must be there and fit each other and this machine. Trees are the garbage collector's.

import { createRequire } from "node:module";
import type { Query, SyntaxNode, Tree } from "tree-sitter";
import { errorCode, errorMessage } from "../errorMessage.js";
import { CompiledQueries, resultsOf } from "./compiledQueries.js";
import { findCutLines } from "./cutLines.js";
import { countErrorNodes } from "./errorNodes.js";
import type { Language, QueryName, QuerySelection } from "./language.js";
import { type Capture, GrammarError, type IsLate, type SyntaxDocument, type SyntaxParser } from "./parser.js";
import { describeEdit } from "./point.js";

type NativeModule = typeof import("tree-sitter");
type NativeParser = InstanceType<NativeModule>;
type NativeGrammar = NonNullable<Parameters<NativeParser["setLanguage"]>[0]>;

/** UTF-16 units that the parser is given at a time. */
const pieceLength = 8192;

const never: IsLate = () => false;

/**
 * Loads a language's grammar from its native package and compiles its queries.
 *
 * @param queries what the parser will be asked for; a query that the language does not have captures nothing
 * @returns undefined for a language without a grammar
 * @throws {GrammarError} when a package is not installed, or does not fit
 */
export function loadNativeParser(language: Language, queries: readonly QuerySelection[]): SyntaxParser | undefined {
  if (language.grammar === undefined) {
    return undefined;
  }
  const name = language.grammar.replace(/\.wasm$/, "");
  // One package has several grammars: `typescript` and `tsx` of tree-sitter-typescript, `php` of tree-sitter-php.
  const part = name.slice("tree-sitter-".length);
  const require = createRequire(import.meta.url);
  try {
    const native: NativeModule = require("tree-sitter");
    const grammar: unknown = require(part === "tsx" ? "tree-sitter-typescript" : name);
    const own = ((grammar as Readonly<Record<string, unknown>>)[part] ?? grammar) as NativeGrammar;
    const parser = new native();
    parser.setLanguage(own);
    const compiled = new CompiledQueries<Query>();
    for (const selection of queries) {
      compiled.add(language, selection, (source) => new native.Query(own, source));
    }
    return new NativeSyntaxParser(parser, compiled);
  } catch (error) {
    const isMissing = errorCode(error) === "MODULE_NOT_FOUND";
    const reason = isMissing
      ? "it or tree-sitter is not installed"
      : `it does not fit tree-sitter's own package, the queries or this machine (${errorMessage(error).split("\n")[0]})`;
    throw new GrammarError(`${name} cannot be used natively: ${reason}`);
  }
}

class NativeSyntaxParser implements SyntaxParser {
  readonly #parser: NativeParser;
  readonly #queries: CompiledQueries<Query>;

  constructor(parser: NativeParser, queries: CompiledQueries<Query>) {
    this.#parser = parser;
    this.#queries = queries;
  }

  open(text: string): NativeDocument {
    return new NativeDocument(this.#parser, text, (selection) => this.#queries.get(selection));
  }

  captures(text: string, query: QueryName, isLate: IsLate): readonly Capture[] | undefined {
    return this.open(text).captures(query, isLate);
  }

  countErrors(text: string, isLate: IsLate): number | undefined {
    return this.open(text).countErrors(isLate);
  }

  dispose(): void {}
}

/** Native parsing cannot be interrupted: whether it is late is asked between the steps. */
class NativeDocument implements SyntaxDocument {
  readonly #parser: NativeParser;
  readonly #query: (selection: QuerySelection) => Query | undefined;
  #text: string;
  #tree: Tree | undefined;
  #isParsed = false;

  constructor(parser: NativeParser, text: string, query: (selection: QuerySelection) => Query | undefined) {
    this.#parser = parser;
    this.#text = text;
    this.#query = query;
  }

  get text(): string {
    return this.#text;
  }

  captures(selection: QuerySelection, isLate: IsLate = never): readonly Capture[] | undefined {
    const query = this.#query(selection);
    if (query === undefined) {
      return [];
    }
    const root = this.#root(isLate);
    return root && resultsOf(query.captures(root));
  }

  matches(selection: QuerySelection, isLate: IsLate = never): readonly (readonly Capture[])[] | undefined {
    const query = this.#query(selection);
    if (query === undefined) {
      return [];
    }
    const root = this.#root(isLate);
    return root && query.matches(root).map(({ captures }) => resultsOf(captures));
  }

  cutLines(isSmall: (start: number, end: number) => boolean, isLate: IsLate = never): readonly number[] | undefined {
    const root = this.#root(isLate);
    return root && findCutLines(root.walk(), this.#text, isSmall, isLate);
  }

  countErrors(isLate: IsLate): number | undefined {
    const root = this.#root(isLate);
    return root && countErrorNodes(root);
  }

  edit(start: number, oldEnd: number, replacement: string): void {
    const before = this.#text;
    this.#text = before.slice(0, start) + replacement + before.slice(oldEnd);
    this.#isParsed = false;
    this.#tree?.edit(describeEdit(before, start, oldEnd, replacement));
  }

  dispose(): void {
    this.#tree = undefined;
    this.#isParsed = false;
  }

  #root(isLate: IsLate): SyntaxNode | undefined {
    if (!this.#isParsed && !isLate()) {
      const read = (offset: number): string => this.#text.slice(offset, offset + pieceLength);
      this.#tree = this.#parser.parse(read, this.#tree);
      this.#isParsed = true;
    }
    return this.#isParsed && !isLate() ? this.#tree?.rootNode : undefined;
  }
}
