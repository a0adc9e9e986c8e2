// The built server as a process of its own, and a real LSP client that talks to it over standard input and output.
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import {
  CancellationToken,
  type ClientCapabilities,
  CompletionRequest,
  ConfigurationRequest,
  createProtocolConnection,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type InlineCompletionContext,
  type InlineCompletionItem,
  InlineCompletionRequest,
  InlineCompletionTriggerKind,
  LogMessageNotification,
  type Position,
  type ProtocolConnection,
  type ProtocolNotificationType,
  RegistrationRequest,
  ShowMessageNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextDocumentContentChangeEvent,
  type WorkspaceFolder,
} from "vscode-languageserver-protocol/node";
import {
  CompletionUpdateNotification,
  type CompletionUpdateParams,
  IndexStatusNotification,
  type IndexStatusParams,
  type ServerState,
  StatusNotification,
} from "../../server/src/protocol.js";
import { descendantsOf } from "../support/processTree.js";

export const repository = path.resolve(import.meta.dirname, "../..");
export const serverBundle = path.join(repository, "dist", "server.js");
export const commandBundle = path.join(repository, "dist", "cli.js");
export const bundledModel = path.join(repository, "models", "default");

/** What VS Code says of itself, as far as the server looks at it. */
export const EDITOR_CAPABILITIES: ClientCapabilities = {
  workspace: { configuration: true, workspaceFolders: true, didChangeConfiguration: { dynamicRegistration: true } },
  textDocument: { inlineCompletion: {}, completion: {} },
};

export interface ServerOptions {
  /** Program arguments; default the server's bundle with --stdio. */
  readonly command?: readonly string[];
  readonly capabilities?: ClientCapabilities;
  /** The `horizon` section of the configuration. */
  readonly settings?: unknown;
  readonly initializationOptions?: unknown;
  readonly workspaceFolders?: readonly WorkspaceFolder[];
  readonly rootUri?: string;
  /** What the server watches; default this process. */
  readonly processId?: number;
}

/** Settings under which an answer does not depend on what else the machine does. */
function evenUnderLoad(settings: unknown): unknown {
  const isObject = settings === undefined || (typeof settings === "object" && settings !== null);
  return isObject ? { power: { saving: false }, ...settings } : settings;
}

/** A running server with an initialized client. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly connection: ProtocolConnection;
  /** All states that the server has sent, in order. */
  readonly states: ServerState[] = [];
  readonly updates: CompletionUpdateParams[] = [];
  /** What the server has said of its index, in order. */
  readonly indexStates: IndexStatusParams[] = [];
  /** Texts of window/showMessage. */
  readonly messages: string[] = [];
  readonly log: string[] = [];
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  initializeResult: InitializeResult = { capabilities: {} };
  #settings: unknown;
  #configurationAnswered = (): void => {};
  #errorOutput = "";
  readonly #versions = new Map<string, number>();
  /** Called after every notification of the server. */
  readonly #watchers = new Set<() => void>();

  private constructor(options: ServerOptions) {
    this.#settings = evenUnderLoad(options.settings);
    this.child = spawn(process.execPath, [...(options.command ?? [serverBundle, "--stdio"])], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdin, stdout, stderr } = this.child;
    if (stdin === null || stdout === null || stderr === null) {
      throw new Error("the server has no standard streams");
    }
    stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#errorOutput += text;
    });
    stdin.on("error", () => {}); // the server has ended: `ended` tells it
    this.ended = new Promise((resolve) => {
      this.child.once("exit", (code, signal) => {
        resolve({ code, signal });
        this.#notify();
      });
    });
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onError(() => {});
    this.connection.onRequest(ConfigurationRequest.type, ({ items }) => {
      this.#configurationAnswered();
      return items.map(() => this.#settings);
    });
    this.connection.onRequest(RegistrationRequest.type, () => {});
    this.#collect(StatusNotification.type, (state) => this.states.push(state));
    this.#collect(IndexStatusNotification.type, (state) => this.indexStates.push(state));
    this.#collect(CompletionUpdateNotification.type, (update) => this.updates.push(update));
    this.#collect(ShowMessageNotification.type, ({ message }) => this.messages.push(message));
    this.#collect(LogMessageNotification.type, ({ message }) => this.log.push(message));
    this.connection.listen();
  }

  /** Starts a server and says `initialize` and `initialized` to it. */
  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    const { workspaceFolders, rootUri, processId = process.pid, initializationOptions } = options;
    server.initializeResult = await server.connection.sendRequest(InitializeRequest.type, {
      processId,
      rootUri: rootUri ?? null,
      capabilities: options.capabilities ?? EDITOR_CAPABILITIES,
      ...(workspaceFolders === undefined ? {} : { workspaceFolders: [...workspaceFolders] }),
      ...(initializationOptions === undefined ? {} : { initializationOptions }),
    });
    await server.connection.sendNotification(InitializedNotification.type, {});
    return server;
  }

  /** Ends the server the way an editor does. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      await this.connection.sendRequest(ShutdownRequest.type);
      await this.connection.sendNotification(ExitNotification.type);
      await this.ended;
    }
    this.connection.dispose();
  }

  get state(): ServerState | undefined {
    return this.states.at(-1);
  }

  /** Waits until the server's state, and what else it has sent, is as wanted. */
  async until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const hasEnded = this.child.exitCode !== null || this.child.signalCode !== null;
        if (!holds() && !hasEnded) {
          return;
        }
        this.#watchers.delete(look);
        if (holds()) {
          resolve();
        } else {
          reject(new Error(`The server ended before ${what}. ${this.#errorOutput}`));
        }
      };
      this.#watchers.add(look);
    });
  }

  /** Waits for a state; an error while waiting for something else ends the wait. */
  async untilState(wanted: ServerState["state"]): Promise<ServerState> {
    const from = this.states.length;
    await this.until(wanted, () => {
      return this.state?.state === wanted || (this.states.length > from && this.state?.state === "error");
    });
    if (this.state?.state !== wanted) {
      throw new Error(`expected ${wanted}: ${JSON.stringify(this.state)}`);
    }
    return this.state;
  }

  /** Waits until the index has read this many files and has nothing left to read. */
  async untilIndexed(files: number): Promise<void> {
    await this.until(`${files} files are indexed`, () => {
      const now = this.indexStates.at(-1);
      return now?.state === "ready" && now.files >= files;
    });
  }

  /** Changes the `horizon` section; resolves when the server has asked for it, so that the next request is under it. */
  async configure(settings: unknown): Promise<void> {
    this.#settings = evenUnderLoad(settings);
    const answered = new Promise<void>((resolve) => {
      this.#configurationAnswered = resolve;
    });
    await this.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    await answered;
  }

  /** Sends settings the way of clients that cannot be asked. */
  async pushConfiguration(settings: unknown): Promise<void> {
    await this.connection.sendNotification(DidChangeConfigurationNotification.type, { settings });
  }

  async changeFolders(added: WorkspaceFolder[], removed: WorkspaceFolder[]): Promise<void> {
    await this.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, { event: { added, removed } });
  }

  async open(uri: string, languageId: string, text: string): Promise<void> {
    this.#versions.set(uri, 1);
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /** Sends changes; returns the document's new version. */
  async change(uri: string, ...contentChanges: TextDocumentContentChangeEvent[]): Promise<number> {
    const version = (this.#versions.get(uri) ?? 1) + 1;
    this.#versions.set(uri, version);
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
    return version;
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  /** Asks for ghost text. */
  async inlineCompletion(
    uri: string,
    position: Position,
    context: InlineCompletionContext = { triggerKind: InlineCompletionTriggerKind.Automatic },
    token: CancellationToken = CancellationToken.None,
  ): Promise<InlineCompletionItem[]> {
    const params = { textDocument: { uri }, position, context };
    const answer = await this.connection.sendRequest(InlineCompletionRequest.type, params, token);
    return Array.isArray(answer) ? answer : (answer?.items ?? []);
  }

  /** Asks for items of the suggest widget. */
  async completion(uri: string, position: Position) {
    const answer = await this.connection.sendRequest(CompletionRequest.type, { textDocument: { uri }, position });
    return Array.isArray(answer) ? answer : (answer?.items ?? []);
  }

  /** Process ids of the model's processes: everything that the server has started. */
  modelProcesses(): number[] {
    const { pid } = this.child;
    return pid === undefined ? [] : descendantsOf(pid).map((process) => process.pid);
  }

  #collect<Params, Options>(type: ProtocolNotificationType<Params, Options>, take: (params: Params) => unknown): void {
    this.connection.onNotification(type, (params) => {
      take(params);
      this.#notify();
    });
  }

  #notify(): void {
    for (const look of [...this.#watchers]) {
      look();
    }
  }
}
