// Reads text files line by line without holding them in memory: plain or gzip, with the number of each line.

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { createGunzip } from "node:zlib";
import { errorCode, errorMessage } from "../errorMessage.js";
import { InputError } from "../workspace/inputError.js";

/** A line without its line end; numbers count from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** What kind of file this is, by its first bytes: names lie. */
export type FileKind = "text" | "gzip" | "parquet" | "xz" | "zip" | "empty";

const signatures: readonly (readonly [FileKind, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["parquet", [0x50, 0x41, 0x52, 0x31]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
];

/** @throws {InputError} when there is no such file */
export async function findFileKind(file: string): Promise<FileKind> {
  try {
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      const start = buffer.subarray(0, bytesRead);
      const known = signatures.find(([, bytes]) => bytes.every((byte, index) => start[index] === byte));
      return known?.[0] ?? (bytesRead === 0 ? "empty" : "text");
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toInputError(file, error);
  }
}

/**
 * The lines of a file, the last one with or without a line end.
 *
 * @throws {InputError} when the file cannot be read or its gzip data is broken; the message says behind which line
 */
export async function* readLines(file: string, kind: "text" | "gzip"): AsyncGenerator<Line> {
  const source = createReadStream(file);
  const stream = kind === "gzip" ? gunzipOf(source) : source;
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let number = 0;
  try {
    for await (const chunk of stream) {
      const text = rest + decoder.write(chunk as Buffer);
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        yield { number: ++number, text: withoutMarks(text.slice(start, end), number) };
        start = end + 1;
      }
      rest = text.slice(start);
    }
    rest += decoder.end();
    if (rest !== "") {
      yield { number: ++number, text: withoutMarks(rest, number) };
    }
  } catch (error) {
    throw toInputError(`${file}:${number + 1}`, error);
  } finally {
    source.destroy();
    stream.destroy();
  }
}

function gunzipOf(source: ReturnType<typeof createReadStream>) {
  const gunzip = createGunzip();
  // Not pipeline(): whoever stops reading early is no error here.
  source.on("error", (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

/** No carriage return at its end, no byte order mark before the first line. */
function withoutMarks(line: string, number: number): string {
  const text = number === 1 && line.startsWith("\ufeff") ? line.slice(1) : line;
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** What was wrong with a file, in words for its user. */
export function toInputError(place: string, error: unknown): Error {
  if (error instanceof InputError || (error instanceof Error && error.name === "AbortError")) {
    return error;
  }
  const file = place.replace(/:\d+$/, "");
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new InputError(`There is no file ${file}.`);
    case "EISDIR":
      return new InputError(`${file} is a folder; name a file.`);
    case "EACCES":
    case "EPERM":
      return new InputError(`${file} cannot be read: permission denied.`);
    case "Z_BUF_ERROR":
      return new InputError(`${place}: the gzip data is cut off here. Download the file again.`);
    case "Z_DATA_ERROR":
      return new InputError(`${place}: the gzip data is broken here. Download the file again.`);
    default:
      return new InputError(`${place}: ${errorMessage(error)}`);
  }
}
