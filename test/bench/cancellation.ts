// How long the model's process works on after a request was taken back.
import type { HostedLanguageModel } from "../../server/src/inference/languageModel.js";
import { seededRandom } from "../support/seededRandom.js";
import { carets, promptOfLength } from "./prompts.js";
import { quantile, round } from "./statistics.js";

/** Requests that are taken back. */
const requests = 200;

/** They are taken back within so many milliseconds: most of them while the prompt is read, some while text is written. */
const latest = 150;

/** Milliseconds from taking a request back until the process is free for the next one. */
export interface CancellationReport {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
  readonly count: number;
}

export async function measureCancellation(
  model: HostedLanguageModel,
  nodeModules: string,
): Promise<CancellationReport> {
  const random = seededRandom(2);
  const places = carets(nodeModules, 20);
  const times: number[] = [];
  for (let request = 0; request < requests; request++) {
    // A name of its own makes every prompt one of which nothing is known.
    const caret = places[request % places.length];
    if (caret === undefined) break;
    const prompt = promptOfLength(model, caret, 1024, `cancelled${request}`);
    const controller = new AbortController();
    const stream = model.generate(prompt, { maxTokens: 64, signal: controller.signal });
    const reading = (async () => {
      for await (const _ of stream);
    })();
    await new Promise((resolve) => setTimeout(resolve, random() * latest));
    controller.abort();
    const start = performance.now();
    await reading;
    // The process answers one request after the other: this one when the one before has ended.
    await model.residentBytes();
    times.push(performance.now() - start);
  }
  const at = (q: number): number => round(quantile(times, q));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1), count: times.length };
}
