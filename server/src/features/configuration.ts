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
import { DEFAULT_SETTINGS, overrideSettings, parseSettings, SETTINGS_SECTION, type Settings } from "../settings.js";
import type { Arms } from "./arms.js";
import type { Feature } from "./feature.js";

/** Keeps the settings; tells who listens when they change, and the user when one of them is wrong. */
export class Configuration implements Feature {
  #settings: Settings = DEFAULT_SETTINGS;
  /** What the client sent last. */
  #section: unknown;
  readonly #arms: Arms | undefined;
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

  /** @param arms the experiments that the user takes part in, which go before the user's settings */
  constructor(arms?: Arms) {
    this.#arms = arms;
    arms?.onDidChange(() => this.#apply());
  }

  /** Arm by experiment as it is now; undefined where none runs. */
  get arms(): Readonly<Record<string, string>> | undefined {
    return this.#arms?.assigned;
  }

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
        await this.#accept(
          (settings as Readonly<Record<string, unknown>> | null)?.[SETTINGS_SECTION],
          ++this.#sequence,
        );
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
      await this.#accept(await this.#connection?.workspace.getConfiguration(SETTINGS_SECTION), sequence);
    } catch (error) {
      this.#connection?.console.error(`The editor did not answer which settings hold; they stay as they are. ${error}`);
    }
  }

  async #accept(section: unknown, sequence: number): Promise<void> {
    if (sequence !== this.#sequence) {
      return;
    }
    this.#section = section;
    const file = parseSettings(section).settings.experiments.file;
    if (this.#arms !== undefined && file !== this.#arms.file) {
      // It tells of the arms when it knows them; a model that is not the arm's must not be loaded before.
      await this.#arms.follow(file);
    }
    this.#apply();
  }

  /** Reads what the client sent last, with the arms as they are now. */
  #apply(): void {
    const overridden = overrideSettings(this.#section, this.#arms?.settings ?? {});
    const isOverridden = Object.keys(this.#arms?.settings ?? {}).length > 0;
    const parsed = parseSettings(isOverridden ? overridden.section : this.#section);
    const problems = [...overridden.problems, ...parsed.problems];
    const { settings } = parsed;
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
