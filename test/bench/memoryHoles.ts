// Holes in a repository with what the editor would send for each, what belongs there, and a memory of everything else.
import path from "node:path";
import { RepositoryMemory } from "../../server/src/completion/repositoryMemory.js";
import { PersonalMemory } from "../../server/src/context/memory/personalMemory.js";
import { HoleContext } from "../../server/src/evaluation/holeContext.js";
import { NodeFinder } from "../../server/src/evaluation/masking/nodeSpans.js";
import { openRepository } from "../../server/src/evaluation/masking/repositoryHoles.js";
import { selectHoles } from "../../server/src/evaluation/selection.js";
import { trainingPromptOf } from "../../server/src/evaluation/trainingPrompts.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { DEFAULT_SETTINGS } from "../../server/src/settings.js";
import type { Languages } from "../../server/src/syntax/languages.js";
import { type Installation, wasmFilesOf } from "../../server/src/workspace/installation.js";

const mostBytes = 64 * 1024 * 1024;

/** A hole, and what is known around it. The memory is right until the next hole is asked for. */
export interface MemoryHole {
  readonly prompt: readonly number[];
  /** What belongs into the hole. */
  readonly middle: readonly number[];
  readonly memory: PersonalMemory;
}

export interface MemoryHolesOptions {
  readonly installation: Installation;
  readonly languages: Languages;
  /** Builds the prompts. */
  readonly model: HostedLanguageModel;
  /** Most holes of the repository. */
  readonly limit: number;
  /** Longer middles are left out, in tokens. */
  readonly longestMiddle: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** The holes of the repository in a folder. */
export async function* memoryHoles(folder: string, options: MemoryHolesOptions): AsyncGenerator<MemoryHole> {
  const { installation, languages, model, limit, longestMiddle, seed, signal } = options;
  const directory = path.resolve(folder);
  const onProblem = (problem: string): boolean => process.stderr.write(`${problem}\n`);
  const nodes = await NodeFinder.load(installation.syntaxesDirectory, { wasm: wasmFilesOf(installation) });
  const context = new HoleContext({
    ...{ installation, languages, directory, signal, onProblem },
    settings: DEFAULT_SETTINGS,
    disabled: [],
  });
  const memory = new PersonalMemory({ mostBytes, highestTokenId: model.tokenizer.vocabularySize - 1 });
  const learner = new RepositoryMemory({
    learn: (file, text, recency) => {
      if (text === undefined) memory.remove(file);
      else memory.update(file, model.tokenizer.encode(text), recency);
    },
    keyOf: (document) => document.path,
    isTimeless: true,
  });
  context.teach(learner);
  try {
    const source = await openRepository({ directory, languages, nodes, seed, signal });
    const selection = await selectHoles(source, { limit, seed, shard: { index: 1, count: 1 } }, signal);
    const tokenizerSha256 = model.manifest.files.tokenizer.sha256;
    const parts = { model, tokenizerSha256, longestMiddle, settings: DEFAULT_SETTINGS, languages, context };
    for await (const hole of selection.read(0)) {
      const found = await trainingPromptOf(hole, { ...parts, disabled: new Set() }, signal);
      if (found === undefined) continue;
      const text = hole.prefix + hole.suffix;
      learner.see({ uri: hole.path, path: hole.path, text }, hole.prefix.length);
      for (const _ of memory.merge());
      yield { prompt: found.prompt, middle: found.middle, memory };
      learner.close(hole.path);
    }
  } finally {
    await context.dispose();
    nodes.dispose();
  }
}
