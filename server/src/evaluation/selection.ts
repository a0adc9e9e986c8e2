// Which of a dataset's holes a run asks about: all of them, a seeded part, or one shard of either. The order is the
// dataset's, so that shards merge into the very file that one run would have written.

import { hashText } from "../textHash.js";
import type { Hole } from "./hole.js";

/** The part of a shard: number `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export interface SelectionOptions {
  /** Most holes; a seeded choice of them. Undefined for all. */
  readonly limit: number | undefined;
  readonly seed: number;
  readonly shard: Shard;
}

/** Holes of a dataset, readable more than once. */
export interface HoleSource {
  /** What they are made of, as run.json says it; another value is another run. */
  readonly identity: Readonly<Record<string, unknown>>;
  /**
   * The holes, always the same in the same order.
   *
   * @param isWanted whether any hole at positions from `start` to before `end` is wanted; a source that knows how many
   *   holes a file has may leave out what is not, and yields `undefined` for each
   */
  read(isWanted?: (start: number, end: number) => boolean): AsyncIterable<Hole | undefined>;
}

/** The holes that a run asks about. */
export interface Selection {
  /** How many there are for this shard. */
  readonly count: number;
  /** Those behind the first `skip`. */
  read(skip: number): AsyncGenerator<Hole>;
}

/** Reads a source once, which also finds whatever is wrong with it, and chooses. */
export async function selectHoles(
  source: HoleSource,
  { limit, seed, shard }: SelectionOptions,
  signal: AbortSignal,
): Promise<Selection> {
  const chosen: { readonly position: number; readonly rank: number }[] = [];
  let total = 0;
  for await (const hole of source.read()) {
    signal.throwIfAborted();
    if (limit !== undefined && hole !== undefined) {
      chosen.push({ position: total, rank: rankOf(seed, hole.id) });
      // Twice as many as wanted are sorted at a time: the list stays short, and the work is that of one sort.
      if (chosen.length >= 2 * limit + 1024) {
        keepFirst(chosen, limit);
      }
    }
    total++;
  }
  keepFirst(chosen, limit ?? 0);
  const sorted = limit === undefined ? undefined : chosen.map(({ position }) => position).sort((a, b) => a - b);
  const positions = sorted === undefined ? undefined : new Set(sorted);
  const isWanted = (start: number, end: number): boolean => {
    const next = sorted?.find((position) => position >= start);
    return sorted === undefined || (next !== undefined && next < end);
  };
  const selected = sorted?.length ?? total;
  const count = Math.max(0, Math.ceil((selected - shard.index + 1) / shard.count));
  return {
    count,
    async *read(skip) {
      let position = -1;
      let number = -1;
      let own = 0;
      for await (const hole of source.read(isWanted)) {
        position++;
        if (hole === undefined || (positions !== undefined && !positions.has(position))) {
          continue;
        }
        number++;
        if (number % shard.count === shard.index - 1 && own++ >= skip) {
          yield hole;
        }
      }
    },
  };
}

function keepFirst(list: { readonly position: number; readonly rank: number }[], length: number): void {
  list.sort((a, b) => a.rank - b.rank || a.position - b.position);
  list.length = Math.min(list.length, length);
}

/** A number that looks random and depends on the seed and the id alone. */
export function rankOf(seed: number, id: string): number {
  return hashText(id, seed);
}
