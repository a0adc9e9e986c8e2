// Where VS Code enters Horizon: starts the language server, shows its state, registers the commands.
import { type ExtensionContext, window, workspace } from "vscode";
import type { IndexStatusParams, ServerState } from "../../server/src/protocol.js";
import { registerCommands } from "./commands.js";
import { LanguageServices } from "./languageServices.js";
import { ServerConnection } from "./serverConnection.js";
import { StatusItem } from "./statusItem.js";
import { SuggestionUpdates } from "./suggestionUpdates.js";
import { DataCommands } from "./telemetry/dataCommands.js";
import { Sending } from "./telemetry/sending.js";
import { Telemetry } from "./telemetry/telemetry.js";
import { ViewReporter } from "./views.js";

/** What other extensions, and our own tests, get from `extensions.getExtension("horizon.horizon-fim").activate()`. */
export interface ExtensionApi {
  /** What Horizon is doing now, as the status bar shows it. */
  readonly state: ServerState;
  /** What Horizon knows of the repository; undefined before the server has said so. */
  readonly index: IndexStatusParams | undefined;
}

let connection: ServerConnection | undefined;
let telemetry: Telemetry | undefined;

/** Called by VS Code once, when the extension is first needed. Does not wait for the model to load. */
export function activate(context: ExtensionContext): ExtensionApi {
  const log = window.createOutputChannel("Horizon", { log: true });
  const status = new StatusItem();
  const updates = new SuggestionUpdates();
  const observer = new Telemetry(context, log);
  telemetry = observer;
  const sending = new Sending(context, observer, log);
  const data = new DataCommands(context, observer, sending);
  const server = new ServerConnection({
    serverModule: context.asAbsolutePath("dist/server.js"),
    log,
    middleware: { provideInlineCompletionItems: observer.observe(updates.provideInlineCompletionItems) },
    storagePath: (context.storageUri ?? context.globalStorageUri).fsPath,
    globalStoragePath: context.globalStorageUri.fsPath,
    isTrusted: () => workspace.isTrusted,
    onState: (state) => status.show(state),
    onIndexStatus: (index) => status.showIndex(index),
    onCompletionUpdate: (update) => updates.receive(update),
    onSuggestionReport: (report) => observer.reported(report),
  });
  connection = server;
  const views = new ViewReporter((view) => server.tellView(view));
  const languageServices = new LanguageServices((names) => server.tellLocatedNames(names));
  const trust = workspace.onDidGrantWorkspaceTrust(() => server.tellTrust());
  context.subscriptions.push(
    log,
    status,
    updates,
    server,
    views,
    languageServices,
    trust,
    sending,
    ...registerCommands({ server, updates, telemetry: observer, sending, data, log }),
  );
  void server.start();
  return {
    get state() {
      return status.state;
    },
    get index() {
      return status.index;
    },
  };
}

/** Called by VS Code before it ends the extension host; resolves when the server has ended and all is written. */
export async function deactivate(): Promise<void> {
  await Promise.all([connection?.stop(), telemetry?.close()]);
}
