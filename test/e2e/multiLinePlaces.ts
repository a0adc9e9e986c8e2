// Finds places in real code at which the model writes several lines, by asking the real server on this machine: what a
// model writes differs between processors, so no test may know such a place beforehand.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ServerProcess } from "../integration/serverProcess.js";

/** A file that ends where its last line is to be indented. */
export interface Place {
  readonly file: string;
  /** Up to the last space of the indentation, which is still to be typed. */
  readonly text: string;
  /** What is suggested when it has been typed. */
  readonly suggestion: string;
}

export interface PlaceSearch {
  /** Python files. */
  readonly folder: string;
  /** The `horizon` section of the settings; the places hold under these. */
  readonly settings: unknown;
  /** Bodies of functions that are asked for at most. */
  readonly asked: number;
  /** Places after which the search ends. */
  readonly count: number;
}

/** A suggestion of so many lines is written for long enough to be seen growing. */
const fewestLines = 4;

/** Beginnings of functions with a suggestion of several lines, the longest first. */
export async function findMultiLinePlaces({ folder, settings, asked, count }: PlaceSearch): Promise<Place[]> {
  const beginnings = spread(
    readdirSync(folder)
      .filter((name) => name.endsWith(".py"))
      .sort()
      .flatMap((name) => functionBeginnings(readFileSync(path.join(folder, name), "utf8"))),
    asked,
  );
  const uri = pathToFileURL(folder).href;
  const server = await ServerProcess.start({ settings, workspaceFolders: [{ uri, name: path.basename(folder) }] });
  try {
    await server.untilState("ready");
    const places: Place[] = [];
    for (const [index, text] of beginnings.entries()) {
      if (places.length === count) break;
      const file = `place${index}.py`;
      await server.open(`${uri}/${file}`, "python", text);
      const lines = text.split("\n");
      const position = { line: lines.length - 1, character: (lines.at(-1) ?? "").length };
      const [item] = await server.inlineCompletion(`${uri}/${file}`, position);
      await server.close(`${uri}/${file}`);
      const suggestion = typeof item?.insertText === "string" ? item.insertText : "";
      if (lineCount(suggestion) >= fewestLines) places.push({ file, text: text.slice(0, -1), suggestion });
    }
    return places.sort((a, z) => lineCount(z.suggestion) - lineCount(a.suggestion));
  } finally {
    await server.stop();
  }
}

/** The text up to where the body of each function begins, indented. */
function functionBeginnings(text: string): string[] {
  return [...text.matchAll(/^( *)def \w+\([^()]*\):\n/gm)].map(
    ({ 0: line, 1: indentation = "", index }) => `${text.slice(0, index + line.length)}${indentation}    `,
  );
}

/** So many of some values, evenly spread over them. */
function spread<Value>(values: readonly Value[], count: number): Value[] {
  const step = Math.max(1, values.length / count);
  return Array.from(
    { length: Math.min(count, values.length) },
    (_, index) => values[Math.floor(index * step)] as Value,
  );
}

function lineCount(text: string): number {
  return text.split("\n").length;
}
