// Holes in a developer's own code: a few of each kind in each file, chosen by a seed.
import { createHash } from "node:crypto";
import type { Languages } from "../../syntax/languages.js";
import { InputError } from "../../workspace/inputError.js";
import type { Hole } from "../hole.js";
import type { HoleSource } from "../selection.js";
import { findCaretSpans } from "./caretSpans.js";
import type { NodeFinder } from "./nodeSpans.js";
import { listFiles, type RepositoryFile, readSource, repositoryName } from "./repositoryFiles.js";
import { chooseSeeded } from "./seededChoice.js";
import type { Span } from "./span.js";

/**
 * Holes of one kind in one file. Intervals are by file, so more holes in a file say less than more files; two tell a
 * lucky one.
 */
const holesPerKind = 2;

export interface RepositorySourceOptions {
  readonly directory: string;
  readonly languages: Languages;
  readonly nodes: NodeFinder;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * The holes of a repository's files as they are now.
 *
 * @throws {InputError} when there is no code in it
 */
export async function openRepository(options: RepositorySourceOptions): Promise<HoleSource> {
  const { directory, languages, signal } = options;
  const paths: string[] = [];
  const hash = createHash("sha256");
  for (const path of await listFiles(directory, signal)) {
    signal.throwIfAborted();
    const file = await readSource(directory, path, languages);
    if (file !== undefined) {
      paths.push(path);
      hash.update(`${path}\n${file.text.length}\n${file.text}`);
    }
  }
  if (paths.length === 0) {
    const known = languages.all.map(({ id }) => id).join(", ");
    throw new InputError(`--repo: there is no code in ${directory} of a language that Horizon knows (${known}).`);
  }
  const identity = { repository: repositoryName(directory), files: paths.length, sha256: hash.digest("hex") };
  /** Holes of the files that have been read once. */
  const counts = new Map<string, number>();
  return {
    identity,
    async *read(isWanted = () => true) {
      let position = 0;
      for (const path of paths) {
        signal.throwIfAborted();
        const known = counts.get(path);
        if (known !== undefined && !isWanted(position, position + known)) {
          yield* new Array<undefined>(known).fill(undefined);
          position += known;
          continue;
        }
        const file = await readSource(directory, path, languages);
        const holes = file === undefined ? [] : holesOfFile(file, repositoryName(directory), options);
        counts.set(path, holes.length);
        position += holes.length;
        yield* holes;
      }
    },
  };
}

/** The holes of one file. The document of each is the file without the hole, and nothing else is ever said of it. */
export function holesOfFile(
  file: RepositoryFile,
  repository: string,
  { languages, nodes, seed }: Pick<RepositorySourceOptions, "languages" | "nodes" | "seed">,
): readonly Hole[] {
  const { path, languageId, text } = file;
  const spans = [...nodes.find(text, languageId), ...findCaretSpans(text, languages.get(languageId))];
  const byKind = new Map<string, Span[]>();
  for (const span of spans) {
    const group = byKind.get(span.kind);
    if (group === undefined) {
      byKind.set(span.kind, [span]);
    } else {
      group.push(span);
    }
  }
  return [...byKind.values()]
    .flatMap((group) => chooseSeeded(group, holesPerKind, seed, (span) => idOf(path, span)))
    .toSorted((a, b) => a.start - b.start || a.end - b.end || (a.kind < b.kind ? -1 : 1))
    .map((span) => ({
      id: idOf(path, span),
      cluster: path,
      path,
      repository,
      languageId,
      prefix: text.slice(0, span.start),
      middle: text.slice(span.start, span.end),
      suffix: text.slice(span.end),
      kind: span.kind,
    }));
}

function idOf(path: string, { start, end, kind }: Span): string {
  return `${path}:${start}-${end}:${kind}`;
}
