// How much of the permitted error may have been used up by a look: the more looks, the less each may take.

/** The power of the spending function: 1 spends evenly, 3 nearly all at the end. 2 lets harm be seen in the first half. */
const power = 2;

/**
 * The error that may have been spent by a share of the planned time: alpha · share² (Kim and DeMets 1987, "Design and
 * Analysis of Group Sequential Tests Based on the Type I Error Spending Rate Function"). It depends on the calendar alone,
 * so that nobody can move it by looking.
 *
 * @param share of the planned looks, in [0, 1]; beyond it nothing more is spent
 */
export function spentBy(share: number, alpha: number): number {
  return alpha * Math.min(1, Math.max(0, share)) ** power;
}
