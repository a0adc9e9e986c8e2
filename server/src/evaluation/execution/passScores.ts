// pass@k of a hole: does the document with the answer in it pass the dataset's tests?

import { passAtK } from "../../statistics/passAtK.js";
import { hashText } from "../../textHash.js";
import type { Hole, Suggestion } from "../hole.js";
import type { HoleAsker } from "../holeAsker.js";
import type { FurtherScores } from "../scoring.js";
import { isRunnable, programOf } from "./program.js";
import type { Sandbox } from "./sandbox.js";

/** The k of which pass@k is told, as far as there are as many samples; those of Chen et al. (arXiv 2107.03374). */
const reportedK = [1, 10, 100];

export interface PassScoresOptions {
  readonly sandbox: Sandbox;
  readonly ask: HoleAsker;
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
}

/**
 * Runs the tests of a hole. With one sample it is the suggestion; with more they are drawn at random, by the seed.
 *
 * @returns no scores for a hole without tests that can be run
 */
export async function scorePasses(
  hole: Hole,
  suggestion: Suggestion,
  { sandbox, ask, samples, temperature, seed }: PassScoresOptions,
  signal: AbortSignal,
): Promise<FurtherScores> {
  const { test } = hole;
  if (!isRunnable(test)) {
    return { metrics: {}, rawMetrics: {} };
  }
  // Many samples are the same text: each is run once.
  const known = new Map<string, boolean>();
  const passes = async (text: string, replaces: number): Promise<boolean> => {
    const program = programOf(hole, test, text, replaces);
    const passed = known.get(program.text) ?? (await sandbox.run(program, signal)).passed;
    known.set(program.text, passed);
    return passed;
  };
  const suggestions = [suggestion];
  if (samples > 1) {
    suggestions.length = 0;
    for (let index = 0; index < samples; index++) {
      const answer = await ask(hole, signal, { temperature, seed: hashText(`${hole.id}#${index}`, seed) >>> 0 });
      suggestions.push(answer.suggestion);
    }
  }
  let right = 0;
  let rawRight = 0;
  for (const { text, raw, replaces } of suggestions) {
    right += Number(await passes(text, replaces));
    rawRight += Number(await passes(raw, 0));
  }
  return { metrics: passRates(suggestions.length, right), rawMetrics: passRates(suggestions.length, rawRight) };
}

function passRates(answers: number, right: number): Record<string, number> {
  const ks = [...new Set([...reportedK.filter((k) => k <= answers), answers])];
  return Object.fromEntries(ks.map((k) => [`pass@${k}`, passAtK(answers, right, k)]));
}
