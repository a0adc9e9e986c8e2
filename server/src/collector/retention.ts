// Deletes what is older than it may be, a little at a time.
import type { Storage } from "./storage/storage.js";

const day = 86_400_000;

/** Events that are deleted at once: the others wait no longer than that takes. */
const atOnce = 2000;

/**
 * Deletes events that came before the retention, in whole days.
 *
 * @param now milliseconds since 1970
 * @param retention milliseconds
 * @returns how many
 */
export async function deleteOld(
  storage: Storage,
  now: number,
  retention: number,
  signal: AbortSignal,
): Promise<number> {
  const before = Math.floor((now - retention) / day) * day;
  for (let deleted = 0; ; ) {
    const count = await storage.deleteReceivedBefore(before, atOnce);
    deleted += count;
    if (count < atOnce || signal.aborted) return deleted;
    await new Promise((resume) => setImmediate(resume));
  }
}
