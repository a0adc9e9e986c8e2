// Reads the rows of a dataset's file, one at a time: .jsonl, .jsonl.gz, and Parquet row group by row group.

import { open } from "node:fs/promises";
import type { AsyncBuffer, FileMetaData } from "hyparquet";
import { errorMessage } from "../../errorMessage.js";
import { InputError } from "../../workspace/inputError.js";
import { findFileKind, readLines, toInputError } from "../lines.js";

/** One row, with where it stands. */
export interface Row {
  /** `FILE:LINE`, or `FILE, row N`. */
  readonly place: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The rows of a file. What it is, is told by its first bytes.
 *
 * @param columns those that are wanted of a Parquet file; the others are not read
 * @throws {InputError} for what is no such file; the message says where
 */
export async function* readRows(file: string, columns: readonly string[]): AsyncGenerator<Row> {
  const kind = await findFileKind(file);
  switch (kind) {
    case "parquet":
      yield* readParquet(file, columns);
      return;
    case "text":
    case "gzip":
      yield* readJsonLines(file, kind);
      return;
    case "empty":
      throw new InputError(`${file} is empty. Download it again.`);
    default:
      throw new InputError(
        `${file} is ${kind === "xz" ? "an .xz archive" : "a .zip archive"}; unpack it and name a file of it.`,
      );
  }
}

async function* readJsonLines(file: string, kind: "text" | "gzip"): AsyncGenerator<Row> {
  for await (const { number, text } of readLines(file, kind)) {
    if (text.trim() === "") {
      continue;
    }
    const place = `${file}:${number}`;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new InputError(
        `${place}: this line is no JSON (${errorMessage(error)}). A .jsonl file has one object per line.`,
      );
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new InputError(`${place}: this line is no JSON object. A .jsonl file has one object per line.`);
    }
    yield { place, fields: value as Record<string, unknown> };
  }
}

async function* readParquet(file: string, columns: readonly string[]): AsyncGenerator<Row> {
  // Loaded when needed: every other command would pay for it at its start.
  const { parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const buffer: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new Uint8Array(Math.max(0, end - start));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        return bytes.buffer.slice(0, bytesRead);
      },
    };
    let metadata: FileMetaData;
    try {
      metadata = await parquetMetadataAsync(buffer);
    } catch (error) {
      throw new InputError(
        `${file} is a Parquet file whose end is missing or broken (${errorMessage(error)}). Download it again.`,
      );
    }
    const has = new Set(metadata.schema.map(({ name }) => name));
    const wanted = columns.filter((column) => has.has(column));
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      let rows: readonly Record<string, unknown>[];
      try {
        rows = await parquetReadObjects({ file: buffer, metadata, columns: wanted, rowStart, rowEnd, compressors });
      } catch (error) {
        throw new InputError(
          `${file}, rows ${rowStart + 1} to ${rowEnd}: ${errorMessage(error)}. Download the file again.`,
        );
      }
      for (const [index, fields] of rows.entries()) {
        yield { place: `${file}, row ${rowStart + index + 1}`, fields: withoutNulls(fields) };
      }
      rowStart = rowEnd;
    }
  } catch (error) {
    throw toInputError(file, error);
  } finally {
    await handle.close();
  }
}

/** Parquet has null where JSON leaves a field out. */
function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
