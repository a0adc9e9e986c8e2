// Tells the client what the server is doing; the status bar shows it.
import type { Connection, ServerCapabilities } from "vscode-languageserver/node";
import { type ServerState, StatusNotification } from "../protocol.js";
import type { Feature } from "./feature.js";

/** Sends the state whenever it changes; says "working" while at least one completion is being written. */
export class Status implements Feature {
  #connection: Connection | undefined;
  #state: ServerState = { state: "starting" };
  #working = 0;
  #saving = "";
  #sent: string | undefined;
  #canSend = false;

  initialize(): ServerCapabilities {
    return {};
  }

  register(connection: Connection): void {
    this.#connection = connection;
  }

  async initialized(): Promise<void> {
    this.#canSend = true;
    this.#send();
  }

  async dispose(): Promise<void> {
    this.#canSend = false;
  }

  /** Says how the model is; "working" is this class's own business. */
  set(state: Exclude<ServerState, { state: "working" }>): void {
    this.#state = state;
    this.#send();
  }

  /** Says why Horizon does less than it could; empty when it does not. */
  setSaving(reason: string): void {
    this.#saving = reason;
    this.#send();
  }

  /** Whether a completion is being written. */
  get isWorking(): boolean {
    return this.#working > 0;
  }

  /** Counts a completion as being written until the returned function is called. */
  beginWork(): () => void {
    this.#working++;
    this.#send();
    let isOver = false;
    return () => {
      if (!isOver) {
        isOver = true;
        this.#working--;
        this.#send();
      }
    };
  }

  #send(): void {
    const state: ServerState =
      this.#state.state === "ready"
        ? {
            ...this.#state,
            state: this.#working > 0 ? "working" : "ready",
            ...(this.#saving === "" ? {} : { saving: this.#saving }),
          }
        : this.#state;
    const text = JSON.stringify(state);
    if (this.#canSend && text !== this.#sent) {
      this.#sent = text;
      // A client that has gone is noticed elsewhere; a status that it misses is no error.
      this.#connection?.sendNotification(StatusNotification.type, state).catch(() => {});
    }
  }
}
