// The whole question: what of the repository may help at this caret? Runs where the index is, in its worker.
import type { ContextQuery, ContextSnippet } from "./contextSource.js";
import { fuse } from "./fusion.js";
import type { RepositoryIndex } from "./repositoryIndex.js";
import { contextSources } from "./sources/index.js";

/** Candidates that a source may name which does not say itself: twice as many as a prompt has room for. */
const candidatesPerSource = 12;

/** How to ask. Plain data: it is sent to the worker. */
export interface ContextOptions {
  /** Names of sources to do without. */
  readonly disabled: readonly string[];
  /** Most UTF-16 units of one snippet. */
  readonly snippetLength: number;
  /** Most snippets. */
  readonly limit: number;
}

/** What one source said. */
export interface SourceReport {
  readonly name: string;
  readonly candidates: number;
  readonly milliseconds: number;
}

/** What was found, best first, and by whom. Plain data: it is sent by the worker. */
export interface ContextAnswer {
  readonly snippets: readonly ContextSnippet[];
  readonly sources: readonly SourceReport[];
}

/**
 * Asks every source and fuses what they say. Pure but for the times that it reports.
 *
 * @param now milliseconds of a clock that only goes forward
 */
export function findContext(
  query: ContextQuery,
  index: RepositoryIndex,
  { disabled, snippetLength, limit }: ContextOptions,
  now: () => number = () => 0,
): ContextAnswer {
  const reports: SourceReport[] = [];
  const lists = contextSources
    .filter(({ name }) => !disabled.includes(name))
    .map((source) => {
      const started = now();
      const candidates = source.find(query, index, source.most ?? candidatesPerSource);
      reports.push({ name: source.name, candidates: candidates.length, milliseconds: now() - started });
      return { name: source.name, candidates };
    });
  return { snippets: fuse(lists, query, index, { snippetLength, limit }), sources: reports };
}
