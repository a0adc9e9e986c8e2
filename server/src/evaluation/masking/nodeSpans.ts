// Complete syntax nodes by kind: what syntaxes/<language>/holes.scm captures.
import { type Languages, type LanguagesOptions, loadLanguages } from "../../syntax/languages.js";
import type { SyntaxParser } from "../../syntax/parser.js";
import { isHole, type Span, trimSpan } from "./span.js";

/** Kinds whose brackets are the editor's: it has closed them when the caret is between them. */
const bracketed: ReadonlySet<string> = new Set(["arguments", "parameters", "block", "condition"]);

/** Kinds from what says most about a text to what says least: `return f(x);` returns a call. */
const kinds = ["arguments", "parameters", "condition", "string", "call", "value", "statement", "block", "definition"];

function rankOfKind({ kind }: Span): number {
  const rank = kinds.indexOf(kind.replace("node:", ""));
  return rank < 0 ? kinds.length : rank;
}

/** Finds the nodes of all languages; dispose it. */
export class NodeFinder {
  readonly #languages: Languages;
  readonly #parsers: ReadonlyMap<string, SyntaxParser>;

  private constructor(languages: Languages, parsers: ReadonlyMap<string, SyntaxParser>) {
    this.#languages = languages;
    this.#parsers = parsers;
  }

  /**
   * Loads the grammars of the languages that have a holes.scm.
   *
   * @param directory the folder syntaxes/
   */
  static async load(directory: string, options: Pick<LanguagesOptions, "wasm" | "onProblem">): Promise<NodeFinder> {
    const languages = await loadLanguages({ ...options, directory, queries: ["holes"] });
    const parsers = new Map<string, SyntaxParser>();
    for (const language of languages.all.filter(({ queries }) => queries.holes !== undefined)) {
      const parser = await languages.parser(language);
      if (parser !== undefined) {
        parsers.set(language.id, parser);
      }
    }
    return new NodeFinder(languages, parsers);
  }

  /** The nodes of a text that make holes; none for a language without them. */
  find(text: string, languageId: string): readonly Span[] {
    const captures = this.#parsers.get(this.#languages.get(languageId).id)?.captures(text, "holes", () => false) ?? [];
    const found = new Map<string, Span>();
    for (const { name, start, end } of captures) {
      const span = trimSpan(text, withoutBrackets(text, { start, end, kind: `node:${name}` }, name));
      if (span === undefined || !isHole(text.slice(span.start, span.end))) {
        continue;
      }
      // The same text under two names is one hole.
      const key = `${span.start}:${span.end}`;
      const other = found.get(key);
      if (other === undefined || rankOfKind(span) < rankOfKind(other)) {
        found.set(key, span);
      }
    }
    return [...found.values()];
  }

  async dispose(): Promise<void> {
    await this.#languages.dispose();
  }
}

function withoutBrackets(text: string, span: Span, name: string): Span {
  const first = text.charAt(span.start);
  const last = text.charAt(span.end - 1);
  const isPair = (first === "(" && last === ")") || (first === "{" && last === "}");
  return bracketed.has(name) && isPair && span.end - span.start >= 2
    ? { ...span, start: span.start + 1, end: span.end - 1 }
    : span;
}
