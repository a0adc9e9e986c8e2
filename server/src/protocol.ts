// Every message of ours beyond LSP: method, direction and parameter types. The client imports this file and no other
// of the server's.
import { MessageDirection, ProtocolNotificationType, ProtocolRequestType } from "vscode-languageserver-protocol";

/** What the server is doing, as the status bar shows it; `saving`: why it does less than it could, if it does;
 * `machine`: what was measured of this machine and chosen for it. */
export type ServerState =
  | { readonly state: "starting" }
  | { readonly state: "ready" | "working"; readonly model: string; readonly saving?: string; readonly machine?: string }
  | { readonly state: "off"; readonly reason: string }
  | { readonly state: "error"; readonly message: string };

/** Sent whenever the server's state changes; the last one sent holds. */
export namespace StatusNotification {
  export const method = "horizon/status" as const;
  export const messageDirection = MessageDirection.serverToClient;
  export const type = new ProtocolNotificationType<ServerState, void>(method);
}

/** A longer text for a suggestion that was already answered with its first line. */
export interface CompletionUpdateParams {
  readonly uri: string;
  /** The document's version that the suggestion was made for. */
  readonly version: number;
  /** The caret that the suggestion was made for; zero-based, UTF-16 units. */
  readonly position: { readonly line: number; readonly character: number };
  /** The text as far as it is written; it starts with what was sent before. */
  readonly text: string;
  /** True for the last update of this suggestion. */
  readonly done: boolean;
}

/**
 * Streams the rest of a suggestion. The request itself is answered as soon as the first line is complete (LSP has no
 * partial results for inline completion); the client asks again when an update arrives and the caret has not moved,
 * and the server then answers from what it has.
 */
export namespace CompletionUpdateNotification {
  export const method = "horizon/completionUpdate" as const;
  export const messageDirection = MessageDirection.serverToClient;
  export const type = new ProtocolNotificationType<CompletionUpdateParams, void>(method);
}

/** What Horizon knows of the repository, as the status bar's tooltip shows it. */
export interface IndexStatusParams {
  readonly state: "off" | "scanning" | "indexing" | "ready";
  /** Files in the index, and files that are still to be read. */
  readonly files: number;
  readonly waiting: number;
  /** Bytes in memory, and how many there may be. */
  readonly memoryBytes: number;
  readonly memoryLimit: number;
  /** Not all files fit into that memory: those nearest to the open ones are in. */
  readonly isCapped: boolean;
}

/** Sent when the index's state changes, and now and then while it is built; the last one sent holds. */
export namespace IndexStatusNotification {
  export const method = "horizon/indexStatus" as const;
  export const messageDirection = MessageDirection.serverToClient;
  export const type = new ProtocolNotificationType<IndexStatusParams, void>(method);
}

/** A position in a document; zero-based, UTF-16 units. */
export interface ProtocolPosition {
  readonly line: number;
  readonly character: number;
}

/** What the user is looking at. */
export interface ViewParams {
  readonly uri: string;
  /** What is visible of the document; the lines in between may be folded. */
  readonly ranges: readonly { readonly start: ProtocolPosition; readonly end: ProtocolPosition }[];
}

/** Sent when the user has looked at a part of a document for a moment; not for what scrolls by. */
export namespace ViewNotification {
  export const method = "horizon/view" as const;
  export const messageDirection = MessageDirection.clientToServer;
  export const type = new ProtocolNotificationType<ViewParams, void>(method);
}

/** What the editor's own language services say that a name means. */
export interface LocatedNameParams {
  readonly name: string;
  /** Whether this is where the name is defined, or where the type is of what it names. */
  readonly relation: "definition" | "type";
  readonly uri: string;
  readonly position: ProtocolPosition;
}

/** What the names near a caret mean. */
export interface LocatedNamesParams {
  /** The document that has the names. */
  readonly uri: string;
  /** The nearest to the caret first. */
  readonly names: readonly LocatedNameParams[];
}

/** Sent when the caret has come to another line and the editor's language services have said what is near it. */
export namespace LocatedNamesNotification {
  export const method = "horizon/locatedNames" as const;
  export const messageDirection = MessageDirection.clientToServer;
  export const type = new ProtocolNotificationType<LocatedNamesParams, void>(method);
}

/** Asks to measure the machine again: threads and budgets are chosen anew when nothing else is to be done. */
export namespace MeasureNotification {
  export const method = "horizon/measure" as const;
  export const messageDirection = MessageDirection.clientToServer;
  export const type = new ProtocolNotificationType<Record<string, never>, void>(method);
}

/** Sent when the user has come to trust the workspace. Until then nothing in it is run. */
export namespace TrustNotification {
  export const method = "horizon/trustGranted" as const;
  export const messageDirection = MessageDirection.clientToServer;
  export const type = new ProtocolNotificationType<Record<string, never>, void>(method);
}

/** A piece of the repository that stood in a prompt. */
export interface ExplainedSnippet {
  readonly path: string;
  readonly text: string;
  /** Higher is better; undefined for one that no source stands for. */
  readonly score?: number;
  /** The sources that found it, with its rank in each. */
  readonly sources: readonly { readonly name: string; readonly rank: number }[];
}

/** What a suggestion was made of. */
export interface Explanation {
  readonly uri: string;
  readonly position: ProtocolPosition;
  /** Empty when nothing was suggested. */
  readonly text: string;
  /** The model, a known answer, or the rest of one. */
  readonly source: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly reusedTokens: number;
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>;
  /** In the prompt's order: the most useful last. */
  readonly snippets: readonly ExplainedSnippet[];
}

/** Asks what the last suggestion was made of; null before the first one. */
export namespace ExplainRequest {
  export const method = "horizon/explain" as const;
  export const messageDirection = MessageDirection.clientToServer;
  export const type = new ProtocolRequestType<Record<string, never>, Explanation | null, never, void, void>(method);
}

/** How an answer was made, for telemetry: numbers and names of ours alone. */
export interface SuggestionReport {
  readonly uri: string;
  /** The document's version and the caret that the suggestion was made for. */
  readonly version: number;
  readonly position: ProtocolPosition;
  /** Id of the model that Horizon ships; "custom" for another. */
  readonly model: string;
  /** Where the answer came from; undefined where there was none to be made. */
  readonly source?: string | undefined;
  /** Milliseconds by stage. */
  readonly latency: Readonly<Record<string, number>>;
  /** Undefined when nothing was suggested. */
  readonly tokens?: number | undefined;
  readonly confidence?:
    | {
        /** Sum of the tokens' natural log-probabilities. */
        readonly logProbability: number;
        /** Share of the middle that was still to come, and its tokens; undefined for a model without a horizon. */
        readonly horizonShare?: number | undefined;
        readonly horizonTokens?: number | undefined;
      }
    | undefined;
  readonly prompt: { readonly tokens: number; readonly reusedTokens: number };
  /** Snippets in the prompt by the source that ranked each first. */
  readonly contextSources: Readonly<Record<string, number>>;
  /** Arm by experiment at the time of the request; undefined where none runs. */
  readonly experiments?: Readonly<Record<string, string>> | undefined;
}

/** Sent once for each suggestion that was written to its end or found known, also for one that is empty. */
export namespace SuggestionReportNotification {
  export const method = "horizon/suggestionReport" as const;
  export const messageDirection = MessageDirection.serverToClient;
  export const type = new ProtocolNotificationType<SuggestionReport, void>(method);
}
