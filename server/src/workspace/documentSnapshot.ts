// The one place that turns a text document into what the engine sees. The language server and `horizon complete` share
// it, so that both ask the same question about the same file.
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { DocumentSnapshot } from "../completion/completion.js";
import { locateDocument, type WorkspaceFolder } from "./workspaceFolders.js";

/** The document as it is now, with its place in the workspace. */
export function snapshotDocument(document: TextDocument, folders: readonly WorkspaceFolder[]): DocumentSnapshot {
  return {
    ...locateDocument(document.uri, folders),
    uri: document.uri,
    languageId: document.languageId,
    version: document.version,
    text: document.getText(),
  };
}
