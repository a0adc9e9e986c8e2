// What the collector needs of a database; sqlite.ts and postgres.ts are the two there are.
import type { HourSums } from "../../experiments/metrics.js";
import type { TelemetryEvent } from "../../telemetry/event.js";

/** An event that is valid, with the text that is stored. */
export interface AcceptedEvent {
  readonly event: TelemetryEvent;
  /** The event as JSON. */
  readonly body: string;
}

/** What became of events. */
export interface Added {
  readonly added: number;
  /** They were there already: sent again, or twice in a batch. */
  readonly duplicates: number;
  /** They are of a user whose data were deleted. */
  readonly refused: number;
}

/** One who may send. */
export interface Token {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export interface Storage {
  /**
   * Adds events. When the promise resolves they are on the disk, and their sums with them.
   *
   * @param received milliseconds since 1970
   * @throws {StorageError} when nothing of it was added
   */
  add(events: readonly AcceptedEvent[], received: number): Promise<Added>;
  /** All sums, in no order. */
  sums(): AsyncIterable<HourSums>;
  /** How many events there are. */
  countEvents(): Promise<number>;
  /** Deletes all that is of a user, for good: what still comes of them is refused. Returns how many events there were. */
  deleteUser(user: string, now: number): Promise<number>;
  /** Deletes what came before a time, at most `limit` events of it. Returns how many. */
  deleteReceivedBefore(time: number, limit: number): Promise<number>;
  /** @param hash of the token, in hexadecimal */
  findToken(hash: string): Promise<Token | undefined>;
  /** Returns false if there is one of that name already. */
  addToken(token: Token, hash: string): Promise<boolean>;
  /** Returns false if there is none. */
  deleteToken(name: string): Promise<boolean>;
  listTokens(): Promise<readonly Token[]>;
  /** Resolves if the database answers and can be written to. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The database did not do it; nothing was lost that it had acknowledged. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}
