// The messages between the server and the index's worker. Every request has a number and gets exactly one last answer:
// `answer`, `cancelled` or `failed`. All else goes one way.
import type { ContextQuery } from "../contextSource.js";
import type { ContextAnswer, ContextOptions } from "../findContext.js";
import type { IndexerSetup } from "./createIndexer.js";
import type { IndexStatus } from "./indexStatus.js";
import type { DocumentEdit } from "./openDocuments.js";
import type { FileText } from "./textFeed.js";
import type { IndexFolder } from "./workspaceRoot.js";

/** What the worker is started with. */
export interface WorkerSetup extends IndexerSetup {
  /** One Int32: how many requests wait. The worker sees it while it works, a message only afterwards. */
  readonly waiting: SharedArrayBuffer;
}

/** The workspace folders that are open now; those with a scheme other than `file:` are not for the index. */
export interface FoldersMessage {
  readonly type: "folders";
  readonly folders: readonly IndexFolder[];
}

/** A document was opened, or has a new text. */
export interface DocumentMessage {
  readonly type: "document";
  readonly uri: string;
  readonly text: string;
}

/** An open document was edited; each edit counts in the text that the one before left. */
export interface EditsMessage {
  readonly type: "edits";
  readonly uri: string;
  readonly edits: readonly DocumentEdit[];
}

export interface CloseMessage {
  readonly type: "close";
  readonly uri: string;
}

/** Files or folders that were made, changed or removed; absolute. */
export interface ChangedPathsMessage {
  readonly type: "changedPaths";
  readonly paths: readonly string[];
}

/** Look at everything again. */
export interface RescanMessage {
  readonly type: "rescan";
}

/** Tell the texts of the files, from the beginning: those nearest to what is open, and again those that change. */
export interface TellTextsMessage {
  readonly type: "tellTexts";
  /** UTF-16 units of all of them, at most. */
  readonly most: number;
}

/** Stops building, or goes on where it was stopped. Questions are answered all the same. */
export interface PauseMessage {
  readonly type: "pause";
  readonly isPaused: boolean;
}

/** Saves, and ends the worker. */
export interface DisposeMessage {
  readonly type: "dispose";
}

/** Asks for what may help at a caret. */
export interface QueryRequest {
  readonly type: "query";
  readonly request: number;
  readonly query: ContextQuery;
  readonly options: ContextOptions;
}

/** Drops a request that is not answered yet. It still gets its last answer. */
export interface CancelMessage {
  readonly type: "cancel";
  readonly request: number;
}

export type MessageToWorker =
  | FoldersMessage
  | DocumentMessage
  | EditsMessage
  | CloseMessage
  | ChangedPathsMessage
  | RescanMessage
  | TellTextsMessage
  | PauseMessage
  | DisposeMessage
  | QueryRequest
  | CancelMessage;

export interface AnswerMessage {
  readonly type: "answer";
  readonly request: number;
  readonly answer: ContextAnswer;
}

export interface CancelledMessage {
  readonly type: "cancelled";
  readonly request: number;
}

/** The worker lives on. */
export interface FailedMessage {
  readonly type: "failed";
  readonly request: number;
  readonly message: string;
}

/** How far the index is; some times a second while it is being built. */
export interface StatusMessage {
  readonly type: "status";
  readonly status: IndexStatus;
}

/** Something that the user should know. */
export interface ProblemMessage {
  readonly type: "problem";
  readonly message: string;
}

/** The text of a file. */
export interface TextMessage extends FileText {
  readonly type: "text";
}

/** Saved; the worker ends. */
export interface DisposedMessage {
  readonly type: "disposed";
}

export type MessageFromWorker =
  | AnswerMessage
  | CancelledMessage
  | FailedMessage
  | StatusMessage
  | ProblemMessage
  | TextMessage
  | DisposedMessage;
