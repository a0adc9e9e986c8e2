// An indexer for real files, with everything that it needs: for the worker, the command line and benchmarks alike.
import { loadLanguages } from "../../syntax/languages.js";
import type { WasmFiles } from "../../syntax/wasmParser.js";
import { extractorQueries, SymbolExtractor } from "../ast/extract.js";
import { readerKey } from "./contentKey.js";
import type { GitUser } from "./gitRepository.js";
import { Indexer, type IndexerOptions } from "./indexer.js";
import { diskSources } from "./sourceFiles.js";
import { diskStorage } from "./storageFiles.js";

/** What an indexer is made from. Plain data: it is sent to the worker. */
export interface IndexerSetup {
  /** The folder syntaxes/. */
  readonly syntaxesDirectory: string;
  readonly wasm: WasmFiles;
  /** Take native grammars where they load. */
  readonly native?: boolean;
  /** Absolute path of the folder to keep the index in; kept nowhere when not given. */
  readonly storageDirectory?: string | undefined;
  /** Bytes that the index may take in memory. */
  readonly memoryLimit: number;
  readonly gitUser: GitUser;
}

/**
 * Makes an indexer. Dispose it.
 *
 * @throws LanguageError when a file of the languages cannot be used
 */
export async function createIndexer(
  setup: IndexerSetup,
  options: Pick<IndexerOptions, "onProblem" | "isUrgent" | "onChange"> &
    Partial<Pick<IndexerOptions, "sources" | "clock">>,
): Promise<Indexer> {
  const { syntaxesDirectory: directory, wasm, native = false, storageDirectory, memoryLimit, gitUser } = setup;
  const { onProblem } = options;
  const languages = await loadLanguages({ directory, queries: extractorQueries, wasm, native, onProblem });
  const clock = { now: () => performance.now(), time: () => Date.now() };
  // Another version of a grammar may find something else in the same text.
  const key = readerKey(languages.all, wasm.grammars) + (native ? "native" : "");
  return new Indexer({
    extractor: new SymbolExtractor(languages),
    sources: diskSources,
    gitUser,
    memoryLimit,
    clock,
    storage:
      storageDirectory === undefined
        ? undefined
        : { files: diskStorage, directory: storageDirectory, readerKey: key, onProblem, now: clock.time },
    ...options,
    onDispose: () => languages.dispose(),
  });
}

/** The user whose git settings count. */
export function currentGitUser(environment: NodeJS.ProcessEnv): GitUser {
  return { home: environment.HOME ?? environment.USERPROFILE, configHome: environment.XDG_CONFIG_HOME };
}
