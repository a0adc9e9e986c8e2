// Notices that a machine has become slower than when it was measured, and stays so.

/** Times as slow as measured: what a build beside it makes of two processors counts, a moment's delay does not. */
export const slowFactor = 2;

/** Milliseconds for which it must have been slow, with hardly a quick answer in between. */
export const slowMilliseconds = 5 * 60_000;

/** Answers in that time that prove something. */
const fewestAnswers = 20;

/** Of these, as many must have been slow. */
const slowShare = 0.8;

/** Watches one model on one machine. Times are milliseconds of a clock that only goes forward. */
export class Slowness {
  #answers: { readonly at: number; readonly isSlow: boolean }[] = [];
  #since: number | undefined;

  /**
   * An answer was written.
   *
   * @param factor how many times longer it took than was measured
   * @returns whether the machine is to be measured again; the watch then begins anew
   */
  note(factor: number, now: number): boolean {
    this.#since ??= now;
    this.#answers.push({ at: now, isSlow: factor >= slowFactor });
    this.#answers = this.#answers.filter(({ at }) => now - at <= slowMilliseconds);
    const slow = this.#answers.filter(({ isSlow }) => isSlow).length;
    const isSustained =
      now - this.#since >= slowMilliseconds &&
      this.#answers.length >= fewestAnswers &&
      slow >= slowShare * this.#answers.length;
    if (isSustained) {
      this.#answers = [];
      this.#since = undefined;
    }
    return isSustained;
  }
}
