// The public datasets; a new one is one more file and a line here.

import { hashText } from "../../textHash.js";
import { InputError } from "../../workspace/inputError.js";
import type { Hole } from "../hole.js";
import { crossCodeEval } from "./crossCodeEval.js";
import type { Dataset } from "./dataset.js";
import { humanEvalInfilling } from "./humanEvalInfilling.js";
import { repoBench } from "./repoBench.js";
import { readRows } from "./rows.js";
import { safim } from "./safim.js";
import { santaCoderFim } from "./santaCoderFim.js";

export const datasets: readonly Dataset[] = [...humanEvalInfilling, santaCoderFim, safim, crossCodeEval, repoBench];

/** @throws {InputError} when there is none of this name; the message lists those there are */
export function findDataset(name: string): Dataset {
  const dataset = datasets.find((one) => one.name === name);
  if (dataset === undefined) {
    throw new InputError(
      `--dataset: there is no dataset "${name}". There are ${datasets.map((one) => one.name).join(", ")}.`,
    );
  }
  return dataset;
}

/**
 * The holes of a dataset's file, in the file's order.
 *
 * @throws {InputError} for a broken row or an id that is there twice; the message says where
 */
export async function* readHoles(dataset: Dataset, file: string): AsyncGenerator<Hole> {
  // Hashes: a few bytes for each row, however long the ids are.
  const seen = new Set<number>();
  const occurrences = new Map<number, number>();
  const occurrence = (key: string): number => {
    const number = hashText(key);
    const count = occurrences.get(number) ?? 0;
    occurrences.set(number, count + 1);
    return count;
  };
  for await (const row of readRows(file, dataset.fields)) {
    const hole = dataset.read(row, { occurrence });
    if (hole === undefined) {
      continue;
    }
    const id = hashText(hole.id);
    if (seen.has(id)) {
      throw new InputError(
        `${row.place}: the id "${hole.id}" is there already. Each row needs its own; is the file two files in one?`,
      );
    }
    seen.add(id);
    yield hole;
  }
}
