// Stands for the module `vscode` in unit tests (vitest.config.mts says so): as much of it as the tested files use, and
// a record of the commands that were run.

/** Commands that were run, in order; tests empty it. */
export const executed: string[] = [];

export const commands = {
  executeCommand: async (id: string): Promise<void> => {
    executed.push(id);
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

export const window: { activeTextEditor: EditorStandIn | undefined } = { activeTextEditor: undefined };

/** As in VS Code. */
export enum InlineCompletionTriggerKind {
  Invoke = 0,
  Automatic = 1,
}
