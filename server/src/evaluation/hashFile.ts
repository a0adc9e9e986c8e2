// Names a file by what is in it.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { toInputError } from "./lines.js";

/**
 * SHA-256 of a file, lower-case hex.
 *
 * @throws {InputError} when it cannot be read
 */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    throw toInputError(file, error);
  }
  return hash.digest("hex");
}
