// The context of a folder for a command: its index, built now, and what git knows of it.
import { type ContextEvent, RepositoryContext } from "../completion/repositoryContext.js";
import { disabledSources, type Settings } from "../settings.js";
import type { Languages } from "../syntax/languages.js";
import { readBranch, readCoChanges } from "../workspace/git.js";
import type { Installation } from "../workspace/installation.js";
import { LocalIndex } from "../workspace/localIndex.js";

export interface OpenContextOptions {
  readonly installation: Installation;
  readonly languages: Languages;
  /** The folder, absolute. */
  readonly workspace: string;
  readonly settings: Settings;
  /** Names of sources to do without, besides those that the settings switch off. */
  readonly disabled?: readonly string[];
  readonly signal: AbortSignal;
  readonly onAnswer?: (event: ContextEvent) => void;
}

/** Who names a folder on the command line trusts it with git's log, as whoever types `git log` in it. */
export async function openContext(options: OpenContextOptions) {
  const { installation, languages, workspace, settings, disabled = [], signal, onAnswer } = options;
  const index = await LocalIndex.open({
    installation,
    directory: workspace,
    memoryLimit: settings.context.maxMemory * 1024 * 1024,
    signal,
    onProblem: (problem) => process.stderr.write(`horizon: ${problem}\n`),
  });
  const [branch, coChanges] = await Promise.all([readBranch(workspace), readCoChanges(workspace, signal)]);
  const provider = new RepositoryContext({
    ask: index.ask,
    surroundings: ({ path }) => ({
      folder: index.folder,
      path,
      edits: [],
      views: [],
      branch,
      coChanged: coChanges.of(path),
    }),
    language: (languageId) => languages.parsedId(languageId),
    disabled: () => [...disabledSources(settings), ...disabled],
    onAnswer,
  });
  return { provider, index, dispose: () => index.dispose() };
}

/** The context of a folder. Dispose it. */
export type OpenContext = Awaited<ReturnType<typeof openContext>>;
