// The model's life: loaded once the settings are known, loaded anew when they name another, unloaded while Horizon is
// off. A model that cannot be used is a state to show; the server lives on.
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Connection, InitializeParams, ServerCapabilities } from "vscode-languageserver/node";
import { version } from "../../../package.json";
import type { CompletionResult } from "../completion/completion.js";
import type { CompletionEngine, EngineOptions, PromptEvent } from "../completion/engine.js";
import { createRepositoryMemory, type RepositoryMemory, type SeenDocument } from "../completion/repositoryMemory.js";
import type { CompletionSettings } from "../completion/settings.js";
import { errorMessage } from "../errorMessage.js";
import type { LanguageModel } from "../inference/generation.js";
import { defaultThreads, type LoadModelOptions, loadModel } from "../inference/loadModel.js";
import { describeProfile, type MachineProfile } from "../inference/machineProfile.js";
import { measureMachine } from "../inference/measureMachine.js";
import type { ModelState } from "../inference/modelState.js";
import { MeasureNotification } from "../protocol.js";
import type { Settings } from "../settings.js";
import { Languages } from "../syntax/languages.js";
import {
  completionSettingsOf,
  createEngine,
  type Installation,
  loadInstalledLanguages,
} from "../workspace/installation.js";
import { Calibration } from "./calibration.js";
import type { Configuration } from "./configuration.js";
import type { Feature } from "./feature.js";
import { readInitializationOptions } from "./initializationOptions.js";
import { Profiles } from "./profiles.js";
import { PromptRecorder } from "./promptRecorder.js";
import type { Status } from "./status.js";

/** Tokens of a suggestion that say how fast the machine is; fewer are over before it has got going. */
const fewestTellingTokens = 4;

/** One model from the decision to load it until it is closed. */
interface Loading {
  /** What it is loaded from and how; another key is another model. */
  readonly key: string;
  /** Of the model. */
  readonly directory: string;
  readonly controller: AbortController;
  /** Undefined when it could not be loaded. */
  readonly loaded: Promise<LoadedModel | undefined>;
}

/** What an engine is made of besides the model and the settings. */
export type EngineParts = Pick<EngineOptions, "context" | "pause" | "budgetShare">;

/** Who knows the files that a model is to learn. */
export interface FileTeacher {
  /** Tells a memory of the files, from now on, and no other any more. */
  teach(memory: RepositoryMemory | undefined): void;
  keyOf(document: SeenDocument): string;
}

interface LoadedModel {
  readonly model: LanguageModel;
  readonly engine: CompletionEngine;
}

/** Owns at most one loaded model. */
export class Model implements Feature {
  readonly #configuration: Configuration;
  readonly #status: Status;
  readonly #installation: Installation;
  readonly #engineOptions: EngineParts;
  readonly #teacher: FileTeacher | undefined;
  /** The engine that was made last. */
  #engine: CompletionEngine | undefined;
  #connection: Connection | undefined;
  #clientDirectory: string | undefined;
  #recorder: PromptRecorder | undefined;
  #profiles: Profiles | undefined;
  readonly #calibration: Calibration;
  /** What was measured of this machine with the present model. */
  #profile: MachineProfile | undefined;
  #loading: Loading | undefined;
  /** Resolves when the model before the current one has given back its memory. */
  #closed: Promise<unknown> = Promise.resolve();
  #languages: Promise<Languages> | undefined;
  #loadedLanguages: Languages | undefined;
  #decide = (): void => {};
  /** Resolves when the settings have been read, and with them whether there is a model to wait for. */
  readonly #decided = new Promise<void>((resolve) => {
    this.#decide = resolve;
  });

  constructor(
    configuration: Configuration,
    status: Status,
    installation: Installation,
    engineOptions: EngineParts = {},
    teacher?: FileTeacher,
  ) {
    this.#configuration = configuration;
    this.#status = status;
    this.#installation = installation;
    this.#engineOptions = engineOptions;
    this.#teacher = teacher;
    this.#calibration = new Calibration({
      profiles: () => this.#profiles,
      version,
      measure: (directory, signal) =>
        measureMachine({ directory, hostScript: installation.hostScript, signal, now: () => performance.now() }),
      isBusy: () => status.isWorking,
      wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => {}),
      now: () => performance.now(),
      log: (message) => this.#connection?.console.warn(message),
    });
  }

  initialize(params: InitializeParams): ServerCapabilities {
    const { modelDirectory, recordPromptsTo, globalStoragePath } = readInitializationOptions(
      params.initializationOptions,
    );
    this.#clientDirectory = modelDirectory;
    this.#profiles = globalStoragePath === undefined ? undefined : new Profiles(globalStoragePath);
    if (recordPromptsTo !== undefined) {
      this.#recorder = new PromptRecorder(recordPromptsTo, (error) =>
        this.#connection?.console.error(`A prompt could not be recorded: ${errorMessage(error)}`),
      );
    }
    return {};
  }

  register(connection: Connection): void {
    this.#connection = connection;
    connection.onNotification(MeasureNotification.type, () => this.#measure());
  }

  async initialized(): Promise<void> {
    this.#languages = this.#loadLanguages();
    this.#configuration.onDidChange((settings) => this.#follow(settings));
    this.#follow(this.#configuration.settings);
    this.#decide();
  }

  async dispose(): Promise<void> {
    this.#unload();
    await this.#closed;
    await this.#recorder?.flush();
  }

  /**
   * Waits until the model can be asked.
   *
   * @returns undefined when there is none to wait for, or the signal aborts first
   */
  async ready(signal: AbortSignal): Promise<CompletionEngine | undefined> {
    await this.#decided;
    for (;;) {
      const loading = this.#loading;
      const loaded = await loading?.loaded;
      if (signal.aborted) {
        return undefined;
      }
      if (loading === this.#loading) {
        return loaded?.engine;
      }
      // Another model took its place meanwhile: wait for that one.
    }
  }

  /** Milliseconds of processor time that the present model has taken to compute. */
  get processorTime(): number {
    return (this.#engine?.computedMilliseconds ?? 0) * this.#threads;
  }

  /** A suggestion was written: a machine that has become slow for good is measured again. */
  noteSpeed({ timings, completions }: CompletionResult): void {
    const tokens = completions[0]?.tokens ?? 0;
    const isTelling = tokens >= fewestTellingTokens && this.#profile !== undefined;
    if (isTelling && this.#calibration.note(this.#profile as MachineProfile, timings.decode / tokens)) {
      this.#measure();
    }
  }

  get #threads(): number {
    return this.#configuration.settings.model.threads || (this.#profile?.threads ?? defaultThreads());
  }

  /** Folder's name in syntaxes/ for VS Code's language id; undefined for one without, and before they are read. */
  languageOf(languageId: string): string | undefined {
    return this.#loadedLanguages?.parsedId(languageId);
  }

  #follow(settings: Settings): void {
    if (!settings.enabled) {
      this.#unload();
      this.#status.set({ state: "off", reason: "switched off in the settings (horizon.enabled)" });
      return;
    }
    const bundled = this.#clientDirectory ?? this.#installation.modelDirectory;
    const directory = settings.model.path === "" ? bundled : expandHome(settings.model.path, homedir());
    const key = JSON.stringify([directory, settings.model.threads]);
    if (key === this.#loading?.key) {
      // The other settings concern the engine alone: the model stays loaded.
      this.#loading.loaded.then((loaded) => loaded?.engine.configure(this.#completionSettings(settings)));
      return;
    }
    this.#unload();
    this.#status.set({ state: "starting" });
    const controller = new AbortController();
    const { hostScript } = this.#installation;
    this.#loading = { key, directory, controller, loaded: this.#load({ directory, hostScript }, controller.signal) };
  }

  #unload(): void {
    const loading = this.#loading;
    if (loading !== undefined) {
      this.#loading = undefined;
      this.#teacher?.teach(undefined);
      loading.controller.abort();
      const close = loading.loaded.then((loaded) => loaded?.model.dispose());
      this.#closed = close.catch((error) => this.#connection?.console.error(errorMessage(error)));
    }
  }

  async #load(options: LoadModelOptions, signal: AbortSignal): Promise<LoadedModel | undefined> {
    await this.#closed; // two models at once would take twice the memory
    let model: LanguageModel | undefined;
    const onStateChange = (state: ModelState): void => {
      if (model !== undefined && !signal.aborted) {
        this.#showState(state, model);
      }
    };
    try {
      const isFree = this.#configuration.settings.model.threads === 0;
      this.#profile = isFree ? await this.#calibration.find(options.directory) : undefined;
      const { promptTokens } = this.#profile ?? {};
      const log = (message: string): void => this.#connection?.console.info(message);
      model = await loadModel({ ...options, threads: this.#threads, promptTokens, onStateChange, signal, log });
      const languages = (await this.#languages) ?? new Languages([]);
      if (!signal.aborted) {
        this.#setReady(model);
        if (isFree && this.#profile === undefined) {
          this.#measure();
        }
      }
      const recorder = this.#recorder;
      const { id, sha256 } = model;
      const onPrompt =
        recorder === undefined ? undefined : (event: PromptEvent) => recorder.record(event, { id, sha256 });
      const documents = this.#createMemory(model);
      const parts = { ...this.#engineOptions, onPrompt, documents };
      const { settings } = this.#configuration;
      this.#engine = createEngine(model, settings, languages, parts);
      this.#engine.configure(this.#completionSettings(settings));
      return { model, engine: this.#engine };
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(errorMessage(error));
      }
      return undefined;
    }
  }

  /** Has a model learn the files, where it can. */
  #createMemory(model: LanguageModel): RepositoryMemory | undefined {
    const teacher = this.#teacher;
    const memory = teacher && createRepositoryMemory(model, { keyOf: (document) => teacher.keyOf(document) });
    teacher?.teach(memory);
    return memory;
  }

  /** Without its languages Horizon treats all code alike, which is worse and still of use. */
  async #loadLanguages(): Promise<Languages> {
    const log = (message: string): void => this.#connection?.console.error(message);
    try {
      this.#loadedLanguages = await loadInstalledLanguages(this.#installation, log);
      return this.#loadedLanguages;
    } catch (error) {
      log(errorMessage(error));
      return new Languages([]);
    }
  }

  /** Measures the machine when it is quiet, and takes what was chosen. */
  #measure(): void {
    const loading = this.#loading;
    if (loading === undefined || this.#configuration.settings.model.threads !== 0) {
      return;
    }
    const { directory, controller } = loading;
    void this.#calibration.measure(directory, controller.signal).then((profile) => {
      if (profile === undefined || loading !== this.#loading) {
        return;
      }
      this.#connection?.console.info(`Measured this machine: ${describeProfile(profile)}`);
      void loading.loaded.then((loaded) => this.#adopt(profile, loading, loaded));
    });
  }

  /** Goes by another profile; another number of threads, or other prompts, need the model loaded anew. */
  #adopt(profile: MachineProfile, loading: Loading, loaded: LoadedModel | undefined): void {
    if (loading !== this.#loading || loaded === undefined) {
      return;
    }
    const { settings } = this.#configuration;
    if (profile.threads !== this.#threads || profile.promptTokens !== loaded.model.promptTokens) {
      this.#unload();
      this.#follow(settings);
      return;
    }
    this.#profile = profile;
    loaded.engine.configure(this.#completionSettings(settings));
    this.#setReady(loaded.model);
  }

  #completionSettings(settings: Settings): CompletionSettings {
    const chosen = completionSettingsOf(settings);
    const { multiLineTokens } = this.#profile ?? chosen;
    return { ...chosen, multiLineTokens: Math.min(multiLineTokens, chosen.multiLineTokens) };
  }

  #setReady({ id }: LanguageModel): void {
    const machine = this.#profile && describeProfile(this.#profile);
    this.#status.set({ state: "ready", model: id, ...(machine === undefined ? {} : { machine }) });
  }

  /** What becomes of the model's process after it was loaded. */
  #showState(state: ModelState, model: LanguageModel): void {
    switch (state.state) {
      case "starting":
        this.#status.set({ state: "starting" });
        break;
      case "ready":
      case "restarted":
        this.#setReady(model);
        break;
      case "error":
        this.#fail(state.error.message);
    }
  }

  #fail(message: string): void {
    this.#connection?.console.error(message);
    this.#status.set({ state: "error", message });
  }
}

/** The path that a setting stands for. */
export function expandHome(path: string, homeDirectory: string): string {
  return /^~[/\\]/.test(path) ? join(homeDirectory, path.slice(2)) : path;
}
