// Types into files and compares what the model writes with what it writes when it has read every prompt anew.
import type { DecodedToken, GenerateOptions, Prompt } from "../../server/src/inference/generation.js";
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { round } from "./statistics.js";
import { type TypingPlace, type } from "./typist.js";

/** Tokens that are compared after each step. */
const comparedTokens = 16;

/**
 * Two tokens are nearly tied when their log-probabilities differ by less: the 8-bit products of one row and of several
 * differ in the last of about seven bits, which moves a logit by some hundredths.
 */
export const nearTie = 0.1;

export interface ParityReport {
  readonly steps: number;
  /** Of all steps, those at which the same text was written. */
  readonly sameShare: number;
  /** The differences in log-probability between the two tokens at which the texts part. */
  readonly divergences: readonly number[];
  /** Those that are no near-ties. */
  readonly beyondNearTies: number;
  readonly reusedTokenShare: number;
}

export interface ParityOptions {
  /** Reads only what is new. */
  readonly warm: HostedLanguageModel;
  /** Another process with the same model: reads everything anew. */
  readonly fresh: HostedLanguageModel;
  readonly places: readonly TypingPlace[];
  readonly steps: number;
  /** Tokens of a prompt. */
  readonly budget: number;
  readonly seed: number;
  readonly onStep?: (step: number) => void;
}

export async function measureParity(options: ParityOptions): Promise<ParityReport> {
  const { warm, fresh, places, steps, budget, seed, onStep } = options;
  const divergences: number[] = [];
  let step = 0;
  let same = 0;
  let tokens = 0;
  let reused = 0;
  for (const { at } of type(places, seed, true)) {
    if (step === steps) break;
    step++;
    onStep?.(step);
    const { file, place } = at;
    const offset = file.caret(place);
    const prompt = warm.buildPrompt(
      {
        repository: "parity",
        path: file.path,
        prefix: file.text.slice(0, offset),
        suffix: file.text.slice(offset),
        snippets: [],
      },
      budget,
    );
    const [found, expected] = await Promise.all([
      write(warm, prompt, {
        onPrefill: (result) => {
          tokens += result.tokens;
          reused += result.reusedTokens;
        },
      }),
      write(fresh, prompt, { fresh: true }),
    ]);
    const parted = found.findIndex((token, index) => token.id !== expected[index]?.id);
    if (parted < 0 && found.length === expected.length) {
      same++;
      const text = found.map((token) => token.text).join("");
      // What is right is taken, so that keys and values of written tokens are used as well.
      if (text !== "" && !file.hasError(place) && file.rest(place).startsWith(text)) file.accept(place, text, 0);
    } else {
      divergences.push(round(gap(found, expected, parted < 0 ? found.length : parted), 4));
    }
  }
  return {
    steps: step,
    sameShare: round(same / step, 5),
    divergences,
    beyondNearTies: divergences.filter((difference) => !(difference < nearTie)).length,
    reusedTokenShare: round(reused / tokens, 4),
  };
}

/** How far apart the two tokens are at which two texts part; infinite where one of them ends there and its end has no token. */
function gap(a: readonly DecodedToken[], b: readonly DecodedToken[], index: number): number {
  const [one, other] = [a[index], b[index]];
  if (one !== undefined && other !== undefined) return Math.abs(one.logProbability - other.logProbability);
  // One run ended here. The end's own probability is not told; it was at most what the other token left, and the two are
  // nearly tied if neither has clearly more than half.
  const left = Math.exp((one ?? other)?.logProbability ?? Number.NEGATIVE_INFINITY);
  return left === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.log(left) - Math.log(0.5));
}

async function write(
  model: HostedLanguageModel,
  prompt: Prompt,
  options: Partial<GenerateOptions>,
): Promise<DecodedToken[]> {
  const tokens: DecodedToken[] = [];
  const signal = new AbortController().signal;
  for await (const token of model.generate(prompt, { maxTokens: comparedTokens, signal, ...options })) {
    tokens.push(token);
  }
  return tokens;
}
