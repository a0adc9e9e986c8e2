// Reads a language's query from syntaxes/. Its first line may be `; inherits: LANGUAGE[, LANGUAGE]` (the convention of
// nvim-treesitter): those languages' query of the same name then goes before it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, errorMessage } from "../errorMessage.js";
import type { QueryName } from "./language.js";

/** A query that cannot be read or inherits what is not there; the message names the file. */
export class QueryFileError extends Error {
  override readonly name = "QueryFileError";
}

/**
 * A language's query with what it inherits; undefined when it has none.
 *
 * @param directory the folder syntaxes/
 * @param folder the language's folder in it
 * @throws {QueryFileError} when a file cannot be read, or what it inherits is missing or leads back to it
 */
export function readQuery(directory: string, folder: string, name: QueryName): Promise<string | undefined> {
  return readInherited(directory, folder, name, []);
}

async function readInherited(
  directory: string,
  folder: string,
  name: QueryName,
  heirs: readonly string[],
): Promise<string | undefined> {
  const path = join(directory, folder, `${name}.scm`);
  if (heirs.includes(folder)) {
    throw new QueryFileError(`${path} inherits itself by way of ${heirs.join(", ")}. Take one "; inherits:" out.`);
  }
  const source = await readIfPresent(path);
  if (source === undefined) {
    return undefined;
  }
  const parts: string[] = [];
  for (const parent of parentsOf(source)) {
    const inherited = await readInherited(directory, parent, name, [...heirs, folder]);
    if (inherited === undefined) {
      throw new QueryFileError(`${path} inherits ${name}.scm of ${parent}, which has none.`);
    }
    parts.push(inherited);
  }
  return [...parts, source].join("\n");
}

function parentsOf(source: string): readonly string[] {
  const names = /^;+ *inherits: *(.+)/.exec(source)?.[1] ?? "";
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      return undefined;
    }
    throw new QueryFileError(`${path} cannot be read (${errorMessage(error)}).`);
  }
}
