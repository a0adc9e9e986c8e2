// What the branch is about: its name's words, and those of the TODO that names the branch's issue, searched for together
// with the code around the caret.
import { caretSite } from "../caretSite.js";
import type { ContextQuery, ContextSource } from "../contextSource.js";
import type { RepositoryIndex } from "../repositoryIndex.js";
import { termsOf } from "../search/terms.js";
import { chunkCandidates, chunkText, searchOutside } from "./chunks.js";

/** Branches that are about nothing in particular, and words that say how a branch is used. */
const emptyWords = new Set(
  (
    "main master develop development dev trunk release staging production head feature feat fix bugfix hotfix chore " +
    "docs refactor test tests wip issue issues user users the a an and or for of to in on with from into add update"
  ).split(" "),
);

/** What a word of the branch counts beside one of the code: there are few of them, and they say what it is about. */
const branchWeight = 4;
const codeWeight = 0.25;

/** Terms that are searched for, the heaviest: a chunk has a word of the branch, the code only says which one comes first. */
const searchedTerms = 12;

/** Chunks in which a TODO with the issue's number is looked for. */
const mostTodos = 8;

/** The source. */
export const branchWords: ContextSource = {
  name: "branchWords",
  find(query, index, limit) {
    const words = wordsOfBranch(query.branch);
    for (const number of issueNumbers(query.branch)) {
      for (const word of wordsOfTodos(number, query, index)) {
        words.add(word);
      }
    }
    if (words.size === 0) {
      return [];
    }
    const site = caretSite(query, index);
    const terms = new Map([...termsOf(site.nearText)].map(([term, count]) => [term, count * codeWeight]));
    for (const word of words) {
      terms.set(word, (terms.get(word) ?? 0) + branchWeight);
    }
    // What has nothing of the branch's words is what bm25 finds anyway.
    return chunkCandidates(searchOutside(site, terms, index, { limit, mostTerms: searchedTerms, required: words }));
  },
};

/** The words of a branch's name that may stand in code. */
export function wordsOfBranch(branch: string): Set<string> {
  const terms = [...termsOf(branch.replaceAll("_", " ")).keys()];
  return new Set(terms.filter((term) => term.length > 2 && !emptyWords.has(term) && !/^\d+$/.test(term)));
}

/** Numbers in a branch's name that may be an issue's. */
export function issueNumbers(branch: string): readonly string[] {
  return [...branch.matchAll(/(?<![\d.])\d{1,6}(?![\d.])/g)].map(([number]) => number);
}

/** The words of comments that say TODO and name an issue. */
function wordsOfTodos(number: string, query: ContextQuery, index: RepositoryIndex): ReadonlySet<string> {
  const words = new Set<string>();
  const terms = new Map([
    ["todo", 1],
    ["fixme", 1],
    [number, 2],
  ]);
  for (const { file, index: place } of index.searchChunks(terms, { limit: mostTodos })) {
    const text = chunkText(query, file, place);
    for (const [line] of (text ?? "").matchAll(/^.*\b(?:TODO|FIXME|XXX)\b.*$/gm)) {
      if (new RegExp(`(?<!\\d)${number}(?!\\d)`).test(line)) {
        for (const word of wordsOfBranch(line.replace(/^.*?\b(?:TODO|FIXME|XXX)\b/, ""))) {
          words.add(word);
        }
      }
    }
  }
  return words;
}
