// What a client may say in initializationOptions. Anything unknown or wrong there is left out of account: an editor's
// start must not fail for it.

/** The client's wishes, complete. */
export interface InitializationOptions {
  /** The client understands CompletionUpdateNotification. */
  readonly streaming: boolean;
  /** Folder of the model to use where the settings name none; undefined for the bundled one. */
  readonly modelDirectory: string | undefined;
  /** File to append every prompt to, with what it was made of; undefined to record nothing. It holds the user's code. */
  readonly recordPromptsTo: string | undefined;
  /** The user trusts the workspace: git may be run in it. False where the client says nothing. */
  readonly trusted: boolean;
  /** Folder for what is to be kept between two starts; undefined to keep nothing. */
  readonly storagePath: string | undefined;
  /** The same for what does not depend on the open folders; undefined to keep nothing, and to measure nothing. */
  readonly globalStoragePath: string | undefined;
}

/** Reads initializationOptions, whatever came. */
export function readInitializationOptions(options: unknown): InitializationOptions {
  const given: Readonly<Record<string, unknown>> =
    typeof options === "object" && options !== null ? (options as Readonly<Record<string, unknown>>) : {};
  const { streaming, modelDirectory, recordPromptsTo, trusted, storagePath, globalStoragePath } = given;
  return {
    streaming: streaming === true,
    modelDirectory: typeof modelDirectory === "string" && modelDirectory !== "" ? modelDirectory : undefined,
    recordPromptsTo: typeof recordPromptsTo === "string" && recordPromptsTo !== "" ? recordPromptsTo : undefined,
    trusted: trusted === true,
    globalStoragePath:
      typeof globalStoragePath === "string" && globalStoragePath !== "" ? globalStoragePath : undefined,
    storagePath: typeof storagePath === "string" && storagePath !== "" ? storagePath : undefined,
  };
}
