// What every part of the language server looks like from outside. languageServer.ts lists them and drives them.
import type { Connection, InitializeParams, ServerCapabilities } from "vscode-languageserver/node";

/** A part of the language server with a life from the client's `initialize` to its `shutdown`. */
export interface Feature {
  /** Learns what the client can do; answers what the server can do thanks to this feature. Sends nothing. */
  initialize(params: InitializeParams): ServerCapabilities;
  /** Installs handlers. Called once, after every feature's `initialize` and before any other message is read. */
  register(connection: Connection): void;
  /** Called in order once the client has said `initialized`; from here on messages may be sent. */
  initialized?(): Promise<void>;
  /** Gives back what is open. Called in reverse order at `shutdown`; no method is called afterwards. */
  dispose(): Promise<void>;
}
