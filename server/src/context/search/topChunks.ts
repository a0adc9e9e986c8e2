// The best few of many chunks.

/** A chunk that was found. */
export interface ChunkHit {
  readonly file: number;
  /** Its place among the file's chunks. */
  readonly chunk: number;
  /** BM25, > 0. */
  readonly score: number;
}

/** Whether one comes before another: the higher score, then the lower file, then the lower chunk. */
function compareHits(a: ChunkHit, z: ChunkHit): number {
  return z.score - a.score || a.file - z.file || a.chunk - z.chunk;
}

/** Keeps the best `limit` of the hits that are added, in order. */
export class TopChunks {
  readonly limit: number;
  readonly #hits: ChunkHit[] = [];
  #threshold: number;

  constructor(limit: number) {
    this.limit = limit;
    this.#threshold = limit > 0 ? 0 : Number.POSITIVE_INFINITY;
  }

  /** A lower score cannot come in any more. Asked for once for every chunk that is looked at. */
  get threshold(): number {
    return this.#threshold;
  }

  wants(hit: ChunkHit): boolean {
    if (this.#hits.length < this.limit) return true;
    const last = this.#hits.at(-1);
    return last !== undefined && compareHits(hit, last) < 0;
  }

  add(hit: ChunkHit): void {
    // Only few of many come in, and there are few: keeping them sorted costs less than a heap's code does.
    let low = 0;
    let high = this.#hits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareHits(this.#hits[middle] as ChunkHit, hit) < 0) low = middle + 1;
      else high = middle;
    }
    this.#hits.splice(low, 0, hit);
    if (this.#hits.length > this.limit) this.#hits.pop();
    if (this.#hits.length === this.limit) this.#threshold = this.#hits.at(-1)?.score ?? Number.POSITIVE_INFINITY;
  }

  /** Best first. */
  sorted(): readonly ChunkHit[] {
    return this.#hits;
  }
}
