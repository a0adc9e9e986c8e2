// The open documents. Incremental changes are advertised; a client that sends whole texts is understood as well.
import {
  type Connection,
  type Disposable,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Feature } from "./feature.js";

/** Keeps the texts of the client's open documents. */
export class Documents implements Feature {
  readonly #documents = new TextDocuments(TextDocument);
  #subscription: Disposable | undefined;

  /** Fires for every change of an open document, and when one opens. */
  readonly onDidChange = this.#documents.onDidChangeContent;
  readonly onDidClose = this.#documents.onDidClose;

  initialize(): ServerCapabilities {
    return { textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental } };
  }

  register(connection: Connection): void {
    this.#subscription = this.#documents.listen(connection);
  }

  /** The open document with this URI, if there is one. */
  get(uri: string): TextDocument | undefined {
    return this.#documents.get(uri);
  }

  async dispose(): Promise<void> {
    this.#subscription?.dispose();
  }
}
