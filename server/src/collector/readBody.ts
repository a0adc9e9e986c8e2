// The body of a request, no larger than it may be, whether as it came or unpacked.
import type { IncomingMessage } from "node:http";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

/** A body that is larger than it may be. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

/** A body that is packed in a way that is not known, or is damaged. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}

/**
 * Reads and unpacks.
 *
 * @param limit most bytes, packed and unpacked
 * @throws {TooLargeError}
 * @throws {BodyError}
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip") {
    throw new BodyError(`content-encoding ${encoding} is not known; use gzip or none.`);
  }
  if (Number(request.headers["content-length"] ?? 0) > limit) {
    throw new TooLargeError();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      size += chunk.length;
      chunks.push(chunk);
      // A small body can unpack to gigabytes: stop at the limit.
      done(size > limit ? new TooLargeError() : null);
    },
  });
  try {
    await (encoding === "gzip" ? pipeline(request, createGunzip(), sink) : pipeline(request, sink));
  } catch (error) {
    if (error instanceof TooLargeError) throw error;
    throw new BodyError(encoding === "gzip" ? "the body is no whole gzip stream." : "the body did not come whole.");
  }
  return Buffer.concat(chunks, size);
}
