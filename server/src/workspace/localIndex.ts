// The index of a folder in this process: for the command line and the evaluation, which ask when it is built and have
// nothing else to do meanwhile. The editor's is in a worker (context/index/client.ts).
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AskIndex } from "../completion/repositoryContext.js";
import { findContext } from "../context/findContext.js";
import { createIndexer } from "../context/index/createIndexer.js";
import type { Indexer } from "../context/index/indexer.js";
import type { IndexStatus } from "../context/index/indexStatus.js";
import { type Installation, indexerSetup } from "./installation.js";

export interface LocalIndexOptions {
  readonly installation: Installation;
  /** Absolute path. */
  readonly directory: string;
  /** Bytes that the index may take. */
  readonly memoryLimit: number;
  readonly signal: AbortSignal;
  /** Told what the user should know. */
  readonly onProblem: (message: string) => void;
  /** Is open from the beginning: the files nearest to it are read first. */
  readonly document?: { readonly uri: string; readonly text: string } | undefined;
  /** Milliseconds after which what is read has to do; without it all is read. */
  readonly patience?: number | undefined;
}

/** The index of one folder. Dispose it. */
export class LocalIndex {
  /** URI of the folder. */
  readonly folder: string;
  readonly #indexer: Indexer;
  readonly #signal: AbortSignal;

  private constructor(folder: string, indexer: Indexer, signal: AbortSignal) {
    this.folder = folder;
    this.#indexer = indexer;
    this.#signal = signal;
  }

  /** Reads a folder; rejects when the signal aborts. */
  static async open({
    installation,
    directory,
    memoryLimit,
    signal,
    onProblem,
    document,
    patience,
  }: LocalIndexOptions): Promise<LocalIndex> {
    const setup = indexerSetup(installation, { memoryLimit });
    const indexer = await createIndexer(setup, { onProblem });
    const folder = pathToFileURL(directory).href;
    const index = new LocalIndex(folder, indexer, signal);
    try {
      indexer.setFolders([{ uri: folder, directory }]);
      if (document !== undefined) {
        indexer.setDocument(document.uri, document.text);
      }
      await index.update(patience);
    } catch (error) {
      await index.dispose();
      throw error;
    }
    return index;
  }

  get status(): IndexStatus {
    return this.#indexer.status;
  }

  /** Asks the index as it is now. */
  readonly ask: AskIndex = async (query, options) =>
    findContext(query, this.#indexer.index, options, () => performance.now());

  /** The files that are in it, in the order of their paths; those that cannot be read any more are left out. */
  *texts(): Generator<{ readonly path: string; readonly text: string }> {
    for (const file of this.#indexer.index.files()) {
      const text = file.text();
      if (text !== undefined) {
        yield { path: file.path, text };
      }
    }
  }

  /** The text of a file that is in it; undefined for any other. @param path relative to the folder */
  text(path: string): string | undefined {
    return this.#indexer.index.file(this.folder, path)?.text();
  }

  /** This text stands for what is on disk at a path in the folder, until it is closed. */
  async openDocument(path: string, text: string): Promise<void> {
    this.#indexer.setDocument(this.#uriOf(path), text);
    await this.update();
  }

  /** What is on disk counts again. */
  async closeDocument(path: string): Promise<void> {
    this.#indexer.closeDocument(this.#uriOf(path));
    await this.update();
  }

  /** Reads what has changed. @param paths relative to the folder */
  async changeFiles(paths: readonly string[]): Promise<void> {
    this.#indexer.changePaths(paths.map((path) => fileURLToPath(this.#uriOf(path))));
    await this.update();
  }

  async dispose(): Promise<void> {
    await this.#indexer.dispose();
  }

  /** Reads what is to be read. @param patience milliseconds after which the rest is left for the next time */
  async update(patience?: number): Promise<void> {
    const limit = patience === undefined ? [] : [AbortSignal.timeout(patience)];
    const signal = AbortSignal.any([this.#signal, ...limit]);
    // Without a pause the event loop would not turn, and neither Ctrl+C nor the limit would be heard.
    await this.#indexer.run({ signal, pause: () => setImmediate() });
    this.#signal.throwIfAborted();
  }

  #uriOf(path: string): string {
    return `${this.folder}/${path.split("/").map(encodeURIComponent).join("/")}`;
  }
}
