// The language server: which features there are, in which order they live, and how the process ends.
import type { Connection, InitializeParams, InitializeResult, ServerCapabilities } from "vscode-languageserver/node";
import type { CompletionResult } from "../completion/completion.js";
import { EnergyBudget } from "../completion/energyBudget.js";
import { Pace } from "../completion/pace.js";
import { type Pressure, unpressed } from "../completion/pressure.js";
import { errorMessage } from "../errorMessage.js";
import { waitFor } from "../waitFor.js";
import type { Installation } from "../workspace/installation.js";
import { Arms } from "./arms.js";
import { CompletionItems } from "./completion.js";
import { Configuration } from "./configuration.js";
import { Context } from "./context.js";
import { Documents } from "./documents.js";
import { Explain } from "./explain.js";
import type { Feature } from "./feature.js";
import { InlineCompletion } from "./inlineCompletion.js";
import { Machine } from "./machine.js";
import { Model } from "./model.js";
import { Speculator } from "./speculator.js";
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
  const arms = new Arms();
  const configuration = new Configuration(arms);
  const context = new Context({
    documents,
    configuration,
    workspaceFolders,
    installation,
    language: (languageId) => model.languageOf(languageId),
  });
  const pace = new Pace();
  const engineParts = {
    context: context.provider,
    pause: (signal: AbortSignal) => waitFor(pace.remaining(performance.now()), signal),
    budgetShare: () => pressure().tokenShare,
  };
  const model = new Model(configuration, status, installation, engineParts, context);
  const machine = new Machine(() => model.processorTime);
  const pressure = (): Pressure => (configuration.settings.power.saving ? machine.pressure : unpressed);
  machine.onDidChange(() => status.setSaving(pressure().reason));
  configuration.onDidChange(() => status.setSaving(pressure().reason));
  const ahead = new Speculator({
    budget: new EnergyBudget(() => performance.now()),
    pressure,
    wait: waitFor,
    onError: (error) => connection.console.warn(`Nothing was computed ahead: ${errorMessage(error)}`),
  });
  documents.onDidChange(() => pace.typed(performance.now()));
  const onWritten = (result: CompletionResult): void => {
    pace.answered(result.timings.firstLine - result.timings.pause);
    model.noteSpeed(result);
  };
  const suggestions = new Suggestions({ documents, configuration, workspaceFolders, status, model, ahead, onWritten });
  // The order in which they start: the status can be shown before the settings are known, the model needs both.
  const features: readonly Feature[] = [
    documents,
    workspaceFolders,
    status,
    arms,
    configuration,
    context,
    model,
    machine,
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
