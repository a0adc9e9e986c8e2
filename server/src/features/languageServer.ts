// The language server: which features there are, in which order they live, and how the process ends.
import type { Connection, InitializeParams, InitializeResult, ServerCapabilities } from "vscode-languageserver/node";
import type { Installation } from "../workspace/installation.js";
import { CompletionItems } from "./completion.js";
import { Configuration } from "./configuration.js";
import { Context } from "./context.js";
import { Documents } from "./documents.js";
import { Explain } from "./explain.js";
import type { Feature } from "./feature.js";
import { InlineCompletion } from "./inlineCompletion.js";
import { Model } from "./model.js";
import { Status } from "./status.js";
import { Suggestions } from "./suggestions.js";
import { WorkspaceFolders } from "./workspaceFolders.js";

/** What the server is told by the process it runs in. */
export interface LanguageServerOptions {
  readonly version: string;
  readonly installation: Installation;
}

/** Installs the language server on a connection. The caller listens. */
export function startLanguageServer(connection: Connection, { version, installation }: LanguageServerOptions): void {
  const documents = new Documents();
  const workspaceFolders = new WorkspaceFolders();
  const status = new Status();
  const configuration = new Configuration();
  const context = new Context({
    documents,
    configuration,
    workspaceFolders,
    installation,
    language: (languageId) => model.languageOf(languageId),
  });
  const model = new Model(configuration, status, installation, context.provider);
  const suggestions = new Suggestions({ documents, configuration, workspaceFolders, status, model });
  // The order in which they start: the status can be shown before the settings are known, the model needs both.
  const features: readonly Feature[] = [
    documents,
    workspaceFolders,
    status,
    configuration,
    context,
    model,
    new InlineCompletion(suggestions, documents, configuration),
    new CompletionItems(suggestions, documents),
    new Explain(suggestions),
  ];

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    const capabilities = features.map((feature) => feature.initialize(params)).reduce(mergeCapabilities, {});
    for (const feature of features) {
      feature.register(connection);
    }
    return { capabilities, serverInfo: { name: "Horizon", version } };
  });
  connection.onInitialized(async () => {
    for (const feature of features) {
      await feature.initialized?.();
    }
  });
  connection.onShutdown(async () => {
    for (const feature of [...features].reverse()) {
      await feature.dispose();
    }
  });
}

/** Capabilities of several features; `workspace` is the one object that more than one of them may speak of. */
function mergeCapabilities(left: ServerCapabilities, right: ServerCapabilities): ServerCapabilities {
  return left.workspace && right.workspace
    ? { ...left, ...right, workspace: { ...left.workspace, ...right.workspace } }
    : { ...left, ...right };
}
