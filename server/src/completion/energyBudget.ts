// What the model may compute ahead of being asked: a share of the time, and no more at once than was saved up.

/**
 * Share of the time in which the model may compute what nobody has asked for, on mains power. A twentieth: the speculations
 * of a minute then take three seconds, about as much as its suggestions; a laptop's fan does not start for that.
 */
export const speculationShare = 0.05;

/** Milliseconds of computing that can be saved up: about two dozen speculations, a burst of accepting. */
export const savedMilliseconds = 3000;

/** Milliseconds of computing, filled up with time. Times are of a clock that only goes forward. */
export class EnergyBudget {
  readonly #now: () => number;
  #left = savedMilliseconds;
  #filledAt: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#filledAt = now();
  }

  /** Whether anything may be computed ahead now. */
  allows(share: number): boolean {
    this.#fill(share);
    return share > 0 && this.#left > 0;
  }

  /** Something was computed ahead; it may have taken more than there was, which is paid back before the next. */
  spend(milliseconds: number): void {
    this.#left -= milliseconds;
  }

  #fill(share: number): void {
    const now = this.#now();
    this.#left = Math.min(savedMilliseconds, this.#left + share * (now - this.#filledAt));
    this.#filledAt = now;
  }
}
