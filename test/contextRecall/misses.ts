// Why a definition is not among the snippets: where on its way it was lost.
import type { ContextQuery, ContextSnippet } from "../../server/src/context/contextSource.js";
import type { RepositoryIndex } from "../../server/src/context/repositoryIndex.js";
import type { RecallHole } from "./holes.js";
import { type DefinitionHead, type Found, rankOfHead } from "./recall.js";

/** Reasons from the first that can be to the last, with what they say. */
export const missReasons = {
  notIndexed: "the definition's file is not in the index",
  notExtracted: "the file's symbols do not have the definition",
  outranked: "it is among the fused snippets, behind the first five",
  notFused: "a source alone has it, the fusion does not",
  cutOff: "a snippet has its name without its head",
  nameUnseen: "no source has it, and its name is nowhere else in the document",
  nameSeen: "no source has it, though its name is in the document",
} as const;
export type MissReason = keyof typeof missReasons;

/** A miss to look at. */
export interface Miss {
  readonly reason: MissReason;
  readonly id: string;
  readonly target: string;
  readonly kind: string;
  readonly definition: string;
  /** The end of the code before the hole, with the hole's text in `⟦⟧`. */
  readonly around: string;
  /** Rank by source, of those that have it alone. */
  readonly ranks: Readonly<Record<string, number>>;
  /** The first five of the fused snippets, as `path: first line (sources)`. */
  readonly instead: readonly string[];
}

/** Says why a definition was missed; asked while the hole is in the index. */
export function explainMiss(
  { hole, target }: RecallHole,
  head: DefinitionHead,
  found: Found,
  query: ContextQuery,
  index: RepositoryIndex,
): Miss {
  const ranks: Record<string, number> = {};
  for (const [name, snippets] of found.bySource) {
    const rank = rankOfHead(snippets, head);
    if (rank !== undefined) {
      ranks[name] = rank;
    }
  }
  return {
    reason: reasonOf(head, target.name, found, ranks, query, index),
    id: hole.id,
    target: target.name,
    kind: target.kind,
    definition: `${target.definitionFile}:${target.definitionStart}`,
    around: `${hole.prefix.split("\n").slice(-3).join("\n")}⟦${hole.middle}⟧`,
    ranks,
    instead: found.fused
      .slice(0, 5)
      .map(({ path, text, sources }) => `${path}: ${firstLine(text)} (${sources.map(({ name }) => name).join(", ")})`),
  };
}

function reasonOf(
  head: DefinitionHead,
  name: string,
  { fused, bySource }: Found,
  ranks: Readonly<Record<string, number>>,
  query: ContextQuery,
  index: RepositoryIndex,
): MissReason {
  const file = index.file(query.folder, head.path);
  if (file === undefined) {
    return "notIndexed";
  }
  if (!file.symbols.definitions.some(({ nameStart }) => nameStart === head.start)) {
    return "notExtracted";
  }
  if (rankOfHead(fused, head) !== undefined) {
    return "outranked";
  }
  if (Object.keys(ranks).length > 0) {
    return "notFused";
  }
  const hasName = ({ path, ranges }: ContextSnippet) =>
    path === head.path && ranges.some(({ start, end }) => start <= head.start && end > head.start);
  if ([fused, ...bySource.values()].some((snippets) => snippets.some(hasName))) {
    return "cutOff";
  }
  const isName = new RegExp(`(?<![\\p{L}\\p{N}_$])${name.replaceAll("$", "\\$")}(?![\\p{L}\\p{N}_$])`, "u");
  return isName.test(query.text) ? "nameSeen" : "nameUnseen";
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
