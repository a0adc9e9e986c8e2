// Waiting that ends early when nobody waits for it any more.
import { setTimeout } from "node:timers/promises";

/**
 * Resolves after some milliseconds, or when the signal aborts; at once where there is nothing to wait for. Timers take no
 * infinite time: then the signal alone counts. Keeps no process alive.
 */
export async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) {
    return;
  }
  if (milliseconds === Number.POSITIVE_INFINITY) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return;
  }
  await setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => {});
}
