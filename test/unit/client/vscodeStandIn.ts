// Stands for the module `vscode` in unit tests (vitest.config.mts says so): as much of it as the tested files use, and
// a record of the commands that were run.

/** Commands that were run, in order; tests empty it. */
export const executed: string[] = [];

/** What commands answer; nothing where a test does not say. */
export const answering: { with: (id: string, ...parameters: readonly unknown[]) => Promise<unknown> } = {
  with: async () => undefined,
};

export const commands = {
  executeCommand: async (id: string, ...parameters: readonly unknown[]): Promise<unknown> => {
    executed.push(id);
    return answering.with(id, ...parameters);
  },
};

/** What `window.activeTextEditor` is made of here. */
export interface EditorStandIn {
  readonly document: { readonly uri: { toString(): string }; version: number };
  readonly selection: {
    readonly isEmpty: boolean;
    readonly active: { readonly line: number; readonly character: number };
  };
}

type SelectionListener = (event: { readonly textEditor: EditorStandIn }) => void;

/** Who listens to moves of the caret. */
export const selectionListeners = new Set<SelectionListener>();

export const window: {
  activeTextEditor: EditorStandIn | undefined;
  onDidChangeTextEditorSelection(listener: SelectionListener): { dispose(): void };
} = {
  activeTextEditor: undefined,
  onDidChangeTextEditorSelection: (listener) => {
    selectionListeners.add(listener);
    return { dispose: () => selectionListeners.delete(listener) };
  },
};

/** The user's settings, by their names behind `horizon.`; tests empty it. */
export const configured = new Map<string, unknown>();

export const workspace = {
  getConfiguration: () => ({ get: (name: string, otherwise: unknown) => configured.get(name) ?? otherwise }),
};

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

/** As in VS Code. */
export enum InlineCompletionTriggerKind {
  Invoke = 0,
  Automatic = 1,
}
