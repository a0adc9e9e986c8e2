// What the tests of the evaluation share: fixture files, holes, and a model that writes what it is told.
import path from "node:path";
import type { Hole } from "../../../server/src/evaluation/hole.js";

/** Path of a file in test/fixtures/evaluation. */
export function fixture(name: string): string {
  return path.resolve(import.meta.dirname, "../../fixtures/evaluation", name);
}

/** A hole in a Python file; what is not given is of no importance. */
export function holeOf(fields: Partial<Hole> = {}): Hole {
  return {
    id: "hole",
    cluster: "file",
    path: "file.py",
    repository: "repository",
    languageId: "python",
    prefix: "total = ",
    middle: "1 + 2",
    suffix: "\nprint(total)\n",
    kind: "test",
    ...fields,
  };
}
