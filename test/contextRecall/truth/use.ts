// A use of a name and its definition in another file, as a language's own tool resolves it.
import { z } from "zod";
import { InputError } from "../../../server/src/workspace/inputError.js";
import { parseJson } from "../../../server/src/workspace/parseJson.js";

const useSchema = z.object({
  /** Relative to the folder that was looked at, with forward slashes. */
  file: z.string(),
  useStart: z.number(),
  useEnd: z.number(),
  /** As it is defined: an import may have given it another one. */
  name: z.string(),
  /** By the tool's own words: `function`, `class`, `field`, … */
  kind: z.string(),
  definitionFile: z.string(),
  /** Of the name. */
  definitionStart: z.number(),
  /** Where the head ends: before the body, or at the end of the line for what has none. */
  definitionEnd: z.number(),
});

/** Offsets are UTF-16 units, ranges half-open. */
export type Use = Readonly<z.infer<typeof useSchema>>;

/** @throws {InputError} when a line is none */
export function parseUses(text: string, place: string): readonly Use[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      const explain = (reason: string) => `${place}:${index + 1}: this line is no use of a name: ${reason}`;
      return parseJson(line, useSchema, { notJson: explain, notAsExpected: explain });
    });
}

/**
 * The text of the definition's name and head.
 *
 * @throws {InputError} when the name is not there: the tool read another text
 */
export function headOf({ name, definitionFile, definitionStart, definitionEnd }: Use, text: string): string {
  if (!text.startsWith(name, definitionStart)) {
    throw new InputError(`${definitionFile}: ${name} is not at ${definitionStart}; has the file changed?`);
  }
  // What separates a head from what follows is not of it.
  return text.slice(definitionStart, definitionEnd).replace(/(?:[\s;,:{]|=>)+$/, "");
}
