// How many tokens of a prompt are read in one run of the graph: as many as take 30 ms on this machine, so that a
// cancellation, which waits for the end of a run, is never waited for.

/** What a run should take. A key stroke that supersedes a request is felt as late from about 50 ms on. */
const runMilliseconds = 30;

/** Below this a run costs more for its start than for its tokens: a slower machine has to wait longer. */
export const fewestChunkTokens = 32;

/** Above this the graph computes nothing faster, and its intermediate results take more memory. */
export const mostChunkTokens = 512;

/** Runs of fewer tokens say little of what a token takes: their start is most of it. */
const leastMeasured = 16;

/** Runs that are remembered: the slowest of them counts, so that a busy machine is noticed at once, and its rest soon. */
const rememberedRuns = 8;

/** Measures runs, and says how long the next one may be. */
export class ChunkSize {
  /** Milliseconds per token of the last runs. */
  readonly #costs: number[] = [];

  /** @param first - Tokens of a run before anything was measured. */
  constructor(private readonly first: number) {}

  /** Most tokens of the next run. */
  get tokens(): number {
    if (this.#costs.length === 0) return this.first;
    const tokens = Math.floor(runMilliseconds / Math.max(...this.#costs));
    return Math.min(mostChunkTokens, Math.max(fewestChunkTokens, tokens));
  }

  /** Notes what a run has taken. */
  record(tokens: number, milliseconds: number): void {
    if (tokens < leastMeasured || milliseconds <= 0) return;
    this.#costs.push(milliseconds / tokens);
    if (this.#costs.length > rememberedRuns) this.#costs.shift();
  }
}
