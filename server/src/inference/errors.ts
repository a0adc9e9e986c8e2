// The errors of a model: what kind of thing went wrong, in a message that says what to do next.

import { errorMessage } from "../errorMessage.js";

/**
 * What went wrong with a model.
 * - `manifest`: the model's folder: manifest.json or a file that it names is missing, cut off or wrong (see
 *   ManifestError).
 * - `tokenizer`: tokenizer.json cannot be used.
 * - `unsupportedPlatform`: ONNX Runtime has no library that loads on this machine.
 * - `load`: ONNX Runtime refuses the weights, or the session does not look as the manifest says.
 * - `selfTest`: the model loads but does not do what its manifest says it does.
 * - `crashed`: the model process died; it is started again.
 * - `outOfMemory`: the model process had no memory left.
 * - `inference`: running the model failed.
 * - `input`: the prompt cannot be given to this model.
 * - `cancelled`: the caller gave up while the model was loading.
 * - `disposed`: the model was used after dispose().
 */
export type ModelErrorKind =
  | "manifest"
  | "tokenizer"
  | "unsupportedPlatform"
  | "load"
  | "selfTest"
  | "crashed"
  | "outOfMemory"
  | "inference"
  | "input"
  | "cancelled"
  | "disposed";

/** A model cannot be loaded or used. The message is written for the user. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";

  constructor(
    readonly kind: ModelErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Something in a model's folder is not as it must be. */
export class ManifestError extends ModelError {
  override readonly name = "ManifestError";

  /**
   * @param file - Path of the file that is wrong.
   * @param field - Path of the field inside manifest.json, such as `files.weights.sha256`; undefined when the file as
   *   a whole is wrong.
   * @param problem - What is wrong and what to do about it.
   */
  constructor(
    readonly file: string,
    readonly field: string | undefined,
    problem: string,
    options?: ErrorOptions,
  ) {
    super("manifest", field === undefined ? `${file}: ${problem}` : `${file}: ${field}: ${problem}`, options);
  }
}

/** Whatever was thrown, as a ModelError: itself if it is one, else one of the given kind. */
export function toModelError(error: unknown, kind: ModelErrorKind): ModelError {
  return error instanceof ModelError ? error : new ModelError(kind, errorMessage(error), { cause: error });
}
