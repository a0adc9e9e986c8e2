// The commands about the user's data: look at it, take it along, delete it.
import { rm } from "node:fs/promises";
import path from "node:path";
import { type ExtensionContext, Uri, ViewColumn, window } from "vscode";
import { deleteEvents } from "../../../server/src/telemetry/eventStore.js";
import { forgetUser } from "../../../server/src/telemetry/identity.js";
import type { Sending } from "./sending.js";
import { telemetrySettings } from "./settings.js";
import type { Telemetry } from "./telemetry.js";

/** What the commands act on. */
export class DataCommands {
  readonly #context: ExtensionContext;
  readonly #telemetry: Telemetry;
  readonly #sending: Sending;

  constructor(context: ExtensionContext, telemetry: Telemetry, sending: Sending) {
    this.#context = context;
    this.#telemetry = telemetry;
    this.#sending = sending;
  }

  /** Acceptance, persistence, latency and completed code, by language and week. */
  async showStatistics(): Promise<void> {
    await this.#telemetry.flush();
    const page = await this.#sending.tools.renderUserStatistics(this.#telemetry.directory);
    this.#show("horizon.statistics", "Horizon: Statistics", page);
  }

  /** The exact JSON that would be sent, field by field. */
  async showMyData(): Promise<void> {
    await this.#telemetry.flush();
    const { record, endpoint, fields } = telemetrySettings();
    const page = await this.#sending.tools.renderMyData(this.#telemetry.directory, {
      user: await this.#telemetry.user(),
      isRecording: record,
      notSent: this.#sending.obstacle,
      endpoint,
      agreement: this.#sending.agreement,
      fields,
      localOnly: this.#localFolders(),
    });
    this.#show("horizon.myData", "Horizon: My Data", page);
  }

  /** All events as one file. */
  async exportMyData(): Promise<void> {
    const target = await window.showSaveDialog({
      title: "Export Horizon's events",
      defaultUri: Uri.file(path.join(this.#context.globalStorageUri.fsPath, "horizon-events.jsonl")),
      filters: { "JSON lines": ["jsonl"] },
    });
    if (target !== undefined) {
      await this.#telemetry.flush();
      const lines = await this.#sending.tools.exportEvents(this.#telemetry.directory, target.fsPath);
      void window.showInformationMessage(`${lines} events were written to ${target.fsPath}.`);
    }
  }

  /** Deletes events, what was typed, what is followed, and the random id. */
  async deleteMyData(): Promise<void> {
    const answer = await window.showWarningMessage(
      "Delete all that Horizon has recorded on this machine?",
      {
        modal: true,
        detail:
          "Statistics begin anew, under a new random id. What was sent before is deleted by the receiver's keeper: give " +
          `them the id ${await this.#telemetry.user()}.`,
      },
      "Delete",
    );
    if (answer !== "Delete") {
      return;
    }
    const { home, directory } = this.#telemetry;
    await this.#telemetry.forget();
    // First of all: from here on no window writes under the old id.
    await forgetUser(home);
    await deleteEvents(directory);
    await this.#sending.tools.forgetProgress(home);
    await rm(path.join(home, "typed"), { recursive: true, force: true });
    await this.#telemetry.renew();
    await this.#sending.renewAgreement();
  }

  #localFolders(): string[] {
    const { storageUri } = this.#context;
    const typed = telemetrySettings().keepTyped ? [path.join(this.#telemetry.home, "typed")] : [];
    return storageUri === undefined ? typed : [path.join(storageUri.fsPath, "acceptedTexts.json"), ...typed];
  }

  #show(id: string, title: string, page: string): void {
    const panel = window.createWebviewPanel(id, title, ViewColumn.Active, {
      enableScripts: false,
      localResourceRoots: [],
    });
    panel.webview.html = page;
  }
}
