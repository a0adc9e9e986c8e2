// A package as an editor has it: indexed, with one file open that has a hole in it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { SymbolExtractor } from "../../server/src/context/ast/extract.js";
import type { ContextQuery } from "../../server/src/context/contextSource.js";
import { defaultMemoryLimit, Indexer } from "../../server/src/context/index/indexer.js";
import { diskSources } from "../../server/src/context/index/sourceFiles.js";
import type { RepositoryIndex } from "../../server/src/context/repositoryIndex.js";
import type { Hole } from "../../server/src/evaluation/hole.js";
import type { Languages } from "../../server/src/syntax/languages.js";
import { decodeSource } from "../../server/src/workspace/sourceFile.js";

/** What a prompt has room for. UTF-16 units. */
export interface PromptRoom {
  /** Of the document before and after the caret. */
  readonly prefix: number;
  readonly suffix: number;
  /** Of one snippet. */
  readonly snippet: number;
  /** Of all snippets; in tokens. */
  readonly budget: number;
}

/** An indexed package; dispose it. */
export class Repository {
  readonly directory: string;
  readonly #uri: string;
  readonly #indexer: Indexer;
  readonly #languages: Languages;

  private constructor(directory: string, indexer: Indexer, languages: Languages) {
    this.directory = directory;
    this.#uri = pathToFileURL(directory).href;
    this.#indexer = indexer;
    this.#languages = languages;
  }

  /** @param languages loaded with the extractor's queries */
  static async open(directory: string, languages: Languages, signal: AbortSignal): Promise<Repository> {
    const indexer = new Indexer({
      extractor: new SymbolExtractor(languages),
      sources: diskSources,
      gitUser: { home: undefined },
      memoryLimit: defaultMemoryLimit,
      clock: { now: () => performance.now(), time: () => Date.now() },
      onProblem: (problem) => process.stderr.write(`${problem}\n`),
    });
    const repository = new Repository(directory, indexer, languages);
    indexer.setFolders([{ uri: repository.#uri, directory }]);
    await indexer.run({ signal });
    signal.throwIfAborted();
    return repository;
  }

  get index(): RepositoryIndex {
    return this.#indexer.index;
  }

  /** Paths of the indexed files of some languages, by their folders in syntaxes/. */
  paths(ids: readonly string[]): readonly string[] {
    return [...this.index.files()]
      .filter(({ language }) => language !== undefined && ids.includes(language))
      .map(({ path }) => path);
  }

  /** The text of a file; undefined for a binary one. */
  async text(path: string): Promise<string | undefined> {
    return decodeSource(await readFile(join(this.directory, path)));
  }

  /** Opens the hole's file with the hole cut out, and lets somebody look at the index as it is then. */
  async withHole<Result>(
    hole: Hole,
    { prefix, suffix }: PromptRoom,
    look: (query: ContextQuery, index: RepositoryIndex) => Result,
  ): Promise<Result> {
    const uri = `${this.#uri}/${hole.path.split("/").map(encodeURIComponent).join("/")}`;
    const text = hole.prefix + hole.suffix;
    const offset = hole.prefix.length;
    this.#indexer.setDocument(uri, text);
    await this.#indexer.run({ signal: new AbortController().signal });
    const query: ContextQuery = {
      folder: this.#uri,
      path: hole.path,
      language: this.#languages.ofPath(hole.path)?.id,
      text,
      offset,
      window: { start: Math.max(0, offset - prefix), end: Math.min(text.length, offset + suffix) },
      edits: [],
      views: [],
      branch: "",
      coChanged: [],
    };
    const result = look(query, this.index);
    this.#indexer.closeDocument(uri);
    await this.#indexer.run({ signal: new AbortController().signal });
    return result;
  }

  dispose(): void {
    this.#indexer.dispose();
  }
}
