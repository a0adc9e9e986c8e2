// Asks for a hole's snippets as the engine does, all sources together and each alone, and looks for the definition.
import { assemble } from "../../server/src/context/assembler.js";
import type { ContextQuery, ContextSnippet } from "../../server/src/context/contextSource.js";
import { findContext } from "../../server/src/context/findContext.js";
import type { RepositoryIndex } from "../../server/src/context/repositoryIndex.js";
import { contextSources } from "../../server/src/context/sources/index.js";

/** As many as the engine asks for; recall looks at the first few of them. */
const mostSnippets = 24;

/** What a token of source text usually stands for, in characters (completion/repositoryContext.ts). */
const charactersPerToken = 3;

/** A definition: the part of a file that says its name and how to use it. */
export interface DefinitionHead {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** What was found for a hole: by all sources together, and by each alone. Best first. */
export interface Found {
  readonly fused: readonly ContextSnippet[];
  readonly bySource: ReadonlyMap<string, readonly ContextSnippet[]>;
}

/** @param snippetLength most UTF-16 units of a snippet */
export function findAll(query: ContextQuery, index: RepositoryIndex, snippetLength: number): Found {
  const names = contextSources.map(({ name }) => name);
  const find = (disabled: readonly string[]): readonly ContextSnippet[] =>
    findContext(query, index, { disabled, snippetLength, limit: mostSnippets }).snippets;
  return {
    fused: find([]),
    bySource: new Map(names.map((name) => [name, find(names.filter((other) => other !== name))])),
  };
}

/**
 * The snippets that a prompt would have room for, as the engine chooses them.
 *
 * @param budget tokens
 */
export function inPrompt(snippets: readonly ContextSnippet[], budget: number): readonly ContextSnippet[] {
  return assemble(snippets, [], {
    budget,
    cost: ({ path, text }) => Math.ceil((path.length + text.length) / charactersPerToken) + 2, // a mark and a line end
  });
}

/** Which snippet has the definition's name and head, 1 for the best; undefined when none has. */
export function rankOfHead(snippets: readonly ContextSnippet[], head: DefinitionHead): number | undefined {
  const place = snippets.findIndex(
    ({ path, ranges }) => path === head.path && ranges.some(({ start, end }) => start <= head.start && end >= head.end),
  );
  return place < 0 ? undefined : place + 1;
}
