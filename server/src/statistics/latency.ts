// Percentiles of times without keeping the times: a histogram with bins that grow by a constant factor, so that the error
// is the same share of every time (DDSketch, Masson et al., arXiv 1908.10693).

/** Each bin is this much longer than the one before: a percentile is at most 0.5% off. */
const growth = 1.01;

/** Times below it, in milliseconds, are all the same to a user. */
const shortest = 0.001;

/** 1,000 s; nothing is waited for so long. */
const longest = 1_000_000;

const binCount = Math.ceil(Math.log(longest / shortest) / Math.log(growth)) + 1;

/** Bins of the histogram that make one bar of the plot: bars grow by 1.01^23 ≈ 1.26, ten to a decade. */
const binsPerBar = 23;

/** A bar of the plot: how many times were in [from, to). Milliseconds. */
export interface LatencyBar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Milliseconds. Mean, least and greatest are exact, percentiles within 0.5%. */
export interface LatencySummary {
  readonly n: number;
  readonly mean: number;
  readonly least: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly greatest: number;
  /** From the first bar with a time to the last; without gaps. */
  readonly bars: readonly LatencyBar[];
}

/** Collects times. 9 kB each; the same whatever the order. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(binCount);
  #n = 0;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #greatest = 0;

  /** @param milliseconds ≥ 0 */
  add(milliseconds: number): void {
    const bin = binOf(milliseconds);
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    this.#n++;
    this.#sum += milliseconds;
    this.#least = Math.min(this.#least, milliseconds);
    this.#greatest = Math.max(this.#greatest, milliseconds);
  }

  /**
   * The time that this share of times does not exceed (nearest rank).
   *
   * @param share in (0, 1]
   * @returns undefined without times
   */
  percentile(share: number): number | undefined {
    const rank = Math.max(1, Math.ceil(share * this.#n));
    let seen = 0;
    for (let bin = 0; bin < binCount; bin++) {
      seen += this.#counts[bin] as number;
      if (seen >= rank) {
        // The value whose relative distance to both ends of the bin is the same.
        const middle = (2 * startOf(bin) * growth) / (1 + growth);
        return Math.min(this.#greatest, Math.max(this.#least, middle));
      }
    }
    return undefined;
  }

  /** Undefined without times. */
  summary(): LatencySummary | undefined {
    const [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map((share) => this.percentile(share));
    if (p50 === undefined || p90 === undefined || p95 === undefined || p99 === undefined) {
      return undefined;
    }
    return {
      n: this.#n,
      mean: this.#sum / this.#n,
      least: this.#least,
      p50,
      p90,
      p95,
      p99,
      greatest: this.#greatest,
      bars: this.#bars(),
    };
  }

  #bars(): LatencyBar[] {
    const bars: LatencyBar[] = [];
    const [first, last] = [this.#least, this.#greatest].map((time) => Math.floor(binOf(time) / binsPerBar)) as [
      number,
      number,
    ];
    for (let bar = first; bar <= last; bar++) {
      const bins = this.#counts.subarray(bar * binsPerBar, (bar + 1) * binsPerBar);
      bars.push({
        from: startOf(bar * binsPerBar),
        to: startOf((bar + 1) * binsPerBar),
        count: bins.reduce((sum, count) => sum + count, 0),
      });
    }
    return bars;
  }
}

function binOf(milliseconds: number): number {
  const bin = Math.floor(Math.log(milliseconds / shortest) / Math.log(growth));
  return Math.min(binCount - 1, Math.max(0, bin));
}

function startOf(bin: number): number {
  return shortest * growth ** bin;
}
