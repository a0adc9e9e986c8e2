// Syntax trees by tree-sitter in WebAssembly. A tree lives in WebAssembly's memory, so none leaves this file: callers get
// the captures of a query as plain data. A backend of native code would implement the same interface.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Language as Grammar, Parser, Query } from "web-tree-sitter";
import type { Language, QueryName } from "./language.js";

/** A node that a query captured. UTF-16 offsets. */
export interface Capture {
  /** The capture's name in the query, without `@`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Parses the source of one language. */
export interface SyntaxParser {
  /**
   * Parses a text and runs one of the language's queries on it.
   *
   * @param isLate asked again and again while it works; it gives up when the answer is true
   * @returns captures in the order of their starts; undefined when it gave up
   */
  captures(text: string, query: QueryName, isLate: () => boolean): readonly Capture[] | undefined;
  /** Frees the parser's memory. */
  dispose(): void;
}

/** A grammar or query that cannot be used; the message names the file. */
export class GrammarError extends Error {
  override readonly name = "GrammarError";
}

/** Where the WebAssembly files are. */
export interface WasmFiles {
  /** Path of web-tree-sitter.wasm. */
  readonly runtime: string;
  /** Folder of the grammars. */
  readonly grammars: string;
}

let runtime: Promise<void> | undefined;

/**
 * Loads a language's grammar.
 *
 * @throws {GrammarError} when a file is missing or cannot be used
 */
export async function loadWasmParser(language: Language, files: WasmFiles): Promise<SyntaxParser | undefined> {
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
      `${path} is no tree-sitter grammar that this version reads: ${describe(error)}. Build Horizon again.`,
    );
  }
  return new WasmParser(language, grammar);
}

async function startRuntime(path: string): Promise<void> {
  const wasmBinary = await readWasm(path);
  await Parser.init({ wasmBinary });
}

async function readWasm(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new GrammarError(`${path} cannot be read (${describe(error)}). Build Horizon again.`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Brackets, strings, numbers and operators, more or less as all languages have them. */
const warmUp = 'a(b).c = "d" + 1;\n{ "e": [f] }\n';

class WasmParser implements SyntaxParser {
  readonly #parser = new Parser();
  readonly #queries = new Map<QueryName, Query>();

  constructor(language: Language, grammar: Grammar) {
    this.#parser.setLanguage(grammar);
    for (const [name, source] of Object.entries(language.queries) as [QueryName, string][]) {
      try {
        this.#queries.set(name, new Query(grammar, source));
      } catch (error) {
        this.dispose();
        throw new GrammarError(`syntaxes/${language.id}/${name}.scm does not fit the grammar: ${describe(error)}`);
      }
    }
    // WebAssembly is compiled when it first runs, which takes longer than a parse: now is a better time than between two
    // tokens.
    for (const name of this.#queries.keys()) {
      this.captures(warmUp, name, () => false);
    }
  }

  captures(text: string, name: QueryName, isLate: () => boolean): readonly Capture[] | undefined {
    const query = this.#queries.get(name);
    if (query === undefined) {
      return [];
    }
    const tree = this.#parser.parse(text, null, { progressCallback: isLate });
    if (tree === null) {
      this.#parser.reset();
      return undefined;
    }
    try {
      return query
        .captures(tree.rootNode, { progressCallback: isLate })
        .map(({ name: capture, node }) => ({ name: capture, start: node.startIndex, end: node.endIndex }));
    } finally {
      tree.delete();
    }
  }

  dispose(): void {
    for (const query of this.#queries.values()) {
      query.delete();
    }
    this.#queries.clear();
    this.#parser.delete();
  }
}
