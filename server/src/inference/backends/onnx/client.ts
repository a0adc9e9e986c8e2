// The server's side of one model process: starts it, matches answers to requests, and says clearly how it ended.
import { type ChildProcess, fork } from "node:child_process";
import { ModelError } from "../../errors.js";
import type { GeneratedToken } from "../../generation.js";
import type { HostRequest, HostResults, MessageFromHost, MessageToHost } from "./hostProtocol.js";

/** What the process wrote to standard error last, as much as helps in a message. */
const keptErrorOutput = 2000;

/** Milliseconds that the process has to end by itself: several times what the longest run of the graph takes. */
const closeMilliseconds = 1000;

/** The requests without their numbers, which are the connection's. */
type RequestOf<Type extends HostRequest["type"]> = Omit<Extract<HostRequest, { type: Type }>, "request">;

export interface RequestOptions {
  /** Cancels the request; its promise then resolves, to undefined, as soon as the process has stopped working on it. */
  readonly signal?: AbortSignal;
  /** Receives the tokens of a decode request. */
  readonly onToken?: (token: GeneratedToken) => void;
}

interface PendingRequest {
  readonly resolve: (result: HostResults[keyof HostResults] | undefined) => void;
  readonly reject: (error: ModelError) => void;
  readonly onToken: ((token: GeneratedToken) => void) | undefined;
}

/**
 * Says how a model process ended.
 * @param code - Its exit code; null if a signal ended it.
 * @param errorOutput - The end of what it wrote to standard error.
 */
export function describeExit(code: number | null, signal: NodeJS.Signals | null, errorOutput: string): ModelError {
  const output = errorOutput.trim();
  const detail = output === "" ? "" : ` It wrote: ${output.slice(-keptErrorOutput)}`;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  if (/heap out of memory|bad_alloc|cannot allocate memory/i.test(output)) {
    return new ModelError(
      "outOfMemory",
      `The model process ran out of memory and ended ${how}. Close other programs or take a smaller model.${detail}`,
    );
  }
  if (/Cannot find module/.test(output)) {
    return new ModelError(
      "load",
      `The model process could not start: a file of Horizon is missing. Install Horizon again.${detail}`,
    );
  }
  if (signal === "SIGILL") {
    return new ModelError(
      "unsupportedPlatform",
      `The model process ended by SIGILL: this processor lacks an instruction that ONNX Runtime needs.${detail}`,
    );
  }
  const why =
    signal === "SIGKILL"
      ? " Systems do this to a process when memory runs out: if it happens again, close other programs or take a smaller model."
      : signal === "SIGSEGV" || signal === "SIGABRT" || signal === "SIGBUS"
        ? " This is a crash in native code: if it happens again, please report it with this message."
        : "";
  return new ModelError("crashed", `The model process ended ${how}.${why}${detail}`);
}

/** One running model process. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingRequest>();
  #lastRequest = 0;
  #errorOutput = "";
  #closing = false;
  /** Why it was ended from here. */
  #reason: ModelError | undefined;
  #end: ModelError | undefined;

  /** Resolves when the process has ended, with what shall be said about it. */
  readonly ended: Promise<ModelError>;

  /** @param script - Path of the bundled host.ts. */
  constructor(script: string) {
    this.#child = fork(script, [], {
      // Typed arrays and undefined pass unchanged, and long lists are faster than as JSON.
      serialization: "advanced",
      // The server's standard output carries the language-server protocol: nothing else may write there.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // The server's own flags, such as --inspect with its port, are not the model's.
      execArgv: [],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-2 * keptErrorOutput);
    });
    this.#child.on("message", (message: MessageFromHost) => this.#receive(message));
    this.ended = new Promise((resolve) => {
      const end = (error: ModelError): void => {
        if (this.#end !== undefined) return;
        this.#end = error;
        for (const pending of this.#pending.values()) pending.reject(error);
        this.#pending.clear();
        resolve(error);
      };
      // `close` comes when standard error has been read to its end, `exit` may come before.
      this.#child.on("close", (code, signal) => {
        end(
          this.#closing
            ? new ModelError("disposed", "The model was closed. Load it again to use it.")
            : (this.#reason ?? describeExit(code, signal, this.#errorOutput)),
        );
      });
      this.#child.on("error", (error) => {
        if (this.#child.pid === undefined) {
          end(new ModelError("load", `The model process could not be started: ${error.message}.`, { cause: error }));
        }
      });
    });
  }

  /** Process id; undefined if it could not be started or has ended. */
  get processId(): number | undefined {
    return this.#end === undefined ? this.#child.pid : undefined;
  }

  /**
   * Sends a request.
   * @returns Its result; undefined if it was cancelled.
   * @throws ModelError if it failed or the process ended.
   */
  async request<Type extends HostRequest["type"]>(
    request: RequestOf<Type> & { readonly type: Type },
    { signal, onToken }: RequestOptions = {},
  ): Promise<HostResults[Type] | undefined> {
    if (this.#end !== undefined) throw this.#end;
    if (signal?.aborted) return undefined;
    const number = ++this.#lastRequest;
    const cancel = (): void => this.#send({ type: "cancel", request: number });
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await new Promise<HostResults[Type] | undefined>((resolve, reject) => {
        this.#pending.set(number, {
          resolve: resolve as PendingRequest["resolve"],
          reject,
          onToken,
        });
        // The types of a request and of this function's argument are the same but for the number.
        this.#send({ ...request, request: number } as unknown as HostRequest);
      });
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Ends the process; requests that wait are rejected. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#send({ type: "close" });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), closeMilliseconds);
    await this.ended;
    clearTimeout(timer);
  }

  /** Kills the process; what waits is rejected with the reason, and `ended` resolves to it. */
  end(reason: ModelError): void {
    this.#reason ??= reason;
    this.#child.kill("SIGKILL");
  }

  #send(message: MessageToHost): void {
    // A message that cannot be sent is one to a process that is ending: `close` rejects what waits for an answer.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #receive(message: MessageFromHost): void {
    const pending = this.#pending.get(message.request);
    if (pending === undefined) return;
    if (message.type === "token") {
      pending.onToken?.(message.token);
      return;
    }
    this.#pending.delete(message.request);
    switch (message.type) {
      case "done":
        pending.resolve(message.result);
        return;
      case "cancelled":
        pending.resolve(undefined);
        return;
      case "failed":
        pending.reject(new ModelError(message.kind, message.message));
    }
  }
}
