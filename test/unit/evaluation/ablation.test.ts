// Which feature an ablation run does without, and what is refused.
import { expect, test } from "vitest";
import { nameAblations, type PlacedSettings } from "../../../server/src/evaluation/ablation.js";
import type { RunSettings } from "../../../server/src/evaluation/runSettings.js";
import { InputError } from "../../../server/src/workspace/inputError.js";

function runOf(folder: string, disabled: readonly string[], other: Partial<RunSettings> = {}): PlacedSettings {
  return {
    folder,
    settings: {
      version: "0.1.0",
      source: { dataset: "safim", sha256: "0" },
      model: { id: "model", sha256: "1" },
      backend: null,
      threads: 2,
      completion: { maxLines: 8 },
      disabled: [...disabled],
      seed: 0,
      limit: null,
      samplesPerTask: 1,
      temperature: 0,
      execution: "none",
      shard: { index: 1, count: 1 },
      samples: 100,
      ...other,
    },
  };
}

const base = runOf("all", []);

test("a run is named by what it disables more than the base, in the order given", () => {
  expect(nameAblations(base, [runOf("b", ["reuse"]), runOf("a", ["horizon"])])).toEqual([
    { folder: "b", source: "reuse" },
    { folder: "a", source: "horizon" },
  ]);
  expect(nameAblations(runOf("some", ["horizon"]), [runOf("c", ["horizon", "reuse"])])).toEqual([
    { folder: "c", source: "reuse" },
  ]);
});

const refused: readonly [string, PlacedSettings, readonly PlacedSettings[], RegExp][] = [
  ["the base itself", base, [base], /all must disable exactly one feature more than all; it disables nothing/],
  ["two more", base, [runOf("two", ["horizon", "reuse"])], /it disables horizon, reuse, and the base nothing/],
  ["another one instead", runOf("some", ["horizon"]), [runOf("one", ["reuse"])], /exactly one feature more/],
  [
    "other settings",
    base,
    [runOf("other", ["reuse"], { seed: 4, completion: { maxLines: 1 } })],
    /other differs from all \("there"\).*completion\.maxLines: 8 there, 1 now; seed: 0 there, 4 now/,
  ],
  ["one feature twice", base, [runOf("x", ["reuse"]), runOf("y", ["reuse"])], /x and y are both without "reuse"/],
];

test.each(refused)("refused: %s", (_, from, runs, message) => {
  expect(() => nameAblations(from, runs)).toThrow(InputError);
  expect(() => nameAblations(from, runs)).toThrow(message);
});
