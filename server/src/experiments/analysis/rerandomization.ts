// What would have come out had the arms been drawn otherwise? The arms are drawn again, as the experiment itself draws
// them: each unit alone, by a hash. If no arm does anything, the real draw is one of many like it, however few and uneven
// the users are. No tail of a normal distribution is asked for.
//
// Fisher's randomization test with a studentized statistic: exact where no unit is affected at all, and right in large
// samples where only the difference of the ratios is nothing (Janssen 1997; Wu and Ding 2021, "Randomization Tests for
// Weak Null Hypotheses in Randomized Experiments").
import { hashToPair, mixBits } from "../../textHash.js";
import { type Look, ratioVariance, type UnitSeries } from "./unitSeries.js";

export interface RerandomizationOptions {
  /** Probability of the treatment for a unit of either arm, in (0, 1). */
  readonly treatmentShare: number;
  /** How many further draws; with 999 the real one is one of a thousand. */
  readonly draws: number;
  /** A 32-bit integer. */
  readonly seed: number;
}

/** Sums that are kept per look and draw: of y, a numerator, x, a denominator, and a, 1 where the treatment really was. */
const columns = 9;
const [N, X, Y, XX, XY, YY, AX, AXX, AXY] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/**
 * Sums of a metric over the treatment of each draw, from which the statistic follows for any effect that is assumed.
 * Draw 0 is the real one. Time: units · looks · draws; memory: 72 bytes · looks · (draws + 1).
 */
export class Rerandomization {
  /** Draws with the real one. */
  readonly draws: number;
  readonly looks: number;
  /** Per look and draw, for the treatment. */
  readonly #treatment: Float64Array;
  /** Per look, for both arms together. */
  readonly #all: Float64Array;

  constructor({ units, inTreatment, looks }: UnitSeries, options: RerandomizationOptions) {
    this.draws = options.draws + 1;
    this.looks = looks.length;
    this.#treatment = new Float64Array(looks.length * this.draws * columns);
    this.#all = new Float64Array(looks.length * columns);
    const everybody = Int32Array.from(units, (_, unit) => unit);
    const members = [everybody.filter((unit) => inTreatment[unit] === 1), ...drawMembers(units, options)];
    looks.forEach((look, index) => {
      const amounts = amountsOf(look, inTreatment);
      addSums(this.#all, index * columns, everybody, amounts);
      members.forEach((chosen, draw) => {
        addSums(this.#treatment, (index * this.draws + draw) * columns, chosen, amounts);
      });
    });
  }

  /**
   * The studentized difference of the ratios, treatment minus control, had the arms been drawn so.
   *
   * @param effect what the treatment is assumed to add to each unit's ratio; it is taken off those that had it. Default 0
   * @returns 0 where a side has fewer than two units: such a draw says nothing
   */
  statistic(look: number, draw: number, effect = 0): number {
    const treatment = this.#treatment;
    const all = this.#all;
    const place = (look * this.draws + draw) * columns;
    const place0 = look * columns;
    const at = (column: number) => treatment[place + column] as number;
    const rest = (column: number) => (all[place0 + column] as number) - (treatment[place + column] as number);
    // y − effect · a · x in the place of y.
    const varianceWithout = (sum: (column: number) => number): number =>
      ratioVariance(
        sum(N),
        sum(X),
        sum(Y) - effect * sum(AX),
        sum(XX),
        sum(XY) - effect * sum(AXX),
        sum(YY) - 2 * effect * sum(AXY) + effect * effect * sum(AXX),
      );
    const difference = (at(Y) - effect * at(AX)) / at(X) - (rest(Y) - effect * rest(AX)) / rest(X);
    const variance = varianceWithout(at) + varianceWithout(rest);
    return variance > 0 ? difference / Math.sqrt(variance) : 0;
  }
}

/** For each draw the units that it puts into the treatment. */
function drawMembers(
  units: readonly string[],
  { treatmentShare, draws, seed }: RerandomizationOptions,
): readonly Int32Array[] {
  const limit = treatmentShare * 2 ** 32;
  const hashes = units.map((unit) => hashToPair(unit, seed));
  return Array.from({ length: draws }, (_, draw) => {
    const chosen = new Int32Array(units.length);
    let count = 0;
    for (let unit = 0; unit < hashes.length; unit++) {
      const [high, low] = hashes[unit] as readonly [number, number];
      if (mixBits(mixBits(high ^ Math.imul(draw + 1, 0x9e3779b1)) ^ low) >>> 0 < limit) {
        chosen[count++] = unit;
      }
    }
    return chosen.subarray(0, count);
  });
}

/** What each unit adds to the sums, one after the other: they are added thousands of times. */
function amountsOf({ numerators, denominators }: Look, inTreatment: Uint8Array): Float64Array {
  const amounts = new Float64Array(inTreatment.length * columns);
  for (let unit = 0; unit < inTreatment.length; unit++) {
    const [x, y, a] = [denominators[unit] as number, numerators[unit] as number, inTreatment[unit] as number];
    if (x > 0) {
      amounts.set([1, x, y, x * x, x * y, y * y, a * x, a * x * x, a * x * y], unit * columns);
    }
  }
  return amounts;
}

function addSums(target: Float64Array, place: number, chosen: Int32Array, amounts: Float64Array): void {
  let n = 0;
  let x = 0;
  let y = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  let ax = 0;
  let axx = 0;
  let axy = 0;
  for (let index = 0; index < chosen.length; index++) {
    const from = (chosen[index] as number) * columns;
    n += amounts[from] as number;
    x += amounts[from + 1] as number;
    y += amounts[from + 2] as number;
    xx += amounts[from + 3] as number;
    xy += amounts[from + 4] as number;
    yy += amounts[from + 5] as number;
    ax += amounts[from + 6] as number;
    axx += amounts[from + 7] as number;
    axy += amounts[from + 8] as number;
  }
  target[place] = n;
  target[place + 1] = x;
  target[place + 2] = y;
  target[place + 3] = xx;
  target[place + 4] = xy;
  target[place + 5] = yy;
  target[place + 6] = ax;
  target[place + 7] = axx;
  target[place + 8] = axy;
}
