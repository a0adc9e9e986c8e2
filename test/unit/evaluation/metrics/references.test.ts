// The metrics that other people have implemented too, against what those implementations say of the same pairs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { metrics } from "../../../../server/src/evaluation/metrics/index.js";
import { scoredOf } from "../samples.js";

const fixture = z
  .object({
    comment: z.string(),
    tolerance: z.number(),
    pairs: z.array(
      z.object({
        languageId: z.string(),
        prediction: z.string(),
        truth: z.string(),
        references: z.record(z.string(), z.number()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../../fixtures/metricReferences.json"), "utf8")));

const held = [
  "editSimilarity",
  "bleu4",
  "meteor",
  "rougeL",
  "chrF",
  "repetition",
  "identifierExactMatch",
  "identifierF1",
];

test.each(held)("%s is what the independent implementation says", (name) => {
  const metric = metrics.find((candidate) => candidate.name === name);
  const pairs = fixture.pairs.filter(({ references }) => name in references);
  expect(pairs.length).toBeGreaterThanOrEqual(25);
  for (const { languageId, prediction, truth, references } of pairs) {
    const score = metric?.score(scoredOf("", prediction, { hole: { middle: truth, languageId } }));
    const distance = Math.abs((score ?? Number.NaN) - (references[name] ?? Number.NaN));
    expect(distance, `${prediction} / ${truth}: ${score}, not ${references[name]}`).toBeLessThan(fixture.tolerance);
  }
});
