// Code that nobody here wrote, as files on disk and places in them where its authors went on writing.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { InlineCompletionItem, Position } from "vscode-languageserver-protocol/node";
import type { CompletionUpdateParams } from "../../server/src/protocol.js";
import { copyPythonCode, copyTypeScriptCode } from "../support/codeFolders.js";
import type { ServerProcess } from "./serverProcess.js";

/** A file in a folder of real code. */
export interface CodeFile {
  readonly languageId: string;
  /** Path in the folder. */
  readonly path: string;
  readonly file: string;
  readonly uri: string;
  readonly text: string;
}

/** A temporary folder of real code, Python and TypeScript side by side in `python/` and `typescript/`. */
export class CodeFolder {
  private constructor(readonly folder: string) {}

  static async create(): Promise<CodeFolder> {
    const folder = await mkdtemp(path.join(tmpdir(), "horizon-code-"));
    await copyPythonCode(path.join(folder, "python"));
    await copyTypeScriptCode(path.join(folder, "typescript"));
    return new CodeFolder(folder);
  }

  get python(): Promise<CodeFile> {
    return this.#read("python/textwrap.py", "python");
  }

  get typeScript(): Promise<CodeFile> {
    return this.#read("typescript/util.ts", "typescript");
  }

  /** A folder inside this one, as an editor opens it. */
  workspace(...segments: readonly string[]): { uri: string; name: string } {
    const folder = path.join(this.folder, ...segments);
    return { uri: pathToFileURL(folder).href, name: path.basename(folder) };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #read(relativePath: string, languageId: string): Promise<CodeFile> {
    const file = path.join(this.folder, relativePath);
    const text = await readFile(file, "utf8");
    return { languageId, path: relativePath, file, uri: pathToFileURL(file).href, text };
  }
}

/** A file as it was when its author had written it up to the caret. */
export interface Hole {
  readonly text: string;
  readonly position: Position;
  /** What its author wrote there. */
  readonly missing: string;
}

/** Ends of what was typed: within a line, and below the head of a block. */
export const WITHIN_A_LINE = /^.*(?:return |= |\()(?=\S)/gm;
export const BLOCK_START = /^.*[:{]\n[ \t]+(?=\S)/gm;

/**
 * Makes holes in a file, spread over it.
 *
 * @param pattern with the flag `g`; a hole begins behind a match
 * @param lines how many lines the hole takes; 1 for the rest of the line
 */
export function makeHoles(text: string, pattern: RegExp, count: number, lines = 1): Hole[] {
  const starts = [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
  const step = Math.max(1, Math.floor(starts.length / count));
  return starts
    .filter((_, index) => index % step === 0)
    .slice(0, count)
    .map((start) => {
      const rest = text.slice(start).split("\n");
      const missing = rest.slice(0, lines).join("\n");
      const before = text.slice(0, start).split("\n");
      return {
        text: text.slice(0, start) + text.slice(start + missing.length),
        position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
        missing,
      };
    });
}

/** A hole that the model has an answer for, with that answer. */
export interface AnsweredHole extends Hole {
  readonly uri: string;
  readonly item: InlineCompletionItem;
}

/** Tests type the beginning of an answer and look at the rest: there must be one. */
const SHORTEST_ANSWER = 4;

/** Holes to look through for an answer; a model that has none for so many is no use to anyone. */
const HOLES_TO_TRY = 30;

/**
 * Opens a file with a hole that the model has an answer for.
 *
 * @throws Error when there is none
 */
export async function openAnsweredHole(server: ServerProcess, file: CodeFile): Promise<AnsweredHole> {
  const holes = makeHoles(file.text, WITHIN_A_LINE, HOLES_TO_TRY);
  const found = await openFirst(server, file, holes, (text) => text.length >= SHORTEST_ANSWER);
  if (found === undefined) {
    throw new Error(`${file.path}: the model has no answer for any of ${holes.length} holes.`);
  }
  return found;
}

/** A hole whose answer grew after its first line had been shown. */
export interface GrowingHole extends AnsweredHole {
  readonly source: CodeFile;
  /** What answered the request. */
  readonly first: string;
  /** What was sent after it. */
  readonly updates: readonly CompletionUpdateParams[];
}

/**
 * Opens the first of the files with a hole whose answer grows while it is shown.
 *
 * @param server one that streams
 * @throws Error when there is none
 */
export async function openGrowingHole(server: ServerProcess, files: readonly CodeFile[]): Promise<GrowingHole> {
  for (const source of files) {
    for (const hole of makeHoles(source.text, BLOCK_START, HOLES_TO_TRY, 4)) {
      const { uri, languageId } = source;
      const from = server.updates.length;
      await server.open(uri, languageId, hole.text);
      const [answer] = await server.inlineCompletion(uri, hole.position);
      await server.untilState("ready");
      const updates = server.updates.slice(from);
      const first = String(answer?.insertText ?? "");
      if (first !== "" && (updates.at(-1)?.text ?? "").length > first.length) {
        const [item] = await server.inlineCompletion(uri, hole.position);
        if (item !== undefined) {
          return { ...hole, uri, source, item, first, updates };
        }
      }
      await server.close(uri);
    }
  }
  throw new Error(`${files.map(({ path }) => path)}: no answer of the model grows.`);
}

async function openFirst(
  server: ServerProcess,
  { uri, languageId }: CodeFile,
  holes: readonly Hole[],
  isWanted: (text: string) => boolean,
): Promise<AnsweredHole | undefined> {
  for (const hole of holes) {
    await server.open(uri, languageId, hole.text);
    const [item] = await server.inlineCompletion(uri, hole.position);
    if (item !== undefined && isWanted(String(item.insertText))) {
      return { ...hole, uri, item };
    }
    await server.close(uri);
  }
  return undefined;
}
