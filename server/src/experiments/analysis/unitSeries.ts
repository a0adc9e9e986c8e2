// What is known of each unit of an experiment at each look: the running sums of a metric's numerator and denominator.

/**
 * One metric of one comparison. A unit is what the arms are drawn for: a user, or a block of time of one user.
 * All arrays have one entry per unit, in the same order.
 */
export interface UnitSeries {
  /** Names of the units; they decide the draws, so they must not depend on the order of the events. */
  readonly units: readonly string[];
  /** 1 for a unit in the treatment, 0 for one in the control. */
  readonly inTreatment: Uint8Array;
  /** From the first look to the last one. A unit that has not been seen yet has a denominator of 0. */
  readonly looks: readonly Look[];
}

/** Running sums at one look. */
export interface Look {
  readonly numerators: Float64Array;
  readonly denominators: Float64Array;
}

/** Sums over the units of one arm: all that a ratio, its variance and a shift of it need. */
export interface ArmSums {
  /** Units with a denominator above 0. */
  readonly units: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly numeratorSquared: number;
  readonly product: number;
  readonly denominatorSquared: number;
}

/** A ratio over units with its standard error. */
export interface Ratio {
  readonly value: number;
  /** Infinity where fewer than two units have been seen. */
  readonly variance: number;
}

/**
 * The ratio of two sums over units and its variance by the delta method (Deng, Knoblich and Lu 2018, "Applying the Delta
 * Method in Metric Analytics"): the units are independent, what one unit does is not.
 *
 * @returns undefined without a denominator
 */
export function ratioOf(sums: ArmSums): Ratio | undefined {
  const { units, numerator, denominator } = sums;
  if (units === 0 || denominator <= 0) {
    return undefined;
  }
  const value = numerator / denominator;
  if (units < 2) {
    return { value, variance: Number.POSITIVE_INFINITY };
  }
  const { denominatorSquared, product, numeratorSquared } = sums;
  return {
    value,
    variance: ratioVariance(units, denominator, numerator, denominatorSquared, product, numeratorSquared),
  };
}

/**
 * The variance of the ratio y / x of sums over n units; not a number, which is above nothing, with fewer than two units.
 * Numbers in the place of an object: it is asked for once per draw.
 */
export function ratioVariance(n: number, x: number, y: number, xx: number, xy: number, yy: number): number {
  if (n < 2) {
    return Number.NaN;
  }
  const ratio = y / x;
  // Rounding may leave a little less than nothing.
  return (Math.max(0, yy - 2 * ratio * xy + ratio * ratio * xx) / (x * x)) * (n / (n - 1));
}

/** The sums over the units of one arm at one look. */
export function armSums({ numerators, denominators }: Look, inTreatment: Uint8Array, arm: 0 | 1): ArmSums {
  let units = 0;
  let [numerator, denominator, numeratorSquared, product, denominatorSquared] = [0, 0, 0, 0, 0];
  for (let unit = 0; unit < inTreatment.length; unit++) {
    const [y, x] = [numerators[unit] as number, denominators[unit] as number];
    if (inTreatment[unit] === arm && x > 0) {
      units++;
      numerator += y;
      denominator += x;
      numeratorSquared += y * y;
      product += x * y;
      denominatorSquared += x * x;
    }
  }
  return { units, numerator, denominator, numeratorSquared, product, denominatorSquared };
}
