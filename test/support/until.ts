// Waiting for what a user would wait for: a condition, never a time.

/**
 * Long enough for a cold start on a busy machine with two cores; a condition that holds earlier is noticed at once. A
 * machine that is busier still says so in its environment.
 */
export const PATIENCE_MILLISECONDS = Number(process.env.HORIZON_TEST_PATIENCE ?? 60_000);

/** Between two looks. */
const POLL_MILLISECONDS = 25;

/**
 * Looks again and again until there is something to see.
 *
 * @param what what is waited for, in words for the error
 * @param look returns undefined, null or false while it is not there
 * @throws Error when the patience is over, with what was seen last
 */
export async function until<Seen>(
  what: string,
  look: () => Seen | Promise<Seen>,
  patienceMilliseconds = PATIENCE_MILLISECONDS,
): Promise<Exclude<Seen, undefined | null | false>> {
  const deadline = performance.now() + patienceMilliseconds;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) {
      return seen as Exclude<Seen, undefined | null | false>;
    }
    if (performance.now() > deadline) {
      throw new Error(`Waited ${patienceMilliseconds / 1000} s for ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}
