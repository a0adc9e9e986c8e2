// What the last commits added, each at its parent: the text as it was when the developer began to write.
import type { Languages } from "../../syntax/languages.js";
import { InputError } from "../../workspace/inputError.js";
import { languageIdOf } from "../../workspace/installation.js";
import type { Hole } from "../hole.js";
import type { HoleSource } from "../selection.js";
import { readGit, repositoryName, toSource } from "./repositoryFiles.js";
import { isHole } from "./span.js";

/** A run of changed lines, as `git diff --unified=0` tells it. */
export interface Hunk {
  /** First line of the old text that is replaced, from 0; for a pure addition the line before which it is added. */
  readonly oldStart: number;
  readonly oldLines: number;
  /** The new lines, with their line ends. */
  readonly added: string;
}

/** A file that a commit changed. */
export interface ChangedFile {
  readonly path: string;
  readonly hunks: readonly Hunk[];
}

export interface CommitSourceOptions {
  readonly directory: string;
  readonly languages: Languages;
  readonly commits: number;
  readonly signal: AbortSignal;
}

/**
 * The holes that the last commits of a repository leave in their parents.
 *
 * @throws {InputError} when it is no repository, or has no commit with a parent
 */
export async function openCommits({ directory, languages, commits, signal }: CommitSourceOptions): Promise<HoleSource> {
  const log = await readGit(
    directory,
    ["log", "--no-merges", "--min-parents=1", `--max-count=${commits}`, "--format=%H %P"],
    signal,
  );
  const pairs = log
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [commit, parent] = line.split(" ");
      return commit === undefined || parent === undefined ? [] : [{ commit, parent }];
    });
  if (pairs.length === 0) {
    throw new InputError(`--git: ${directory} has no commit with a parent. Take --repo without --git.`);
  }
  const name = repositoryName(directory);
  return {
    identity: { repository: name, newest: pairs[0]?.commit, commits: pairs.length },
    async *read() {
      for (const { commit, parent } of pairs) {
        // A parent that a shallow clone does not have is no context.
        const diff = await readDiff(directory, parent, commit, signal);
        for (const file of diff === undefined ? [] : parseDiff(diff)) {
          const languageId = languageIdOf(file.path, languages);
          if (languageId === "plaintext") {
            continue;
          }
          const before = toSource(await readGit(directory, ["show", `${parent}:${file.path}`], signal));
          if (before !== undefined) {
            yield* holesOfChange(file, before, { commit, parent, repository: name, languageId });
          }
        }
      }
    },
  };
}

async function readDiff(
  directory: string,
  parent: string,
  commit: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const args = ["diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"];
  try {
    const output = await readGit(directory, [...args, "--diff-filter=M", parent, commit, "--"], signal);
    return output.toString("utf8");
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Reads a diff without context lines. */
export function parseDiff(diff: string): readonly ChangedFile[] {
  const files: { path: string; hunks: Hunk[] }[] = [];
  let hunk: { oldStart: number; oldLines: number; added: string } | undefined;
  let left = { old: 0, new: 0 };
  for (const line of diff.split("\n")) {
    // Within a hunk its own counts decide: a removed line may begin with `-- a/`.
    if (hunk !== undefined && (left.old > 0 || left.new > 0)) {
      if (line.startsWith("-")) {
        left = { ...left, old: left.old - 1 };
      } else if (line.startsWith("+")) {
        left = { ...left, new: left.new - 1 };
        hunk.added += `${line.slice(1)}\n`;
      }
      continue;
    }
    if (line.startsWith("\\ No newline") && hunk !== undefined && left.new === 0) {
      hunk.added = hunk.added.replace(/\n$/, "");
      continue;
    }
    const path = /^\+\+\+ (?:"?b\/(.*?)"?)\t?$/.exec(line)?.[1];
    if (path !== undefined) {
      files.push({ path, hunks: [] });
      hunk = undefined;
      continue;
    }
    const [, start, oldCount = "1", newCount = "1"] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
    if (start !== undefined) {
      left = { old: Number(oldCount), new: Number(newCount) };
      // For an addition git names the line behind which it is.
      const oldStart = left.old === 0 ? Number(start) : Number(start) - 1;
      hunk = { oldStart, oldLines: left.old, added: "" };
      files.at(-1)?.hunks.push(hunk);
    }
  }
  return files;
}

interface ChangeContext {
  readonly commit: string;
  /** The commit before it. */
  readonly parent?: string;
  readonly repository: string;
  readonly languageId: string;
}

/** The holes of one file's change: each hunk alone, in the text of the parent. */
export function holesOfChange(
  { path, hunks }: ChangedFile,
  before: string,
  { commit, parent, repository, languageId }: ChangeContext,
): readonly Hole[] {
  const starts = lineStartsOf(before);
  const short = commit.slice(0, 12);
  return hunks.flatMap(({ oldStart, oldLines, added }, index) => {
    const start = starts[oldStart] ?? before.length;
    const end = starts[oldStart + oldLines] ?? before.length;
    const removed = before.slice(start, end);
    const parts = oldLines === 0 ? lineParts(added) : changedParts(removed, added);
    if (parts === undefined || !isHole(parts.middle)) {
      return [];
    }
    return [
      {
        id: `${short}/${path}#${index}`,
        cluster: `${short}/${path}`,
        path,
        repository,
        languageId,
        prefix: before.slice(0, start) + parts.before,
        middle: parts.middle,
        suffix: parts.after + before.slice(end),
        kind: parts.kind,
        ...(parent === undefined ? {} : { revision: parent }),
      },
    ];
  });
}

interface Parts {
  readonly before: string;
  readonly middle: string;
  readonly after: string;
  readonly kind: string;
}

/** New lines: the caret is behind the indentation that the editor has made, the line's end stays. */
function lineParts(added: string): Parts {
  const indentation = /^[ \t]*/.exec(added)?.[0] ?? "";
  const middle = added.slice(indentation.length).trimEnd();
  return { before: indentation, middle, after: added.slice(indentation.length + middle.length), kind: "commit:lines" };
}

/** Changed lines: what is typed lies between what both have at their start and at their end. */
function changedParts(removed: string, added: string): Parts | undefined {
  if (removed.split("\n").length !== added.split("\n").length) {
    return { ...lineParts(added), kind: "commit:rewrite" };
  }
  let same = 0;
  while (same < added.length && removed[same] === added[same]) {
    same++;
  }
  let sameEnd = 0;
  const most = Math.min(removed.length, added.length) - same;
  while (sameEnd < most && removed[removed.length - 1 - sameEnd] === added[added.length - 1 - sameEnd]) {
    sameEnd++;
  }
  const before = added.slice(0, same);
  const middle = added.slice(same, added.length - sameEnd);
  return isSplitPair(added, same) || isSplitPair(added, added.length - sameEnd)
    ? undefined
    : { before, middle, after: added.slice(added.length - sameEnd), kind: "commit:edit" };
}

function isSplitPair(text: string, offset: number): boolean {
  return /[\uD800-\uDBFF]/.test(text.charAt(offset - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(offset));
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
    starts.push(end + 1);
  }
  return starts;
}
