// Measures how fast a model is on this machine with one, two and four threads, in five seconds at most.
import { availableParallelism } from "node:os";
import { HostProcess } from "./backends/onnx/client.js";
import { loadWeights } from "./loadModel.js";
import { candidateThreads, type ThreadSpeed } from "./machineProfile.js";
import { readManifest } from "./manifest.js";

/** Milliseconds that all of it may take: afterwards what has been measured by then counts. */
export const measuringMilliseconds = 5000;

/** Tokens of the prompt that is read, and that are written. Half a prompt shows what a whole one takes. */
const measuredTokens = { prefill: 512, decode: 24 };

/** The quickest of so many counts: what else the machine does makes a round slower, never quicker. */
const rounds = 3;

export interface MeasureOptions {
  /** The model's folder. */
  readonly directory: string;
  /** Path of the bundled host.ts. */
  readonly hostScript: string;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/**
 * Measures in processes of its own, so that whoever asks for a suggestion meanwhile gets it.
 *
 * @returns what was measured in time; empty on a machine that does not manage one round
 * @throws {ModelError} when the model cannot be loaded
 */
export async function measureMachine({
  directory,
  hostScript,
  signal,
  now,
}: MeasureOptions): Promise<readonly ThreadSpeed[]> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(measuringMilliseconds)]);
  const manifest = await readManifest(directory);
  const { vocabularySize } = manifest.architecture;
  // Any tokens do: the time does not depend on them.
  const tokenIds = Array.from({ length: measuredTokens.prefill }, (_, index) => (index * 7919 + 257) % vocabularySize);
  const speeds: ThreadSpeed[] = [];
  for (const threads of candidateThreads.filter((count) => count <= availableParallelism())) {
    const host = new HostProcess(hostScript);
    try {
      await loadWeights(host, manifest, { directory, hostScript, threads }, deadline);
      let prefill = Number.POSITIVE_INFINITY;
      let decode = Number.POSITIVE_INFINITY;
      for (let round = 0; round < rounds && !deadline.aborted; round++) {
        const started = now();
        const read = await host.request({ type: "prefill", tokenIds, fresh: true }, { signal: deadline });
        const between = now();
        const request = { type: "decode", maxTokens: measuredTokens.decode, endIds: [], drafts: false } as const;
        const written = read && (await host.request(request, { signal: deadline }));
        if (written !== undefined) {
          prefill = Math.min(prefill, between - started);
          decode = Math.min(decode, now() - between);
        }
      }
      if (Number.isFinite(decode)) {
        speeds.push({
          threads,
          prefillTokensPerSecond: (measuredTokens.prefill / prefill) * 1000,
          decodeTokensPerSecond: (measuredTokens.decode / decode) * 1000,
        });
      }
    } catch (error) {
      if (!deadline.aborted) {
        throw error;
      }
    } finally {
      await host.close();
    }
    if (deadline.aborted) {
      break;
    }
  }
  return speeds;
}
