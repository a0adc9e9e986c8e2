// What the sources do alike with the candidates they have found.
import type { Candidate } from "../contextSource.js";
import type { IndexedFile, RepositoryIndex } from "../repositoryIndex.js";

/** A candidate with the place of the definition that it shows, where it shows one. */
export interface Scored extends Candidate {
  readonly place?: number;
}

/** The best of them, in a fixed order: by score, then by where they are. */
export function bestCandidates(found: Iterable<Scored>, limit: number): readonly Candidate[] {
  return [...found]
    .sort((a, b) => b.score - a.score || comparePlaces(a, b))
    .slice(0, limit)
    .map(({ file, ranges, score }) => ({ file, ranges, score }));
}

function comparePlaces(a: Candidate, b: Candidate): number {
  return compareFiles(a.file, b.file) || (a.ranges[0]?.start ?? 0) - (b.ranges[0]?.start ?? 0);
}

/** By folder, then by path. */
export function compareFiles(a: IndexedFile, b: IndexedFile): number {
  return compare(a.folder, b.folder) || compare(a.path, b.path);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * A name that so many files define says nothing, whichever of them it is looked up for: it is not worth going through
 * them. More than a source wants of any name, as some are in other languages.
 */
const mostDefiners = 64;

/** Do so many files define a name that looking it up is in vain? */
export function isEverywhere(name: string, index: RepositoryIndex): boolean {
  return index.definersOf(name) > mostDefiners;
}

/** The first of them, however many there are. */
export function* firstOf<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- === 0) {
      return;
    }
    yield item;
  }
}

/** Languages whose code calls one another's by name, as their files import one another. */
const families: readonly ReadonlySet<string>[] = [new Set(["typescript", "tsx", "javascript"]), new Set(["c", "cpp"])];

/** May code of one language name definitions of the other? */
export function isSameFamily(one: string | undefined, other: string | undefined): boolean {
  return (
    one === other ||
    (one !== undefined && other !== undefined && families.some((family) => family.has(one) && family.has(other)))
  );
}
