// From a syntax tree to symbols: one parse and one run of one query, then plain passes over what it captured.
import type { QuerySelection } from "../../syntax/language.js";
import type { Capture, IsLate, SyntaxDocument } from "../../syntax/parser.js";
import type { FileSymbols } from "../symbols.js";
import { collectDefinitions } from "./definitions.js";
import { collectImports } from "./imports.js";
import { collectReferences } from "./references.js";
import { syntaxChunks } from "./syntaxChunks.js";

/** Run as one: a walk over the tree costs about as much as what it finds. */
export const symbolQueries: QuerySelection = ["tags", "imports", "references"];

/** How much is wanted. */
export interface ExtractOptions {
  /** Without mentions that are neither calls nor types, of which there are more than of all else. */
  readonly withoutMentions?: boolean;
}

/** The captures of one match of a pattern. */
export type Match = readonly Capture[];

/**
 * The symbols of a document as it is.
 *
 * @param isLate asked again and again; the work is given up when the answer is true
 * @returns undefined when it gave up
 */
export function extractSymbols(
  document: SyntaxDocument,
  isLate?: IsLate,
  { withoutMentions = false }: ExtractOptions = {},
): FileSymbols | undefined {
  const matches = document.matches(symbolQueries, isLate);
  const mentions = withoutMentions ? [] : document.captures("mentions", isLate);
  if (matches === undefined || mentions === undefined) {
    return undefined;
  }
  const { text } = document;
  const sorted = sortMatches(matches);
  const definitions = collectDefinitions(text, sorted.definitions, sorted.leading, sorted.names, sorted.bases);
  const imports = collectImports(text, sorted.imports);
  const references = collectReferences(text, [...sorted.references, ...mentions], definitions, imports);
  const chunks = syntaxChunks(document, definitions, isLate);
  return chunks && { definitions, references, imports, chunks };
}

/** Matches by what they are about. */
interface SortedMatches {
  readonly definitions: Match[];
  /** Comments and decorators. */
  readonly leading: Capture[];
  /** Names apart from the pattern of what they name. */
  readonly names: Capture[];
  /** Bases apart from the pattern of their class. */
  readonly bases: Capture[];
  readonly references: Capture[];
  readonly imports: Match[];
}

function sortMatches(matches: readonly Match[]): SortedMatches {
  const sorted: SortedMatches = { definitions: [], leading: [], names: [], bases: [], references: [], imports: [] };
  for (const match of matches) {
    const first = match[0];
    if (first === undefined) {
      continue;
    }
    if (first.name.startsWith("definition.")) {
      sorted.definitions.push(match);
    } else if (first.name.startsWith("reference.")) {
      sorted.references.push(first);
    } else if (first.name === "doc" || first.name === "decorator") {
      // `template <typename T>` is two nodes.
      sorted.leading.push({ ...first, end: match.at(-1)?.end ?? first.end });
    } else if (first.name === "name") {
      sorted.names.push(first);
    } else if (first.name === "base") {
      sorted.bases.push(first);
    } else {
      sorted.imports.push(match);
    }
  }
  return sorted;
}
