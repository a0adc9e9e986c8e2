// The files that the replay types into: real ones that every machine with this checkout has, with pieces taken out.
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Gap, TypedFile } from "./typedFile.js";
import type { TypingPlace } from "./typist.js";

/** Packages of node_modules whose licence (MIT) allows it and whose files are long enough to fill a prompt. */
const sources = [
  "commander/lib/command.js",
  "commander/lib/help.js",
  "zod/src/v4/core/util.ts",
  "zod/src/v4/core/registries.ts",
  "zod/src/v4/core/doc.ts",
  "zod/src/v4/core/schemas.ts",
] as const;

/** Files that are only there to be found by the context. */
const beside = [
  "commander/lib/argument.js",
  "commander/lib/option.js",
  "commander/lib/error.js",
  "zod/src/v4/core/errors.ts",
  "zod/src/v4/core/core.ts",
  "zod/src/v4/core/checks.ts",
] as const;

/** Where in a file something is taken out: shares of its length. */
const gapPlaces = [0.4, 0.75];

export interface TypingCorpus {
  /** The folder with the files as they are before typing begins. */
  readonly folder: string;
  /** New files for one replay: the first place of each, or both. */
  places(perFile: 1 | 2): TypingPlace[];
}

/**
 * Writes the files without what is to be typed.
 *
 * @param gapCharacters about so many are taken out at each place, whole lines
 */
export async function writeTypingCorpus(nodeModules: string, gapCharacters: number): Promise<TypingCorpus> {
  const folder = await mkdtemp(path.join(tmpdir(), "horizon-typing-"));
  const files: { readonly name: string; readonly text: string; readonly gaps: readonly Gap[] }[] = [];
  for (const name of [...sources, ...beside]) {
    const text = (await readFile(path.join(nodeModules, name), "utf8")).replaceAll("\r\n", "\n");
    const isTyped = (sources as readonly string[]).includes(name);
    const gaps = isTyped ? gapPlaces.map((share) => gapAt(text, Math.floor(text.length * share), gapCharacters)) : [];
    if (isTyped) files.push({ name, text, gaps });
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, new TypedFile(name, text, gaps).text);
  }
  return {
    folder,
    places: (perFile) =>
      files.flatMap(({ name, text, gaps }) => {
        const file = new TypedFile(name, text, gaps.slice(0, perFile));
        return gaps.slice(0, perFile).map((_, place) => ({ file, place }));
      }),
  };
}

/** Whole lines from the first line start at or after an offset. */
function gapAt(text: string, offset: number, characters: number): Gap {
  const start = text.indexOf("\n", offset) + 1;
  return { start, end: text.indexOf("\n", start + characters) + 1 };
}
