// Where the parts of Horizon are, and the engine made of them: the same for the language server and the command line.
import { extname, join } from "node:path";
import { CompletionEngine, type EngineOptions } from "../completion/engine.js";
import { type CompletionSettings, defaultCompletionSettings } from "../completion/settings.js";
import { currentGitUser, type IndexerSetup } from "../context/index/createIndexer.js";
import type { LanguageModel } from "../inference/generation.js";
import type { Settings } from "../settings.js";
import { type Languages, loadLanguages } from "../syntax/languages.js";
import type { WasmFiles } from "../syntax/wasmParser.js";

/** Paths of an installed Horizon. */
export interface Installation {
  /** Folder of the model that comes with Horizon. */
  readonly modelDirectory: string;
  /** The bundle that the model's process runs. */
  readonly hostScript: string;
  /** The bundle that the index's worker runs. */
  readonly indexScript: string;
  /** Folder with one folder per language. */
  readonly syntaxesDirectory: string;
  /** Folder of the WebAssembly files. */
  readonly wasmDirectory: string;
}

/** @param bundles the folder of the bundles, dist/; everything else lies around it */
export function installationAround(bundles: string): Installation {
  return {
    modelDirectory: join(bundles, "..", "models", "default"),
    hostScript: join(bundles, "modelHost.js"),
    indexScript: join(bundles, "indexWorker.js"),
    syntaxesDirectory: join(bundles, "..", "syntaxes"),
    wasmDirectory: bundles,
  };
}

/** The WebAssembly files of an installation. */
export function wasmFilesOf({ wasmDirectory }: Installation): WasmFiles {
  return { runtime: join(wasmDirectory, "web-tree-sitter.wasm"), grammars: wasmDirectory };
}

/**
 * The languages that come with Horizon.
 *
 * @param onProblem told why a language has no syntax trees; it works without
 * @throws {LanguageError} when a file of them cannot be used
 */
export function loadInstalledLanguages(
  installation: Installation,
  onProblem: (message: string) => void,
): Promise<Languages> {
  return loadLanguages({ directory: installation.syntaxesDirectory, wasm: wasmFilesOf(installation), onProblem });
}

/** What an index is made from here. */
export function indexerSetup(
  installation: Installation,
  limits: Pick<IndexerSetup, "memoryLimit" | "storageDirectory">,
): IndexerSetup {
  return {
    syntaxesDirectory: installation.syntaxesDirectory,
    wasm: wasmFilesOf(installation),
    gitUser: currentGitUser(process.env),
    ...limits,
  };
}

/** VS Code's language id of a file by its name, for where no editor says it; `plaintext` for an unknown one. */
export function languageIdOf(path: string, languages: Languages): string {
  const extension = extname(path).toLowerCase();
  return languages.all.find(({ fileExtensions }) => fileExtensions.includes(extension))?.languageIds[0] ?? "plaintext";
}

/** What of the settings concerns the engine. */
export function completionSettingsOf({ completion, context, engine }: Settings): CompletionSettings {
  const { singleLineTokens, multiLineTokens, snippetShare } = defaultCompletionSettings;
  return {
    singleLineTokens: engine.singleLineTokens ?? singleLineTokens,
    multiLineTokens: engine.multiLineTokens ?? multiLineTokens,
    snippetShare: engine.snippetShare ?? snippetShare,
    maxLines: completion.maxLines,
    contextLimit: context.timeLimit,
    memory: context.memory,
    ...(engine.disabled === undefined ? {} : { disabled: engine.disabled }),
  };
}

/** The engine for a model. The options are for those who measure it. */
export function createEngine(
  model: LanguageModel,
  settings: Settings,
  languages: Languages,
  options: Omit<EngineOptions, "model" | "clock" | "settings" | "languages"> = {},
): CompletionEngine {
  return new CompletionEngine({
    model,
    clock: performance,
    settings: completionSettingsOf(settings),
    languages,
    ...options,
  });
}
