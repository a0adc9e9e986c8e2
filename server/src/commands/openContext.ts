// The context of a folder for a command: its index, built now, and what git knows of it.
import { type ContextEvent, RepositoryContext } from "../completion/repositoryContext.js";
import { disabledSources, type Settings } from "../settings.js";
import type { Languages } from "../syntax/languages.js";
import { readBranch, readCoChanges } from "../workspace/git.js";
import type { Installation } from "../workspace/installation.js";
import { LocalIndex } from "../workspace/localIndex.js";

/** Milliseconds for which a folder is read: somebody waits in a terminal, and the files nearest to theirs come first. */
const patience = 20_000;

export interface OpenContextOptions {
  readonly installation: Installation;
  readonly languages: Languages;
  /** The folder, absolute. */
  readonly workspace: string;
  /** The document that is asked about; without one all of the folder is read, however long that takes. */
  readonly document?: { readonly uri: string; readonly text: string };
  readonly settings: Settings;
  /** Names of sources to do without, besides those that the settings switch off. */
  readonly disabled?: readonly string[];
  readonly signal: AbortSignal;
  readonly onAnswer?: (event: ContextEvent) => void;
}

/** Who names a folder on the command line trusts it with git's log, as whoever types `git log` in it. */
export async function openContext(options: OpenContextOptions) {
  const { installation, languages, workspace, document, settings, disabled = [], signal, onAnswer } = options;
  const onProblem = (problem: string): boolean => process.stderr.write(`horizon: ${problem}\n`);
  const index = await LocalIndex.open({
    installation,
    directory: workspace,
    memoryLimit: settings.context.maxMemory * 1024 * 1024,
    signal,
    onProblem,
    document,
    patience: document && patience,
  });
  const { state, files } = index.status;
  if (state !== "ready") {
    const limits = `${patience / 1000} seconds were enough for ${files} of its files, and the others are left out`;
    onProblem(`${workspace} is large: ${limits}. --workspace names a smaller folder, an editor reads all of it.`);
  }
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
