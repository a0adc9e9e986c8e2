// The settings as the client has them now: pulled where the client can be asked, else taken as it sends them.
import {
  type Connection,
  DidChangeConfigurationNotification,
  Emitter,
  type Event,
  type InitializeParams,
  MessageType,
  type ServerCapabilities,
  ShowMessageNotification,
  type ShowMessageParams,
} from "vscode-languageserver/node";
import { DEFAULT_SETTINGS, parseSettings, SETTINGS_SECTION, type Settings } from "../settings.js";
import type { Feature } from "./feature.js";

/** Keeps the settings; tells who listens when they change, and the user when one of them is wrong. */
export class Configuration implements Feature {
  #settings: Settings = DEFAULT_SETTINGS;
  readonly #changed = new Emitter<Settings>();
  #connection: Connection | undefined;
  #canPull = false;
  #canRegister = false;
  /** Counts what came in, so that a late answer does not overwrite a newer one. */
  #sequence = 0;
  #know = (): void => {};
  /** Resolves when the client has been asked for its settings once: until then they are the defaults. */
  readonly known = new Promise<void>((resolve) => {
    this.#know = resolve;
  });
  /** What the user has been told already. */
  #reported: ReadonlySet<string> = new Set();

  get settings(): Settings {
    return this.#settings;
  }

  /** Fires with the new settings when any of them is another than before. */
  readonly onDidChange: Event<Settings> = this.#changed.event;

  initialize(params: InitializeParams): ServerCapabilities {
    const { workspace } = params.capabilities;
    this.#canPull = workspace?.configuration === true;
    this.#canRegister = workspace?.didChangeConfiguration?.dynamicRegistration === true;
    return {};
  }

  register(connection: Connection): void {
    this.#connection = connection;
    connection.onDidChangeConfiguration(async ({ settings }) => {
      if (this.#canPull) {
        await this.#pull();
      } else {
        this.#accept((settings as Readonly<Record<string, unknown>> | null)?.[SETTINGS_SECTION], ++this.#sequence);
      }
    });
  }

  async initialized(): Promise<void> {
    if (this.#canRegister) {
      await this.#connection?.client.register(DidChangeConfigurationNotification.type, { section: SETTINGS_SECTION });
    }
    if (this.#canPull) {
      await this.#pull();
    }
    this.#know();
  }

  async dispose(): Promise<void> {
    this.#changed.dispose();
  }

  async #pull(): Promise<void> {
    const sequence = ++this.#sequence;
    try {
      this.#accept(await this.#connection?.workspace.getConfiguration(SETTINGS_SECTION), sequence);
    } catch (error) {
      this.#connection?.console.error(`The editor did not answer which settings hold; they stay as they are. ${error}`);
    }
  }

  #accept(section: unknown, sequence: number): void {
    if (sequence !== this.#sequence) {
      return;
    }
    const { settings, problems } = parseSettings(section);
    for (const { message } of problems) {
      if (!this.#reported.has(message)) {
        this.#connection?.console.warn(message);
        const warning: ShowMessageParams = { type: MessageType.Warning, message };
        this.#connection?.sendNotification(ShowMessageNotification.type, warning).catch(() => {});
      }
    }
    this.#reported = new Set(problems.map(({ message }) => message));
    if (JSON.stringify(settings) !== JSON.stringify(this.#settings)) {
      this.#settings = settings;
      this.#changed.fire(settings);
    }
  }
}
