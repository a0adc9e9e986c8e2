// Reads a source file from disk as an editor would: encodings by their byte order mark, no text where there is none.

import { readFile, stat } from "node:fs/promises";
import { errorCode, errorMessage } from "../errorMessage.js";
import { InputError } from "./inputError.js";

/** VS Code shows no language features in files above 50 MB, and neither is a caret in one worth a model's time. */
const LARGEST_FILE_BYTES = 50 * 1024 * 1024;

/** Editors look at the first bytes only, too; a NUL later in a text file is an accident. */
const BINARY_PROBE_BYTES = 8192;

/**
 * The text of a file, without its byte order mark.
 *
 * @param path absolute
 * @throws {InputError} when there is no such file, or no text in it
 */
export async function readSourceFile(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const file = await stat(path);
    if (!file.isFile()) {
      throw new InputError(`${path} is ${file.isDirectory() ? "a folder" : "no regular file"}; name a file with code.`);
    }
    if (file.size > LARGEST_FILE_BYTES) {
      throw new InputError(
        `${path} has ${Math.round(file.size / 1024 / 1024)} MB; Horizon completes in files of up to 50 MB.`,
      );
    }
    bytes = await readFile(path);
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(explainFileError(path, error));
  }
  const text = decodeSource(bytes);
  if (text === undefined) {
    throw new InputError(`${path} is a binary file; name a text file.`);
  }
  return text;
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark. What is not valid becomes U+FFFD, as in the editor.
 *
 * @returns undefined for a binary file
 */
export function decodeSource(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return new TextDecoder("utf-16le").decode(bytes);
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return new TextDecoder("utf-16be").decode(bytes);
  }
  return bytes.subarray(0, BINARY_PROBE_BYTES).includes(0) ? undefined : new TextDecoder().decode(bytes);
}

function explainFileError(path: string, error: unknown): string {
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return `There is no file ${path}.`;
    case "EACCES":
    case "EPERM":
      return `${path} cannot be read: permission denied.`;
    default:
      return `${path} cannot be read: ${errorMessage(error)}`;
  }
}
