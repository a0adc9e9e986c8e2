// How fast one sender may be: a bucket for each, filled at a steady rate.

interface Bucket {
  level: number;
  /** Milliseconds. */
  filled: number;
}

/** Buckets that are remembered; a full bucket needs none. */
const mostBuckets = 10_000;

/** Token buckets by sender. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param perSecond what a sender may use each second
   * @param burst what it may use at once after a pause
   */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /**
   * Takes from a sender's bucket. What is more than a whole bucket is let through when the bucket is full, and owed.
   *
   * @param now milliseconds, of a clock that does not go back
   * @returns seconds to wait if there is not enough, else 0
   */
  take(sender: string, amount: number, now: number): number {
    const bucket = this.#bucketOf(sender, now);
    const needed = Math.min(amount, this.#burst);
    if (bucket.level < needed) {
      return (needed - bucket.level) / this.#perSecond;
    }
    bucket.level -= amount;
    return 0;
  }

  #bucketOf(sender: string, now: number): Bucket {
    const bucket = this.#buckets.get(sender) ?? { level: this.#burst, filled: now };
    bucket.level = Math.min(this.#burst, bucket.level + ((now - bucket.filled) / 1000) * this.#perSecond);
    bucket.filled = now;
    // The one that was used last is the last one to be forgotten.
    this.#buckets.delete(sender);
    this.#buckets.set(sender, bucket);
    if (this.#buckets.size > mostBuckets) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest as string);
    }
    return bucket;
  }
}
