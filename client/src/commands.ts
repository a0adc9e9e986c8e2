// The commands of package.json's contributes.commands.
import {
  ConfigurationTarget,
  commands,
  type Disposable,
  type LogOutputChannel,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import { explainSuggestion } from "./explanation.js";
import type { ServerConnection } from "./serverConnection.js";
import type { SuggestionUpdates } from "./suggestionUpdates.js";
import type { DataCommands } from "./telemetry/dataCommands.js";
import type { Sending } from "./telemetry/sending.js";
import type { Telemetry } from "./telemetry/telemetry.js";

/** What the commands act on. */
export interface CommandContext {
  readonly server: ServerConnection;
  readonly updates: SuggestionUpdates;
  readonly telemetry: Telemetry;
  readonly sending: Sending;
  readonly data: DataCommands;
  readonly log: LogOutputChannel;
}

/** Registers every command of ours; dispose the result to take them back. */
export function registerCommands({ server, updates, telemetry, sending, data, log }: CommandContext): Disposable[] {
  const handlers: Readonly<Record<string, () => unknown>> = {
    "horizon.enable": () => setEnabled(true),
    "horizon.disable": () => setEnabled(false),
    "horizon.toggle": () => setEnabled(!workspace.getConfiguration("horizon").get("enabled", true)),
    "horizon.restart": () => server.restart(),
    "horizon.measure": () => server.tellMeasure(),
    "horizon.showLog": () => log.show(),
    "horizon.dismiss": () => {
      telemetry.dismissed();
      return updates.dismiss();
    },
    "horizon.explain": () => explain(server),
    "horizon.showStatistics": () => data.showStatistics(),
    "horizon.showMyData": () => data.showMyData(),
    "horizon.exportMyData": () => data.exportMyData(),
    "horizon.deleteMyData": () => data.deleteMyData(),
    "horizon.setTelemetryToken": () => sending.setToken(),
  };
  return Object.entries(handlers).map(([id, handler]) => commands.registerCommand(id, handler));
}

/** Shows what the last suggestion was made of, beside the code. */
async function explain(server: ServerConnection): Promise<void> {
  const content = explainSuggestion(await server.explain());
  const document = await workspace.openTextDocument({ language: "markdown", content });
  await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preview: true, preserveFocus: true });
}

/** Writes the setting where it is in force: in the workspace if that has one of its own, else for the user. */
async function setEnabled(enabled: boolean): Promise<void> {
  const configuration = workspace.getConfiguration("horizon");
  const ofWorkspace = configuration.inspect<boolean>("enabled")?.workspaceValue !== undefined;
  await configuration.update(
    "enabled",
    enabled,
    ofWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
  );
}
