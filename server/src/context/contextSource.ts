// The interface of a source of snippets: one idea of what may help at a caret, one file in sources/.
import type { IndexedFile, RepositoryIndex } from "./repositoryIndex.js";

/** A place that was edited or looked at. Offsets in the file as it is now. */
export interface Activity {
  readonly folder: string;
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** What the editor's own language services say that a name near the caret means. */
export interface LocatedName {
  readonly name: string;
  /** Whether this is where the name is defined, or where the type is of what it names. */
  readonly relation: "definition" | "type";
  readonly folder: string;
  readonly path: string;
  /** In that file; zero-based, in UTF-16 units. */
  readonly line: number;
  readonly character: number;
}

/** What is asked: the document, the caret, and what the developer just did. Plain data, recorded with every prompt. */
export interface ContextQuery {
  /** URI of the workspace folder; empty outside every folder. */
  readonly folder: string;
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  /** Folder's name in syntaxes/; undefined for a language without one. */
  readonly language: string | undefined;
  readonly text: string;
  /** Of the caret, a UTF-16 offset. */
  readonly offset: number;
  /** The part of the text that the prompt holds as prefix and suffix: nothing of it may come again as a snippet. */
  readonly window: TextRange;
  /** Newest first. */
  readonly edits: readonly Activity[];
  /** Newest first. */
  readonly views: readonly Activity[];
  /** Name of git's branch; empty where there is none. */
  readonly branch: string;
  /** Paths in the folder that git's log says change together with this file, with how often, most first. */
  readonly coChanged: readonly { readonly path: string; readonly times: number }[];
  /** The names nearest to the caret first; none where there is no editor, or it has not answered in time. */
  readonly located?: readonly LocatedName[];
}

/** Part of a text: UTF-16 offsets, half-open. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A piece of a file that may help: one part of it, or several that are read together, as the heads of a class's methods. */
export interface Candidate {
  readonly file: IndexedFile;
  /** At least one; in the order of their starts, not overlapping. */
  readonly ranges: readonly TextRange[];
  /** A part of it that is known without reading the file, as `ranges` may not be: what it is compared with others by. */
  readonly core?: TextRange;
  /** The source's own measure, comparable within one answer of one source; higher is better. */
  readonly score: number;
}

/** One source. Pure: the same query on the same index gives the same candidates in the same order. */
export interface ContextSource {
  /** Names its switch, and the source in reports: camelCase. */
  readonly name: string;
  /** Candidates that are worth asking for, where short ones are read together; a dozen when not given. */
  readonly most?: number;
  /** Best first, at most `limit`. */
  find(query: ContextQuery, index: RepositoryIndex, limit: number): readonly Candidate[];
}

/** A snippet of the prompt with where it came from. */
export interface ContextSnippet {
  readonly folder: string;
  readonly path: string;
  /** Of the first of its ranges. */
  readonly start: number;
  /** Of the last of its ranges. */
  readonly end: number;
  /** The parts of the file that the text is made of, in their order; what lies between two of them is left out. */
  readonly ranges: readonly TextRange[];
  /** LF line ends. */
  readonly text: string;
  /** Fused score, higher is better. */
  readonly score: number;
  /** The sources that found it, with the rank in each, 1 for the best. */
  readonly sources: readonly { readonly name: string; readonly rank: number }[];
}
