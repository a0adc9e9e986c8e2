// A grammar's compiled queries, and what they capture as callers get it: the same whatever parses.
import { errorMessage } from "../errorMessage.js";
import type { Language, QuerySelection } from "./language.js";
import { type Capture, GrammarError } from "./parser.js";

/** By their names. A selection that the language has nothing of has no query. */
export class CompiledQueries<Query> {
  readonly #queries = new Map<string, Query | undefined>();

  /** @throws {GrammarError} when a file does not fit the grammar */
  add(language: Language, selection: QuerySelection, compile: (source: string) => Query): void {
    const names = [selection].flat();
    const sources = names.flatMap((name) => language.queries[name] ?? []);
    try {
      this.#queries.set(keyOf(selection), sources.length === 0 ? undefined : compile(sources.join("\n")));
    } catch (error) {
      const files = names.map((name) => `${name}.scm`).join(", ");
      throw new GrammarError(`${files} of syntaxes/${language.id} does not fit the grammar: ${errorMessage(error)}`);
    }
  }

  /** @throws Error for a selection that was not added */
  get(selection: QuerySelection): Query | undefined {
    const key = keyOf(selection);
    if (!this.#queries.has(key)) {
      throw new Error(`The query ${key} was not asked for when the grammar was loaded (LanguagesOptions.queries).`);
    }
    return this.#queries.get(key);
  }

  /** Takes all of them out. */
  clear(): readonly Query[] {
    const queries = [...this.#queries.values()].filter((query) => query !== undefined);
    this.#queries.clear();
    return queries;
  }
}

function keyOf(selection: QuerySelection): string {
  return [selection].flat().join("+");
}

interface NodeCapture {
  readonly name: string;
  readonly node: { readonly startIndex: number; readonly endIndex: number };
}

/** Captures that only a query's own conditions need begin with an underscore, and are left out. */
export function resultsOf(captures: readonly NodeCapture[]): readonly Capture[] {
  return captures
    .filter(({ name }) => !name.startsWith("_"))
    .map(({ name, node }) => ({ name, start: node.startIndex, end: node.endIndex }));
}
