// The server's process and the connection to it: starts it, starts it again when it dies, and says what state it is in.
import type { Disposable, LogOutputChannel } from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import {
  CompletionUpdateNotification,
  type CompletionUpdateParams,
  ExplainRequest,
  type Explanation,
  IndexStatusNotification,
  type IndexStatusParams,
  LocatedNamesNotification,
  type LocatedNamesParams,
  MeasureNotification,
  type ServerState,
  StatusNotification,
  type SuggestionReport,
  SuggestionReportNotification,
  TrustNotification,
  ViewNotification,
  type ViewParams,
} from "../../server/src/protocol.js";
import { TraceChannel } from "./traceChannel.js";

/**
 * How often a server that dies is started again before Horizon gives up: more than this within three minutes is a
 * server that cannot work, and each start costs a model load. (The number and the window are the library's defaults.)
 */
const MAX_RESTARTS = 4;

/** What a connection is made of. */
export interface ServerConnectionOptions {
  /** Absolute path of the server's bundle. */
  readonly serverModule: string;
  /** Receives everything that the client and the server have to say. */
  readonly log: LogOutputChannel;
  readonly middleware: Middleware;
  /** Folder for what the server keeps between two starts. */
  readonly storagePath: string;
  /** The same for what does not depend on the open folders. */
  readonly globalStoragePath: string;
  /** Whether the user trusts the workspace now. */
  readonly isTrusted: () => boolean;
  /** Called on every change of the server's state. */
  readonly onState: (state: ServerState) => void;
  /** Called when the server knows more of the repository. */
  readonly onIndexStatus: (status: IndexStatusParams) => void;
  /** Called when a suggestion that was already answered has grown. */
  readonly onCompletionUpdate: (update: CompletionUpdateParams) => void;
  /** Called when the server says how a suggestion was made. */
  readonly onSuggestionReport: (report: SuggestionReport) => void;
}

/** Owns at most one server process; `restart` replaces it. */
export class ServerConnection implements Disposable {
  private readonly trace: TraceChannel;
  private client: LanguageClient | undefined;

  constructor(private readonly options: ServerConnectionOptions) {
    this.trace = new TraceChannel(options.log);
  }

  /** Starts the server; a failure to do so becomes the state "error", it does not reject. */
  async start(): Promise<void> {
    const { onState } = this.options;
    const client = new LanguageClient("horizon", "Horizon", this.serverOptions(), this.clientOptions());
    this.client = client;
    const isCurrent = () => this.client === client;
    client.onDidChangeState(({ newState }) => {
      if (!isCurrent()) {
        return;
      }
      if (newState === State.Starting) {
        onState({ state: "starting" });
      } else if (newState === State.Stopped) {
        onState({ state: "error", message: "The language server stopped. See the log, then restart it." });
      }
    });
    client.onNotification(StatusNotification.type, (state) => {
      if (isCurrent()) {
        onState(state);
      }
    });
    client.onNotification(IndexStatusNotification.type, this.options.onIndexStatus);
    client.onNotification(CompletionUpdateNotification.type, this.options.onCompletionUpdate);
    client.onNotification(SuggestionReportNotification.type, this.options.onSuggestionReport);
    try {
      await client.start();
    } catch (error) {
      if (isCurrent()) {
        onState({ state: "error", message: `The language server did not start: ${messageOf(error)}` });
      }
    }
  }

  /** Ends the server, by force if it does not answer, and starts a new one. Its count of crashes begins at zero. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What the last suggestion was made of; null when there is none, or no server. */
  async explain(): Promise<Explanation | null> {
    return this.client?.isRunning() === true ? this.client.sendRequest(ExplainRequest.type, {}) : null;
  }

  /** The user looks at something. */
  tellView(view: ViewParams): void {
    this.tell((client) => client.sendNotification(ViewNotification.type, view));
  }

  /** The editor's language services say what is near the caret. */
  tellLocatedNames(names: LocatedNamesParams): void {
    this.tell((client) => client.sendNotification(LocatedNamesNotification.type, names));
  }

  /** The user wants the machine measured again. */
  tellMeasure(): void {
    this.tell((client) => client.sendNotification(MeasureNotification.type, {}));
  }

  /** The user has come to trust the workspace. */
  tellTrust(): void {
    this.tell((client) => client.sendNotification(TrustNotification.type, {}));
  }

  /** A server that is not there, or goes just now, is told nothing: it will be told all that matters when it starts. */
  private tell(send: (client: LanguageClient) => Promise<void>): void {
    if (this.client?.isRunning() === true) {
      send(this.client).catch((error: unknown) => this.options.log.warn(messageOf(error)));
    }
  }

  /** Ends the server; resolves when its process has been told to end. */
  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client === undefined) {
      return;
    }
    const process = client.serverProcess;
    try {
      await client.dispose();
    } catch (error) {
      this.options.log.warn(`The server did not end by itself and was killed: ${messageOf(error)}`);
      process?.kill("SIGKILL");
    }
  }

  dispose(): void {
    this.trace.dispose();
    void this.stop();
  }

  private serverOptions() {
    const server = { module: this.options.serverModule, transport: TransportKind.ipc };
    return { run: server, debug: { ...server, options: { execArgv: ["--nolazy", "--inspect=6009"] } } };
  }

  private clientOptions(): LanguageClientOptions {
    return {
      // Every language: which of them Horizon suggests in is a setting, and the server is the one that reads it.
      documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
      outputChannel: this.options.log,
      traceOutputChannel: this.trace,
      // The status bar says it; a panel that opens by itself takes the keyboard away from whoever is typing.
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // The first line answers a request; suggestionUpdates.ts shows the rest when it comes.
      initializationOptions: () => ({
        streaming: true,
        trusted: this.options.isTrusted(),
        storagePath: this.options.storagePath,
        globalStoragePath: this.options.globalStoragePath,
      }),
      connectionOptions: { maxRestartCount: MAX_RESTARTS },
      middleware: this.options.middleware,
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
