// What an error of the file system, or of starting a program, means.
import { errorCode } from "../errorMessage.js";

/** There is no such file, or no such program. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}
