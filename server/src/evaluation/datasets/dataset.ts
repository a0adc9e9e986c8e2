// What a public dataset is: a name, the fields of a row as its authors publish them, and the hole that a row stands for.
import { z } from "zod";
import { InputError } from "../../workspace/inputError.js";
import type { Hole } from "../hole.js";
import type { Row } from "./rows.js";

/** What a dataset's file says about a row besides its fields. */
export interface RowContext {
  /** Counts, from 0, the rows so far whose key is this one: for datasets whose names are not unique. */
  occurrence(key: string): number;
}

/** One dataset, or one of its parts; one file each. */
export interface Dataset {
  /** As on the command line. */
  readonly name: string;
  readonly description: string;
  /** Fields of a row that are read. */
  readonly fields: readonly string[];
  /**
   * The hole of a row; undefined for one that is left out, as its dataset says.
   *
   * @throws {InputError} when a field is missing or wrong; the message begins with the row's place
   */
  read(row: Row, context: RowContext): Hole | undefined;
}

/** Makes a dataset of its rows' schema. What else a row has is left alone: authors add fields. */
export function defineDataset<Shape extends z.ZodRawShape>(definition: {
  readonly name: string;
  readonly description: string;
  readonly shape: Shape;
  /** Leaves out rows with an empty truth, where the authors' own file has some; elsewhere they are an error. */
  readonly leavesOutEmpty?: boolean;
  /** @throws {HoleError} when the fields together make no hole */
  readonly toHole: (fields: z.infer<z.ZodObject<Shape>>, context: RowContext) => Hole;
}): Dataset {
  const schema = z.object(definition.shape);
  return {
    name: definition.name,
    description: definition.description,
    fields: Object.keys(definition.shape),
    read: (row, context) => {
      const parsed = schema.safeParse(row.fields);
      if (!parsed.success) {
        throw new InputError(`${row.place}: ${describeIssues(parsed.error, row.fields, definition.name)}`);
      }
      let hole: Hole;
      try {
        hole = definition.toHole(parsed.data, context);
      } catch (error) {
        throw error instanceof HoleError ? new InputError(`${row.place}: ${error.message}`) : error;
      }
      const truth = hole.comparesStripped === true ? hole.middle.trim() : hole.middle;
      if (truth === "" && definition.leavesOutEmpty === true) {
        return undefined;
      }
      if (truth === "") {
        throw new InputError(`${row.place}: the truth of ${hole.id} is empty; there is nothing to complete.`);
      }
      return hole;
    },
  };
}

/** Fields that are right one by one make no hole together. */
export class HoleError extends Error {
  override readonly name = "HoleError";
}

function describeIssues(error: z.ZodError, fields: Readonly<Record<string, unknown>>, dataset: string): string {
  const issues = error.issues.map(({ path, message }) => {
    const field = path.join(".");
    return valueAt(fields, path) === undefined ? `the field "${field}" is missing` : `the field "${field}": ${message}`;
  });
  const has = Object.keys(fields).slice(0, 12).join(", ");
  return `${issues.join("; ")}. The row has: ${has || "nothing"}. Is this a file of ${dataset}?`;
}

function valueAt(fields: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    fields,
  );
}
