// What the sources of snippets can ask about a repository. The index itself lives in a worker (index/); tests make small
// ones of plain texts.
import type { Project } from "./ast/importResolution/project.js";
import type { Definition, FileSymbols, Reference } from "./symbols.js";

/** A file that is in the index. */
export interface IndexedFile {
  /** Names the file within the index as long as it is there; small whole numbers. */
  readonly id: number;
  /** URI of the workspace folder that it is in. */
  readonly folder: string;
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  /** Folder's name in syntaxes/; undefined for a file without a grammar. */
  readonly language: string | undefined;
  /** Of an open document with all references; of others with calls and types only, which are what is asked across files. */
  readonly symbols: FileSymbols;
  /** What `symbols.definitions` has at this place: for who needs few of many, as the others are not decoded for it. */
  definition(place: number): Definition | undefined;
  /** The text that the offsets belong to; undefined when the file has gone or changed since. */
  text(): string | undefined;
}

/** A definition and where it is. */
export interface LocatedDefinition {
  readonly file: IndexedFile;
  /** Place in `file.symbols.definitions`. */
  readonly index: number;
  readonly definition: Definition;
}

/** A mention of a name and where it is. */
export interface LocatedReference {
  readonly file: IndexedFile;
  readonly reference: Reference;
}

/** A chunk that was searched for. */
export interface LocatedChunk {
  readonly file: IndexedFile;
  /** Place in `file.symbols.chunks`. */
  readonly index: number;
  /** BM25, > 0. */
  readonly score: number;
}

export interface ChunkSearchOptions {
  /** Most results. */
  readonly limit: number;
  /** Most terms that are searched for, the heaviest by weight and rarity; all when not given. */
  readonly mostTerms?: number;
  /** Terms of which a chunk must have one. */
  readonly required?: ReadonlySet<string>;
  /** Leaves chunks out before they are counted. */
  readonly accepts?: (file: IndexedFile, chunk: number) => boolean;
}

/** A repository's files, open documents as they are in the editor. Answers are in a fixed order for the same content. */
export interface RepositoryIndex {
  readonly fileCount: number;
  /** In the order of folder and path. */
  files(): Iterable<IndexedFile>;
  file(folder: string, path: string): IndexedFile | undefined;
  /** What resolving imports needs to know of a workspace folder. */
  project(folder: string): Project;
  /** Where a name is defined; the files nearest to a place first, by folders, else in the order of `files`. */
  definitionsOf(name: string, near?: Pick<IndexedFile, "folder" | "path">): Iterable<LocatedDefinition>;
  /** Where a name is called or named as a type, in the same order; other mentions are not kept. */
  referencesTo(name: string, near?: Pick<IndexedFile, "folder" | "path">): Iterable<LocatedReference>;
  /** How many files define a name, roughly. */
  definersOf(name: string): number;
  /** How many files call a name or name it as a type, roughly: a file that changed counts anew until lists are put in order. */
  mentionsOf(name: string): number;
  /** Chunks by BM25; `terms` are those of search/terms.ts with their weights. */
  searchChunks(terms: ReadonlyMap<string, number>, options: ChunkSearchOptions): readonly LocatedChunk[];
}
