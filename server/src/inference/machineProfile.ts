// What a machine can do with a model, and what follows from it: how many threads, how long prompts and texts.
import { z } from "zod";

/** How fast a model is with some threads. */
const speedSchema = z.object({
  threads: z.int().min(1),
  prefillTokensPerSecond: z.number().positive(),
  decodeTokensPerSecond: z.number().positive(),
});
export type ThreadSpeed = z.infer<typeof speedSchema>;

/** What is chosen for a machine. */
export const profileSchema = speedSchema.extend({
  /** Most tokens of a prompt. */
  promptTokens: z.int().min(1),
  /** Most tokens of a suggestion of several lines. */
  multiLineTokens: z.int().min(1),
});
export type MachineProfile = z.infer<typeof profileSchema>;

/** Threads that are tried. More than four gain nothing on a model of this size and take the machine from its user. */
export const candidateThreads: readonly number[] = [1, 2, 4];

/** What a request costs while one types: the tokens that are new in the prompt, and those of a line. */
const typicalRequest = { prefillTokens: 64, decodeTokens: 16 };

/** A thread more must save a fifth of the time: it costs its share of the battery whatever it saves. */
const leastGain = 0.2;

/** Milliseconds that the model may take to read a prompt of which it knows nothing, as after a jump to another file. */
const coldMilliseconds = 400;

/** Milliseconds that writing the longest suggestion may take: who has waited longer has gone on. */
const textMilliseconds = 1500;

/** Prompts are cut in such steps, and not below the least: with less than some thirty lines the model knows nothing. */
const promptStep = 128;
const leastPromptTokens = 256;

/** About three lines. */
const leastTextTokens = 48;

/** Milliseconds of a typical request. */
function requestMilliseconds({ prefillTokensPerSecond, decodeTokensPerSecond }: Omit<ThreadSpeed, "threads">): number {
  const { prefillTokens, decodeTokens } = typicalRequest;
  return (prefillTokens / prefillTokensPerSecond + decodeTokens / decodeTokensPerSecond) * 1000;
}

/**
 * Chooses for a machine.
 *
 * @param speeds one for each number of threads that was tried, at least one
 * @param limits the model's own
 */
export function chooseProfile(
  speeds: readonly ThreadSpeed[],
  limits: { readonly promptTokens: number; readonly middleTokens: number },
): MachineProfile {
  const [fewest, ...others] = speeds.toSorted((one, other) => one.threads - other.threads);
  if (fewest === undefined) {
    throw new RangeError("no speed was measured");
  }
  const speed = others.reduce(
    (best, other) => (requestMilliseconds(other) <= (1 - leastGain) * requestMilliseconds(best) ? other : best),
    fewest,
  );
  const readable = Math.floor((speed.prefillTokensPerSecond * coldMilliseconds) / 1000 / promptStep) * promptStep;
  const writable = Math.floor((speed.decodeTokensPerSecond * textMilliseconds) / 1000);
  return {
    ...speed,
    promptTokens: Math.min(limits.promptTokens, Math.max(leastPromptTokens, readable)),
    multiLineTokens: Math.min(limits.middleTokens, Math.max(leastTextTokens, writable)),
  };
}

/** Says in one line what was chosen. */
export function describeProfile({
  threads,
  promptTokens,
  prefillTokensPerSecond,
  decodeTokensPerSecond,
}: MachineProfile): string {
  const speed = `${Math.round(prefillTokensPerSecond)} tokens/s read, ${Math.round(decodeTokensPerSecond)} written`;
  return `${threads} ${threads === 1 ? "thread" : "threads"}, prompts of ${promptTokens} tokens (measured: ${speed})`;
}
