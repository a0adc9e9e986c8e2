// Asks the editor's engine about holes, each as if it were the first thing that anybody asked.

import { createRepositoryMemory } from "../completion/repositoryMemory.js";
import type { LanguageModel, Sampling } from "../inference/generation.js";
import type { Settings } from "../settings.js";
import type { Languages } from "../syntax/languages.js";
import { createEngine } from "../workspace/installation.js";
import { askEngine, type HoleAnswer, requestOf } from "./askEngine.js";
import type { Hole } from "./hole.js";
import type { HoleContext } from "./holeContext.js";
import { ObservedModel } from "./observedModel.js";

export interface HoleAskerOptions {
  readonly model: LanguageModel;
  readonly settings: Settings;
  readonly languages: Languages;
  /** Names of the engine's features to do without. */
  readonly disabled?: ReadonlySet<string>;
  /** Knows the repository around the holes, where they have one. */
  readonly context?: Pick<HoleContext, "at" | "teach"> | undefined;
}

/** Asks about one hole after the other; nothing of a hole is remembered for the next one. */
export type HoleAsker = (hole: Hole, signal: AbortSignal, sampling?: Sampling) => Promise<HoleAnswer>;

/** Makes an asker; one question at a time. */
export function createHoleAsker({ model, settings, languages, disabled, context }: HoleAskerOptions): HoleAsker {
  const observed = new ObservedModel(model, { fresh: true, toItsEnd: true });
  // Whatever was asked before, it knows the same.
  const memory = createRepositoryMemory(model, { keyOf: ({ path }) => path, isTimeless: true });
  if (memory !== undefined) {
    context?.teach(memory);
  }
  return async (hole, signal, sampling) => {
    const isWanted = disabled?.has("context") !== true && settings.context.enabled;
    // An engine of its own for each hole, and no time limits: the answer depends on the hole alone.
    const engine = createEngine(observed, settings, languages, {
      disabled,
      parseLimit: Number.POSITIVE_INFINITY,
      context: isWanted ? await context?.at(hole) : undefined,
      contextLimit: Number.POSITIVE_INFINITY,
      documents: memory,
    });
    try {
      return await askEngine(engine, observed, requestOf(hole), signal, sampling);
    } finally {
      memory?.close(hole.path);
    }
  };
}
