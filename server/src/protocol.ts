// Every message of ours beyond LSP: method, direction and parameter types. The client imports this file and no other
// of the server's.
import { MessageDirection, ProtocolNotificationType } from "vscode-languageserver-protocol";

/** What the server is doing, as the status bar shows it. */
export type ServerState =
  | { readonly state: "starting" }
  | { readonly state: "ready"; readonly model: string }
  | { readonly state: "working"; readonly model: string }
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
