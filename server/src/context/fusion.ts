// Puts what the sources say into one list: reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) with a
// weight for each source; what several sources name is one snippet, and nothing of the window comes again. Pure.
import { caretSite, isOutsideWindow, textOf } from "./caretSite.js";
import type { Candidate, ContextQuery, ContextSnippet, TextRange } from "./contextSource.js";
import type { IndexedFile, RepositoryIndex } from "./repositoryIndex.js";
import { compareFiles } from "./sources/candidates.js";
import { cutRange, mergeRanges, overlap, wholeLines } from "./textRanges.js";

/**
 * The constant of reciprocal rank fusion. Cormack et al. take 60 for lists of a thousand; with lists of a dozen that
 * would make the last as good as the first.
 */
const rankConstant = 8;

/**
 * What a source's word counts. What the document names is most likely to be used (definitions), then what code like it
 * uses (similarUses); members and callees are among both mostly, and chunks that are alike say less in more room. What the
 * developer did says what they work on, and only now and then what comes next. Tuned for recall on the dev packages of
 * test/contextRecall, but for what lives on the developer and the editor, which is set by judgement.
 */
export const sourceWeights: Readonly<Record<string, number>> = {
  definitions: 1,
  languageServices: 0.8,
  callGraph: 0.05,
  classMembers: 0.15,
  bm25: 0.05,
  similarCode: 0.05,
  similarUses: 0.7,
  recentEdits: 0.4,
  recentViews: 0.25,
  developerApis: 0.25,
  coChangedFiles: 0.25,
  branchWords: 0.2,
};

/** Two parts of a file with so little between them are read as one: a mark between them would cost as much. */
const neighbourGap = 80;

/** Parts of a file that are no longer than this are read together, however far apart: heads of definitions. */
const longestPacked = 240;

/** What is read together with something better counts so much of its score for both: one of several is likely to help. */
const joinedShare = 0.3;

/** A snippet shorter than this says nothing. */
const shortestSnippet = 8;

/** What one source said, best first. */
export interface RankedList {
  readonly name: string;
  readonly candidates: readonly Candidate[];
}

/** Limits of the answer. */
export interface FusionLimits {
  /** Most UTF-16 units of one snippet. */
  readonly snippetLength: number;
  /** Most snippets. */
  readonly limit: number;
}

/** Something that one or more sources name. */
class Item {
  readonly file: IndexedFile;
  readonly sources: { readonly name: string; readonly rank: number }[];
  score: number;
  readonly #candidate: Candidate;
  #joined: readonly TextRange[] | undefined;

  constructor(candidate: Candidate, score: number, name: string, rank: number) {
    this.file = candidate.file;
    this.#candidate = candidate;
    this.score = score;
    this.sources = [{ name, rank }];
  }

  /** Where it is, as far as that is known without reading the file. */
  get core(): readonly TextRange[] {
    return this.#joined ?? coreOf(this.#candidate);
  }

  /** Asked for only of the best: a candidate may have to read the file to answer. */
  get ranges(): readonly TextRange[] {
    return this.#joined ?? this.#candidate.ranges;
  }

  join(ranges: readonly TextRange[]): void {
    this.#joined = mergeRanges([...this.ranges, ...ranges], neighbourGap);
  }
}

function coreOf(candidate: Candidate): readonly TextRange[] {
  return candidate.core === undefined ? candidate.ranges : [candidate.core];
}

/** One snippet list, best first: no two overlap, none overlaps the window, each within the length. */
export function fuse(
  lists: readonly RankedList[],
  query: ContextQuery,
  index: RepositoryIndex,
  { snippetLength, limit }: FusionLimits,
): readonly ContextSnippet[] {
  const site = caretSite(query, index);
  const votes = lists.flatMap(({ name, candidates }) =>
    candidates.map((candidate, place) => ({
      name,
      rank: place + 1,
      candidate,
      score: (sourceWeights[name] ?? 0) / (rankConstant + place + 1),
    })),
  );
  // The strongest word first: what it names gives an item its shape, others add to it.
  votes.sort((a, b) => b.score - a.score);
  const items: Item[] = [];
  const byFile = new Map<number, Item[]>();
  for (const { name, rank, candidate, score } of votes) {
    const { file } = candidate;
    const ofFile = byFile.get(file.id) ?? [];
    byFile.set(file.id, ofFile);
    const core = coreOf(candidate);
    const same = ofFile.find((item) => overlap(item.core, core));
    if (same === undefined) {
      const item = new Item(candidate, score, name, rank);
      items.push(item);
      ofFile.push(item);
    } else if (!same.sources.some((source) => source.name === name)) {
      same.score += score;
      same.sources.push({ name, rank });
    }
  }
  const best = items.sort(compareItems);
  const snippets: ContextSnippet[] = [];
  const taken = new Map<number, TextRange[]>();
  const texts = new Set<string>();
  for (const item of joinNeighbours(best.slice(0, 4 * limit), snippetLength)) {
    if (snippets.length === limit) {
      break;
    }
    const { file } = item;
    const text = textOf(query, file);
    if (text === undefined) {
      continue; // it has changed since, and will be indexed anew
    }
    const shaped = shape(text, item.ranges, snippetLength);
    const before = taken.get(file.id) ?? [];
    const written = shaped
      .map((range) => text.slice(range.start, range.end))
      .join("\n")
      .replace(/\r\n?/g, "\n");
    const isNew = !overlap(shaped, before) && isOutsideWindow(site, file, shaped) && !texts.has(written);
    if (shaped.length > 0 && isNew && written.trim().length >= shortestSnippet) {
      taken.set(file.id, [...before, ...shaped]);
      texts.add(written);
      snippets.push({
        folder: file.folder,
        path: file.path,
        start: (shaped[0] as TextRange).start,
        end: (shaped.at(-1) as TextRange).end,
        ranges: shaped,
        text: written,
        score: item.score,
        sources: item.sources,
      });
    }
  }
  return snippets;
}

function compareItems(a: Item, b: Item): number {
  return b.score - a.score || compareFiles(a.file, b.file);
}

/** Whole lines of a file, not longer together than a snippet may be. */
function shape(text: string, ranges: readonly TextRange[], length: number): readonly TextRange[] {
  const shaped: TextRange[] = [];
  let left = length;
  for (const range of mergeRanges(ranges.map((one) => wholeLines(text, one)))) {
    const cut = wholeLines(text, cutRange(text, range, left));
    if (cut.end > cut.start) {
      shaped.push(cut);
      left -= cut.end - cut.start + 1;
    }
    if (left <= 0) {
      break;
    }
  }
  return shaped;
}

function isHeads({ ranges }: Item): boolean {
  return ranges.every(({ start, end }) => end - start <= longestPacked);
}

/** Items of a file right beside a better one become part of it while that stays within the length. */
function joinNeighbours(items: readonly Item[], length: number): readonly Item[] {
  const joined: Item[] = [];
  const byFile = new Map<number, Item[]>();
  for (const item of items) {
    const ofFile = byFile.get(item.file.id) ?? [];
    byFile.set(item.file.id, ofFile);
    const neighbour = ofFile.find(
      (other) =>
        (distance(other.ranges, item.ranges) <= neighbourGap || (isHeads(item) && isHeads(other))) &&
        lengthOf(other.ranges) + lengthOf(item.ranges) + 1 <= length,
    );
    if (neighbour === undefined) {
      joined.push(item);
      ofFile.push(item);
    } else {
      neighbour.join(item.ranges);
      neighbour.score += joinedShare * item.score;
      for (const source of item.sources) {
        if (!neighbour.sources.some(({ name }) => name === source.name)) {
          neighbour.sources.push(source);
        }
      }
    }
  }
  return joined.sort(compareItems);
}

/** Characters between two lists of ranges where they are nearest. */
function distance(one: readonly TextRange[], other: readonly TextRange[]): number {
  const gaps = one.flatMap((a) => other.map((b) => Math.max(a.start - b.end, b.start - a.end)));
  return Math.min(...gaps);
}

function lengthOf(ranges: readonly TextRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start + 1, -1);
}
