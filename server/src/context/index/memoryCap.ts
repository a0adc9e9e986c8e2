// What goes when memory runs out: the files farthest from the open ones.
import type { FileEntry } from "./workspaceRoot.js";

/** When memory runs out, files go until this share of it is in use, so that it does not run out at the next file. */
const memoryAfterEviction = 0.85;

export interface MemoryInUse {
  /** Bytes that may be in use. */
  readonly limit: number;
  readonly bytes: number;
  /** Bytes of the sources of all files that are in. What a file takes is about in proportion to its size. */
  readonly sourceBytes: number;
}

/** What is to go. */
export interface Eviction {
  readonly evicted: readonly FileEntry[];
  /** Distance of the farthest file that stays; -1 when none does. */
  readonly farthest: number;
}

/** Chooses the files that go; at least one. */
export function chooseEvicted(
  held: readonly FileEntry[],
  distanceOf: (entry: FileEntry) => number,
  { limit, bytes, sourceBytes }: MemoryInUse,
): Eviction {
  const distances = new Map(held.map((entry) => [entry, distanceOf(entry)]));
  const distance = (entry: FileEntry): number => distances.get(entry) ?? 0;
  const nearest = [...held].sort((a, z) => distance(a) - distance(z) || (a.path < z.path ? -1 : 1));
  let left = sourceBytes * ((limit * memoryAfterEviction) / bytes);
  let kept = 0;
  for (const { size } of nearest.slice(0, -1)) {
    left -= size;
    if (left < 0) break;
    kept++;
  }
  const last = nearest[kept - 1];
  return { evicted: nearest.slice(kept), farthest: last === undefined ? -1 : distance(last) };
}
