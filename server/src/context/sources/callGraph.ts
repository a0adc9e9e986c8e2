// The call graph around the caret: the signatures of what the enclosing function calls, the places that call it, and how
// what it calls is called elsewhere.
import { caretSite, isOutsideWindow, isOwnFile, textOf } from "../caretSite.js";
import type { ContextQuery, ContextSource } from "../contextSource.js";
import type { IndexedFile, LocatedReference, RepositoryIndex } from "../repositoryIndex.js";
import { compactHead, isCallable } from "../shapes.js";
import type { Definition } from "../symbols.js";
import { lineEnd, lineStart } from "../textRanges.js";
import { bestCandidates, firstOf, isEverywhere, isSameFamily, type Scored } from "./candidates.js";

/** Calls in the enclosing function that are followed, the ones nearest the caret. */
const mostCallees = 12;

/** How the callees nearest the caret are used elsewhere: so many callees, so many places each. */
const usedCallees = 4;
const mostUses = 2;

/** Callers that are shown: how a function is called says what its parameters are. */
const mostCallers = 3;

/** Mentions of a name that are looked at; one with more is called everywhere and needs no example. */
const mostMentions = 96;

/** A name that so many definitions have is too common to tell which one is meant. */
const mostDefinitions = 6;

/** What each is worth beside a callee's signature. */
const useShare = 0.8;
const callerShare = 0.6;

/** What a callee calls itself, one step on: so many of its calls, where they are defined near it. */
const nextShare = 0.3;
const mostNext = 4;

/** Lines of a use: the call's own and the one after it, which says what becomes of the result. */
const linesOfUse = 2;

/** The source. */
export const callGraph: ContextSource = {
  name: "callGraph",
  find(query, index, limit) {
    const site = caretSite(query, index);
    const found: Scored[] = [];
    const callees = calleesNear(query, index);
    for (const [name, weight] of callees) {
      for (const { file, index: place } of definitionsNamed(name, query, index)) {
        // As the file's own list has it: what is looked up may be another object.
        const definition = file.symbols.definitions[place] as Definition;
        const text = textOf(query, file);
        if (text === undefined) {
          continue;
        }
        const ranges = [compactHead(text, definition)];
        if (isCallable(definition) && isOutsideWindow(site, file, ranges)) {
          found.push({ file, ranges, score: weight });
          found.push(...calleesOf(definition, file, query, index, weight * nextShare));
        }
      }
    }
    for (const [name, weight] of callees.slice(0, usedCallees)) {
      if (definitionsNamed(name, query, index).length > 0) {
        found.push(...usesOf(name, query, index, mostUses, weight * useShare));
      }
    }
    const { file, enclosing } = site;
    const around = enclosing.map((place) => file?.symbols.definitions[place]).find((one) => one && isCallable(one));
    if (around !== undefined) {
      found.push(...usesOf(around.name, query, index, mostCallers, callerShare));
    }
    return bestCandidates(found, limit);
  },
};

/** The signatures of what a function calls that is defined in its own folder. */
function calleesOf(
  caller: Definition,
  from: IndexedFile,
  query: ContextQuery,
  index: RepositoryIndex,
  score: number,
): readonly Scored[] {
  const site = caretSite(query, index);
  const { definitions, references } = from.symbols;
  const calls = references.filter(({ kind, definition }) => kind === "call" && definitions[definition] === caller);
  const folder = from.path.slice(0, from.path.lastIndexOf("/") + 1);
  return [...new Set(calls.map(({ name }) => name))].slice(0, mostNext).flatMap((name) => {
    const near = definitionsNamed(name, query, index).find(({ file }) => file.path.startsWith(folder));
    const text = near && textOf(query, near.file);
    if (near === undefined || text === undefined || !isCallable(near.definition)) {
      return [];
    }
    const ranges = [compactHead(text, near.definition)];
    return isOutsideWindow(site, near.file, ranges) ? [{ file: near.file, ranges, score }] : [];
  });
}

/** Names called around the caret with their weight, the nearest first. */
function calleesNear(query: ContextQuery, index: RepositoryIndex): readonly (readonly [string, number])[] {
  const { file, enclosing, offset, names } = caretSite(query, index);
  const weights = new Map<string, number>();
  const raise = (name: string, weight: number): void => {
    weights.set(name, Math.max(weight, weights.get(name) ?? 0));
  };
  const before = query.text.slice(Math.max(0, query.offset - 160), query.offset);
  // The call that is being written may be no call yet for a parser: `total = measure(`.
  const open = [...before.matchAll(/([\p{L}_$][\p{L}\p{N}_$]*)\s*\(/gu)].at(-1)?.[1];
  if (open !== undefined) {
    raise(open, 1);
  }
  const definitions = file?.symbols.definitions ?? [];
  const around = enclosing.map((place) => definitions[place]).find((one) => one !== undefined && isCallable(one));
  for (const { name, kind, start } of file?.symbols.references ?? []) {
    if (kind === "call" && (around === undefined ? names.has(name) : start > around.start && start < around.end)) {
      raise(name, Math.max(names.get(name) ?? 0, 1 / (2 + Math.abs(start - offset) / 400)));
    }
  }
  return [...weights].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, mostCallees);
}

/** The definitions that a name may mean; none where there are too many to tell. */
function definitionsNamed(name: string, query: ContextQuery, index: RepositoryIndex) {
  const found = [];
  if (isEverywhere(name, index)) {
    return [];
  }
  for (const one of index.definitionsOf(name, query)) {
    if (isSameFamily(one.file.language, query.language) && found.push(one) > mostDefinitions) {
      return [];
    }
  }
  return found;
}

/** Places that call a name: in the files nearest to the caret's, one for each file. */
function usesOf(name: string, query: ContextQuery, index: RepositoryIndex, count: number, score: number): Scored[] {
  const site = caretSite(query, index);
  const byFile = new Map<number, LocatedReference>();
  for (const one of firstOf(index.referencesTo(name, query), mostMentions)) {
    const { file, reference } = one;
    const isOwn = isOwnFile(site, file) && reference.start >= site.window.start && reference.start < site.window.end;
    if (reference.kind === "call" && !isOwn && isSameFamily(file.language, query.language) && !byFile.has(file.id)) {
      byFile.set(file.id, one);
      if (byFile.size === count) {
        break;
      }
    }
  }
  return [...byFile.values()].flatMap(({ file, reference }, place) => {
    const text = textOf(query, file);
    if (text === undefined) {
      return [];
    }
    const ranges = [linesAt(text, reference.start)];
    return isOutsideWindow(site, file, ranges) ? [{ file, ranges, score: score / (1 + place / 4) }] : [];
  });
}

function linesAt(text: string, offset: number) {
  const start = lineStart(text, offset);
  let end = lineEnd(text, offset);
  for (let line = 1; line < linesOfUse && end < text.length; line++) {
    end = lineEnd(text, text.indexOf("\n", end) + 1);
  }
  return { start, end };
}
