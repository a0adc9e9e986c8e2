// The repository around a hole, as it was when the developer stood there: the hole's file with the hole in it, and of a
// commit's holes the files before the commit. What is to be found is in no index.
import { RepositoryContext } from "../completion/repositoryContext.js";
import type { RepositoryMemory } from "../completion/repositoryMemory.js";
import type { SnippetProvider } from "../completion/snippetProvider.js";
import { disabledSources, type Settings } from "../settings.js";
import type { Languages } from "../syntax/languages.js";
import type { Installation } from "../workspace/installation.js";
import { LocalIndex } from "../workspace/localIndex.js";
import type { Hole } from "./hole.js";
import { RevisionFolder } from "./revisionFolder.js";

export interface HoleContextOptions {
  readonly installation: Installation;
  readonly languages: Languages;
  /** The repository's folder, absolute. */
  readonly directory: string;
  readonly settings: Settings;
  /** Names of features and sources to do without. */
  readonly disabled: readonly string[];
  readonly signal: AbortSignal;
  /** Told what the user should know. */
  readonly onProblem: (message: string) => void;
}

/** Knows the repository around holes; one at a time. Dispose it. */
export class HoleContext {
  readonly #options: HoleContextOptions;
  #index: LocalIndex | undefined;
  #revisions: RevisionFolder | undefined;
  #revision: string | undefined;
  /** Path of the hole's file, which is open. */
  #opened: string | undefined;
  #memory: RepositoryMemory | undefined;

  constructor(options: HoleContextOptions) {
    this.#options = options;
  }

  /** Tells a memory of the repository's files, from the next hole on. It is asked about the files by their paths. */
  teach(memory: RepositoryMemory): void {
    this.#memory = memory;
  }

  /** What provides the snippets for a hole; it remembers nothing of other holes. */
  async at(hole: Pick<Hole, "path" | "prefix" | "suffix" | "revision">): Promise<SnippetProvider> {
    const { languages, settings, disabled } = this.#options;
    const index = await this.#indexAt(hole.revision);
    if (this.#opened !== undefined && this.#opened !== hole.path) {
      await this.#close(index, this.#opened);
    }
    this.#opened = hole.path;
    await index.openDocument(hole.path, hole.prefix + hole.suffix);
    const surroundings = { folder: index.folder, path: hole.path, edits: [], views: [], branch: "", coChanged: [] };
    return new RepositoryContext({
      ask: index.ask,
      surroundings: () => surroundings,
      language: (languageId) => languages.parsedId(languageId),
      disabled: () => [...disabledSources(settings), ...disabled],
    });
  }

  async dispose(): Promise<void> {
    await this.#index?.dispose();
    await this.#revisions?.dispose();
  }

  async #indexAt(revision: string | undefined): Promise<LocalIndex> {
    const { languages, directory, signal } = this.#options;
    if (revision === undefined) {
      this.#index ??= await this.#open(directory);
      return this.#index;
    }
    this.#revisions ??= await RevisionFolder.create(directory, languages);
    if (revision !== this.#revision) {
      if (this.#opened !== undefined && this.#index !== undefined) {
        await this.#close(this.#index, this.#opened);
        this.#opened = undefined;
      }
      const changed = await this.#revisions.checkOut(revision, signal);
      await this.#index?.changeFiles(changed);
      for (const path of changed) {
        this.#memory?.setFile(path, this.#index?.text(path));
      }
      this.#revision = revision;
    }
    this.#index ??= await this.#open(this.#revisions.path);
    return this.#index;
  }

  /** From now on the file is what the folder has. */
  async #close(index: LocalIndex, path: string): Promise<void> {
    await index.closeDocument(path);
    this.#memory?.setFile(path, index.text(path));
  }

  async #open(directory: string): Promise<LocalIndex> {
    const { installation, settings, signal, onProblem } = this.#options;
    const index = await LocalIndex.open({
      installation,
      directory,
      memoryLimit: settings.context.maxMemory * 1024 * 1024,
      signal,
      onProblem,
    });
    for (const { path, text } of index.texts()) {
      this.#memory?.setFile(path, text);
    }
    return index;
  }
}
