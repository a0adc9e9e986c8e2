// Syntax trees by tree-sitter in WebAssembly, which runs everywhere. Trees lie in WebAssembly's memory.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Edit, Language as Grammar, Parser, Query, type Tree, type TreeCursor } from "web-tree-sitter";
import { errorMessage } from "../errorMessage.js";
import { CompiledQueries, resultsOf } from "./compiledQueries.js";
import { findCutLines } from "./cutLines.js";
import { countErrorNodes } from "./errorNodes.js";
import type { Language, QueryName, QuerySelection } from "./language.js";
import { type Capture, GrammarError, type IsLate, type SyntaxDocument, type SyntaxParser } from "./parser.js";
import { describeEdit } from "./point.js";

/** Where the WebAssembly files are. */
export interface WasmFiles {
  /** Path of web-tree-sitter.wasm. */
  readonly runtime: string;
  /** Folder of the grammars. */
  readonly grammars: string;
}

let runtime: Promise<void> | undefined;

/**
 * Loads a language's grammar and compiles its queries.
 *
 * @param queries what the parser will be asked for; a query that the language does not have captures nothing
 * @returns undefined for a language without a grammar
 * @throws {GrammarError} when a file is missing or cannot be used
 */
export async function loadWasmParser(
  language: Language,
  files: WasmFiles,
  queries: readonly QuerySelection[],
): Promise<SyntaxParser | undefined> {
  if (language.grammar === undefined) {
    return undefined;
  }
  // One runtime per process. A failure is not kept: the file may be there the next time.
  runtime ??= startRuntime(files.runtime).catch((error: unknown) => {
    runtime = undefined;
    throw error;
  });
  await runtime;
  const path = join(files.grammars, language.grammar);
  const bytes = await readWasm(path);
  let grammar: Grammar;
  try {
    grammar = await Grammar.load(bytes);
  } catch (error) {
    throw new GrammarError(
      `${path} is no tree-sitter grammar that this version reads: ${errorMessage(error)}. Build Horizon again.`,
    );
  }
  return new WasmParser(language, grammar, queries);
}

async function startRuntime(path: string): Promise<void> {
  const wasmBinary = await readWasm(path);
  await Parser.init({ wasmBinary });
}

async function readWasm(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new GrammarError(`${path} cannot be read (${errorMessage(error)}). Build Horizon again.`);
  }
}

/** Brackets, strings, numbers and operators, more or less as all languages have them. */
const warmUp = 'a(b).c = "d" + 1;\n{ "e": [f] }\n';

const never: IsLate = () => false;

class WasmParser implements SyntaxParser {
  readonly #parser = new Parser();
  readonly #queries = new CompiledQueries<Query>();

  constructor(language: Language, grammar: Grammar, selections: readonly QuerySelection[]) {
    this.#parser.setLanguage(grammar);
    try {
      for (const selection of selections) {
        this.#queries.add(language, selection, (source) => new Query(grammar, source));
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    // WebAssembly is compiled when it first runs, which takes longer than a parse: now is a better time than between two
    // tokens.
    const document = this.open(warmUp);
    for (const selection of selections) {
      document.captures(selection);
    }
    document.dispose();
  }

  open(text: string): WasmDocument {
    return new WasmDocument(this.#parser, text, (selection) => this.#queries.get(selection));
  }

  captures(text: string, query: QueryName, isLate: IsLate): readonly Capture[] | undefined {
    const document = this.open(text);
    try {
      return document.captures(query, isLate);
    } finally {
      document.dispose();
    }
  }

  countErrors(text: string, isLate: IsLate): number | undefined {
    const document = this.open(text);
    try {
      return document.countErrors(isLate);
    } finally {
      document.dispose();
    }
  }

  dispose(): void {
    for (const query of this.#queries.clear()) {
      query.delete();
    }
    this.#parser.delete();
  }
}

class WasmDocument implements SyntaxDocument {
  readonly #parser: Parser;
  readonly #query: (selection: QuerySelection) => Query | undefined;
  #text: string;
  #tree: Tree | undefined;
  /** Does the tree stand for the text as it is? */
  #isParsed = false;

  constructor(parser: Parser, text: string, query: (selection: QuerySelection) => Query | undefined) {
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
    const watch = new Watch(isLate);
    const tree = this.#parse(watch);
    const captures = tree && query.captures(tree.rootNode, { progressCallback: watch.ask });
    return watch.wasLate || captures === undefined ? undefined : resultsOf(captures);
  }

  matches(selection: QuerySelection, isLate: IsLate = never): readonly (readonly Capture[])[] | undefined {
    const query = this.#query(selection);
    if (query === undefined) {
      return [];
    }
    const watch = new Watch(isLate);
    const tree = this.#parse(watch);
    const matches = tree && query.matches(tree.rootNode, { progressCallback: watch.ask });
    return watch.wasLate || matches === undefined ? undefined : matches.map(({ captures }) => resultsOf(captures));
  }

  cutLines(isSmall: (start: number, end: number) => boolean, isLate: IsLate = never): readonly number[] | undefined {
    const tree = this.#parse(new Watch(isLate));
    if (tree === undefined) {
      return undefined;
    }
    const cursor: TreeCursor = tree.walk();
    try {
      return findCutLines(cursor, this.#text, isSmall, isLate);
    } finally {
      cursor.delete();
    }
  }

  countErrors(isLate: IsLate): number | undefined {
    const tree = this.#parse(new Watch(isLate));
    return tree && countErrorNodes(tree.rootNode);
  }

  edit(start: number, oldEnd: number, replacement: string): void {
    const before = this.#text;
    this.#text = before.slice(0, start) + replacement + before.slice(oldEnd);
    this.#isParsed = false;
    this.#tree?.edit(new Edit(describeEdit(before, start, oldEnd, replacement)));
  }

  dispose(): void {
    this.#tree?.delete();
    this.#tree = undefined;
    this.#isParsed = false;
  }

  /** The tree of the text as it is; undefined when it gave up. */
  #parse(watch: Watch): Tree | undefined {
    if (!this.#isParsed) {
      const tree = this.#parser.parse(this.#text, this.#tree ?? null, { progressCallback: watch.ask });
      if (tree === null) {
        // The parser would go on with this text, even when it is given another one.
        this.#parser.reset();
        return undefined;
      }
      this.#tree?.delete();
      this.#tree = tree;
      this.#isParsed = true;
    }
    return this.#tree;
  }
}

/** Asks whether it is late, and keeps the answer: a query that gave up looks like one that was done. */
class Watch {
  wasLate = false;
  readonly ask: () => boolean;

  constructor(isLate: IsLate) {
    this.ask = () => {
      this.wasLate ||= isLate();
      return this.wasLate;
    };
  }
}
