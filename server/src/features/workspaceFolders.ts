// The folders that are open in the editor; they come and go while the server runs.
import {
  type Connection,
  Emitter,
  type Event,
  type InitializeParams,
  type ServerCapabilities,
} from "vscode-languageserver/node";
import type { WorkspaceFolder } from "../workspace/workspaceFolders.js";
import type { Feature } from "./feature.js";

/** Keeps the list of open workspace folders. */
export class WorkspaceFolders implements Feature {
  #folders: readonly WorkspaceFolder[] = [];
  #connection: Connection | undefined;
  #clientTellsChanges = false;
  readonly #changed = new Emitter<void>();

  /** Fires when a folder was opened or closed. */
  readonly onDidChange: Event<void> = this.#changed.event;

  /** The folders that are open now; empty for an editor without a folder. */
  get folders(): readonly WorkspaceFolder[] {
    return this.#folders;
  }

  initialize(params: InitializeParams): ServerCapabilities {
    this.#clientTellsChanges = params.capabilities.workspace?.workspaceFolders === true;
    this.#folders = initialFolders(params);
    return { workspace: { workspaceFolders: { supported: true, changeNotifications: true } } };
  }

  register(connection: Connection): void {
    this.#connection = connection;
  }

  async initialized(): Promise<void> {
    if (this.#clientTellsChanges) {
      this.#connection?.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set([...removed, ...added].map((folder) => folder.uri));
        this.#folders = [...this.#folders.filter((folder) => !gone.has(folder.uri)), ...added];
        this.#changed.fire();
      });
    }
  }

  async dispose(): Promise<void> {
    this.#changed.dispose();
  }
}

/** Clients older than LSP 3.6 open one folder at most and say it in `rootUri`. */
function initialFolders(params: InitializeParams): readonly WorkspaceFolder[] {
  if (params.workspaceFolders) {
    return params.workspaceFolders;
  }
  return params.rootUri ? [{ uri: params.rootUri, name: "" }] : [];
}
