// One package: its holes with their truth, and what is found for them.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Hole } from "../../server/src/evaluation/hole.js";
import type { NodeFinder } from "../../server/src/evaluation/masking/nodeSpans.js";
import { holesOfFile } from "../../server/src/evaluation/masking/repositoryHoles.js";
import type { Languages } from "../../server/src/syntax/languages.js";
import { isMissing } from "../../server/src/workspace/fileError.js";
import { InputError } from "../../server/src/workspace/inputError.js";
import { languageIdOf } from "../../server/src/workspace/installation.js";
import { candidateHoles, holesWithUses, type RecallHole } from "./holes.js";
import { explainMiss } from "./misses.js";
import { type DefinitionHead, findAll, inPrompt, rankOfHead } from "./recall.js";
import { depth, type HoleResult } from "./report.js";
import { type PromptRoom, Repository } from "./repository.js";
import type { TruthLanguage, TruthQuestion } from "./truth/tools.js";
import { headOf, parseUses, type Use } from "./truth/use.js";

/** A package's holes that use something of another file. */
export interface PreparedPackage {
  readonly name: string;
  readonly directory: string;
  readonly holes: readonly RecallHole[];
}

export interface PackageSettings extends Pick<TruthQuestion, "tool" | "programs" | "signal"> {
  readonly language: TruthLanguage;
  readonly languages: Languages;
  readonly nodes: NodeFinder;
  readonly seed: number;
  /** Most holes that a slow tool is asked about. */
  readonly candidates: number;
  /** Folder to keep what a tool has said in. */
  readonly out: string;
}

/**
 * Makes holes in a package's files and keeps those that use something of another file.
 *
 * @throws {InputError} when there is no file of the language, or the tool cannot be used
 */
export async function preparePackage(directory: string, settings: PackageSettings): Promise<PreparedPackage> {
  const { language, languages, nodes, seed, candidates, signal } = settings;
  const name = basename(directory);
  const repository = await Repository.open(directory, languages, signal);
  try {
    const files = repository.paths(language.ids);
    if (files.length === 0) {
      throw new InputError(`${directory} has no ${language.name} that would be indexed.`);
    }
    const hash = createHash("sha256");
    const holes: Hole[] = [];
    for (const path of files) {
      const text = (await repository.text(path)) ?? "";
      hash.update(`${path}\n${text.length}\n${text}`);
      const file = { path, languageId: languageIdOf(path, languages), text };
      holes.push(...holesOfFile(file, name, { languages, nodes, seed }));
    }
    const asked = candidateHoles(holes, language.isSlow ? candidates : holes.length, seed);
    const uses = await findUses(directory, files, asked, hash.digest("hex"), settings);
    return { name, directory, holes: holesWithUses(asked, uses, seed) };
  } finally {
    repository.dispose();
  }
}

/** What the tool says; what it has said before of the same files is kept. */
async function findUses(
  directory: string,
  files: readonly string[],
  asked: readonly Hole[],
  sha256: string,
  { language, out, tool, programs, signal }: PackageSettings,
): Promise<readonly Use[]> {
  const ranges = asked
    .map(({ path, prefix, middle }) => ({ file: path, start: prefix.length, end: prefix.length + middle.length }))
    .map((range) => `${JSON.stringify(range)}\n`)
    .join("");
  const key = createHash("sha256")
    .update(language.isSlow ? sha256 + ranges : sha256)
    .digest("hex");
  const kept = join(out, `${language.name}-${basename(directory)}-${key.slice(0, 12)}.jsonl`);
  const known = await readFile(kept, "utf8").catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return undefined;
  });
  if (known !== undefined) {
    return parseUses(known, kept);
  }
  const rangesFile = `${kept}.ranges`;
  await writeFile(rangesFile, ranges);
  const uses = await language.findUses({ directory, files, ranges: rangesFile, tool, programs, signal });
  await writeFile(kept, uses.map((use) => `${JSON.stringify(use)}\n`).join(""));
  return uses;
}

/** How to ask. */
export interface AskSettings {
  readonly languages: Languages;
  readonly room: PromptRoom;
  readonly signal: AbortSignal;
}

/** Asks for the snippets of each hole. */
export async function askHoles(
  { name, directory, holes }: PreparedPackage,
  { languages, room, signal }: AskSettings,
): Promise<readonly HoleResult[]> {
  const repository = await Repository.open(directory, languages, signal);
  const texts = new Map<string, string>();
  const headOfUse = async (use: Use): Promise<DefinitionHead> => {
    const path = use.definitionFile;
    const text = texts.get(path) ?? (await repository.text(path)) ?? "";
    texts.set(path, text);
    return { path, start: use.definitionStart, end: use.definitionStart + headOf(use, text).length };
  };
  const results: HoleResult[] = [];
  try {
    for (const recallHole of holes) {
      signal.throwIfAborted();
      const { hole, group, target, uses } = recallHole;
      const head = await headOfUse(target);
      const heads = await Promise.all(uses.map(headOfUse));
      results.push(
        await repository.withHole(hole, room, (query, index) => {
          const found = findAll(query, index, room.snippet);
          const fused = rankOfHead(found.fused, head);
          const isHit = fused !== undefined && fused <= depth;
          const first = found.fused.slice(0, depth);
          return {
            id: `${name}/${hole.id}`,
            cluster: `${name}/${hole.path}`,
            package: name,
            group,
            kind: target.kind,
            fused,
            bySource: Object.fromEntries(
              [...found.bySource].map(([source, snippets]) => [source, rankOfHead(snippets, head)]),
            ),
            inPrompt: rankOfHead(inPrompt(found.fused, room.budget), head) !== undefined,
            hasAny: heads.some((one) => rankOfHead(first, one) !== undefined),
            miss: isHit ? undefined : explainMiss(recallHole, head, found, query, index),
          };
        }),
      );
    }
  } finally {
    repository.dispose();
  }
  return results;
}
