// What the index says about itself. Plain data.
import type { LeftOutReason } from "./walk.js";

/** How far it is: looking for files, reading them, or done until something changes. */
export type IndexState = "scanning" | "indexing" | "ready";

/** The index as it is. */
export interface IndexStatus {
  readonly state: IndexState;
  /** Files in the index. */
  readonly files: number;
  /** Bytes of these files. */
  readonly sourceBytes: number;
  readonly chunks: number;
  readonly names: number;
  /** Files that were found and not looked at yet. */
  readonly waiting: number;
  /** Files that were parsed, and files whose symbols came from disk, since the start. */
  readonly extracted: number;
  readonly reused: number;
  /** Bytes in memory, by own accounting, and how many there may be. */
  readonly memoryBytes: number;
  readonly memoryLimit: number;
  /** Bytes on disk. */
  readonly storedBytes: number;
  /** The files of the repository do not all fit: those nearest to the open ones are in. */
  readonly isCapped: boolean;
  /** How many files and folders are left out, by reason. */
  readonly leftOut: Readonly<Partial<Record<LeftOutReason, number>>>;
}
