// The repository's part of a prompt, in the editor: keeps the index's worker told of what is open, changed, edited and
// looked at, and asks it. Nothing of the workspace is run; git's log is read where the workspace is trusted.
import { fileURLToPath } from "node:url";
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type Disposable,
  type InitializeParams,
  type ServerCapabilities,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { DocumentSnapshot } from "../completion/completion.js";
import { RepositoryContext, type Surroundings } from "../completion/repositoryContext.js";
import type { RepositoryMemory } from "../completion/repositoryMemory.js";
import type { LocatedName } from "../context/contextSource.js";
import { IndexClient } from "../context/index/client.js";
import {
  IndexStatusNotification,
  type IndexStatusParams,
  LocatedNamesNotification,
  TrustNotification,
  ViewNotification,
} from "../protocol.js";
import { disabledSources, type Settings } from "../settings.js";
import { CoChanges, readBranch, readCoChanges } from "../workspace/git.js";
import { type Installation, indexerSetup } from "../workspace/installation.js";
import { findFolder, type WorkspaceFolder } from "../workspace/workspaceFolders.js";
import { ActivityLog, findChange } from "./activity.js";
import type { Configuration } from "./configuration.js";
import type { Documents } from "./documents.js";
import type { Feature } from "./feature.js";
import { readInitializationOptions } from "./initializationOptions.js";
import { RepositoryChanges } from "./repositoryChanges.js";
import type { WorkspaceFolders } from "./workspaceFolders.js";

/** Longer documents are not compared with what they were: their edits are a tool's, and comparing them takes time. */
const longestCompared = 1024 * 1024;

/**
 * Texts of files that the model learns, UTF-16 units of all together: what its memory has room for, as a token has three
 * to four.
 */
const mostLearned = 9_000_000;

/** What git says of a folder, as it was read last. */
interface GitFacts {
  branch: string;
  coChanges: CoChanges;
}

const noFacts: GitFacts = { branch: "", coChanges: new CoChanges([]) };

/** Features that this one listens to. */
export interface ContextParts {
  readonly documents: Documents;
  readonly configuration: Configuration;
  readonly workspaceFolders: WorkspaceFolders;
  readonly installation: Installation;
  /** Folder's name in syntaxes/ for VS Code's language id. */
  readonly language: (languageId: string) => string | undefined;
}

/** Owns the index's worker, while the settings want one and a folder is open. */
export class Context implements Feature {
  /** Asks for snippets; there are none while there is no index. */
  readonly provider: RepositoryContext;
  readonly #parts: ContextParts;
  readonly #activity = new ActivityLog();
  readonly #changes = new RepositoryChanges();
  /** Texts of open documents before their last change. */
  readonly #texts = new Map<string, string>();
  readonly #git = new Map<string, GitFacts>();
  /** What the editor said last of the names near the caret, and in which document. */
  #located: { readonly uri: string; readonly names: readonly LocatedName[] } = { uri: "", names: [] };
  readonly #subscriptions: Disposable[] = [];
  readonly #stop = new AbortController();
  #connection: Connection | undefined;
  #client: IndexClient | undefined;
  /** What the worker was started with; other settings need another one. */
  #memoryLimit = 0;
  /** Resolves when the worker before the current one has saved and ended. */
  #closed: Promise<void> = Promise.resolve();
  #isTrusted = false;
  #storagePath: string | undefined;
  #canWatch = false;
  #sent = "";
  #memory: RepositoryMemory | undefined;
  /** The worker was asked for the files since the memory or the worker is another one. */
  #isTelling = false;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.provider = new RepositoryContext({
      ask: async (query, options, signal) =>
        this.#client === undefined ? { snippets: [], sources: [] } : this.#client.ask(query, options, signal),
      surroundings: (document) => this.#surroundings(document),
      language: parts.language,
      disabled: () => disabledSources(parts.configuration.settings),
      version: ({ uri }) => this.#versionAround(uri),
    });
  }

  initialize(params: InitializeParams): ServerCapabilities {
    const { trusted, storagePath } = readInitializationOptions(params.initializationOptions);
    this.#isTrusted = trusted;
    this.#storagePath = storagePath;
    this.#canWatch = params.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    return {};
  }

  register(connection: Connection): void {
    this.#connection = connection;
    const { documents, configuration, workspaceFolders } = this.#parts;
    this.#subscriptions.push(
      documents.onDidChange(({ document }: { document: TextDocument }) => this.#changed(document)),
      documents.onDidClose(({ document }: { document: TextDocument }) => this.#closedDocument(document.uri)),
      configuration.onDidChange((settings) => this.#follow(settings)),
      workspaceFolders.onDidChange(() => this.#follow(configuration.settings)),
    );
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes.filter((change) => !isInGit(change.uri))) {
        this.#changes.note(uri);
      }
      const paths = changes.flatMap(({ uri }) => pathOf(uri) ?? []);
      this.#client?.changePaths(paths.filter((path) => !isInGit(path)));
      if (paths.some(isInGit)) {
        void this.#readGit();
      }
    });
    connection.onNotification(ViewNotification.type, ({ uri, ranges }) => {
      const document = documents.get(uri);
      const place = this.#placeOf(uri);
      const [first] = ranges;
      const last = ranges.at(-1);
      if (document !== undefined && place !== undefined && first !== undefined && last !== undefined) {
        this.#activity.view(place, { start: document.offsetAt(first.start), end: document.offsetAt(last.end) });
      }
    });
    connection.onNotification(LocatedNamesNotification.type, ({ uri, names }) => {
      const located = names.flatMap(({ name, relation, uri: target, position: { line, character } }) => {
        const place = this.#placeOf(target);
        return place === undefined ? [] : [{ name, relation, ...place, line, character }];
      });
      this.#located = { uri, names: located };
    });
    connection.onNotification(TrustNotification.type, () => {
      this.#isTrusted = true;
      void this.#readGit();
    });
  }

  async initialized(): Promise<void> {
    if (this.#canWatch) {
      const watchers = [{ globPattern: "**/*" }, { globPattern: "**/.git/HEAD" }];
      await this.#connection?.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    this.#follow(this.#parts.configuration.settings);
  }

  async dispose(): Promise<void> {
    this.#stop.abort();
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
    this.#end();
    await this.#closed;
  }

  /** Tells a memory of the files, from now on, and no other any more. */
  teach(memory: RepositoryMemory | undefined): void {
    this.#memory = memory;
    this.#isTelling = false;
    this.#tellFiles();
  }

  /** Has the worker tell the files, where somebody learns from them and the settings want it. */
  #tellFiles(): void {
    const isWanted = this.#memory !== undefined && this.#parts.configuration.settings.context.memory;
    if (isWanted && !this.#isTelling && this.#client !== undefined) {
      this.#isTelling = true;
      this.#client.tellTexts(mostLearned);
    }
  }

  /** What a document is called when its file is told. */
  keyOf({ uri }: Pick<DocumentSnapshot, "uri">): string {
    const place = this.#placeOf(uri);
    return place === undefined ? uri : keyOfPlace(place);
  }

  /** Starts, changes or ends the worker as the settings and the open folders want it. */
  #follow({ enabled, context }: Settings): void {
    const folders = this.#folders();
    if (this.#stop.signal.aborted) {
      return;
    }
    if (!enabled || !context.enabled || folders.length === 0) {
      this.#end();
      this.#tell(off);
      return;
    }
    const memoryLimit = context.maxMemory * 1024 * 1024;
    if (this.#client !== undefined && memoryLimit !== this.#memoryLimit) {
      this.#end();
    }
    if (this.#client === undefined) {
      this.#memoryLimit = memoryLimit;
      this.#client = this.#start(memoryLimit);
      this.#isTelling = false;
      for (const [uri, text] of this.#texts) {
        this.#client.setDocument(uri, text);
      }
    }
    this.#client.setFolders(folders.map(({ uri, directory }) => ({ uri, directory })));
    this.#tellFiles();
    void this.#readGit();
  }

  #start(memoryLimit: number): IndexClient {
    const { installation } = this.#parts;
    return new IndexClient({
      script: installation.indexScript,
      setup: indexerSetup(installation, { memoryLimit, storageDirectory: this.#storagePath }),
      onStatus: (status) => this.#tell(status),
      onProblem: (message) => this.#connection?.console.warn(message),
      onText: ({ folder, path, text }) => this.#memory?.setFile(keyOfPlace({ folder, path }), text),
    });
  }

  #end(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) {
      this.#closed = client.dispose();
    }
  }

  #tell({ state, files, waiting, memoryBytes, memoryLimit, isCapped }: IndexStatusParams): void {
    const params: IndexStatusParams = { state, files, waiting, memoryBytes, memoryLimit, isCapped };
    const text = JSON.stringify(params);
    if (text !== this.#sent && !this.#stop.signal.aborted) {
      this.#sent = text;
      this.#connection?.sendNotification(IndexStatusNotification.type, params).catch(() => {});
    }
  }

  #changed(document: TextDocument): void {
    const { uri } = document;
    const text = document.getText();
    const before = this.#texts.get(uri);
    this.#texts.set(uri, text);
    const change =
      before === undefined || Math.max(text.length, before.length) > longestCompared
        ? undefined
        : findChange(before, text);
    if (before === text) {
      return;
    }
    if (before !== undefined) {
      this.#changes.note(uri);
    }
    if (change === undefined) {
      this.#client?.setDocument(uri, text);
      return;
    }
    const { start, removed, inserted } = change;
    this.#client?.editDocument(uri, [{ start, end: start + removed, text: text.slice(start, start + inserted) }]);
    const place = this.#placeOf(uri);
    if (place !== undefined) {
      this.#activity.edit(place, change);
    }
  }

  #closedDocument(uri: string): void {
    this.#texts.delete(uri);
    this.#changes.note(uri);
    this.#memory?.close(this.keyOf({ uri }));
    this.#client?.closeDocument(uri);
  }

  /** What prompts of this document are made of besides its own text, as far as it can become wrong. */
  #versionAround(uri: string): string {
    const place = this.#placeOf(uri);
    if (place === undefined || this.#client === undefined) {
      return "none";
    }
    const branch = this.#git.get(place.folder)?.branch ?? "";
    return [this.#changes.around(uri), branch, ...disabledSources(this.#parts.configuration.settings)].join();
  }

  #surroundings(document: DocumentSnapshot): Surroundings | undefined {
    const place = this.#placeOf(document.uri);
    if (place === undefined || this.#client === undefined) {
      return undefined;
    }
    const { branch, coChanges } = this.#git.get(place.folder) ?? noFacts;
    const { edits, views } = this.#activity;
    const located = this.#located.uri === document.uri ? this.#located.names : [];
    return { ...place, edits, views, branch, coChanged: coChanges.of(place.path), located };
  }

  #placeOf(uri: string): { readonly folder: string; readonly path: string } | undefined {
    const found = findFolder(uri, this.#parts.workspaceFolders.folders);
    return found && { folder: found.folder.uri, path: found.path };
  }

  /** The open folders that are on a disk. */
  #folders(): readonly (WorkspaceFolder & { readonly directory: string })[] {
    return this.#parts.workspaceFolders.folders.flatMap((folder) => {
      const directory = pathOf(folder.uri);
      return directory === undefined ? [] : [{ ...folder, directory }];
    });
  }

  /** Reads the branches, and what changes together where git may be run. */
  async #readGit(): Promise<void> {
    for (const { uri, directory } of this.#folders()) {
      const { coChanges } = this.#git.get(uri) ?? noFacts;
      this.#git.set(uri, { branch: await readBranch(directory), coChanges });
      if (this.#isTrusted && !this.#stop.signal.aborted) {
        const read = await readCoChanges(directory, this.#stop.signal);
        this.#git.set(uri, { ...(this.#git.get(uri) ?? noFacts), coChanges: read });
      }
    }
  }
}

const off: IndexStatusParams = {
  state: "off",
  files: 0,
  waiting: 0,
  memoryBytes: 0,
  memoryLimit: 0,
  isCapped: false,
};

function keyOfPlace({ folder, path }: { readonly folder: string; readonly path: string }): string {
  return `${folder}\n${path}`;
}

/** The path of a file on a disk; undefined for other schemes. */
function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

function isInGit(path: string): boolean {
  return /[/\\]\.git(?:[/\\]|$)/.test(path);
}
