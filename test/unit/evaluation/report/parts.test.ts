// The parts that reports are made of: diffs, axes, numbers, the choice of samples.
import { describe, expect, test } from "vitest";
import { diffTexts } from "../../../../server/src/evaluation/report/diff.js";
import { ExampleSelection, surroundingsOf } from "../../../../server/src/evaluation/report/examples.js";
import { codeBlock, escapeMarkdown } from "../../../../server/src/evaluation/report/markdown.js";
import { niceTicks } from "../../../../server/src/report/charts.js";
import {
  formatCount,
  formatDifference,
  formatMilliseconds,
  formatScore,
} from "../../../../server/src/report/format.js";
import { html } from "../../../../server/src/report/html.js";
import { recordOf } from "../samples.js";

describe("diffs", () => {
  test.each([
    ["return left + right", "return left - right", "=return left |-+|+-|= right"],
    ["", "x", "+x"],
    ["x", "", "-x"],
    ["x", "x", "=x"],
    ["a\n  b", "a\n  c", "=a\n  |-b|+c"],
    ["foo(a, b)", "foo(a)", "=foo(a|-, b|=)"],
  ])("%j against %j", (truth, prediction, expected) => {
    const marks = { same: "=", missing: "-", wrong: "+" } as const;
    expect(
      diffTexts(truth, prediction)
        .map(({ kind, text }) => marks[kind] + text)
        .join("|"),
    ).toBe(expected);
  });

  test("truth and prediction can be read out of it", () => {
    const [truth, prediction] = ["if (a) {\n  b();\n}\n", "if (!a) {\r\n\tb(1);  }\n😀"];
    const parts = diffTexts(truth, prediction);
    const read = (left: string) => parts.map(({ kind, text }) => (kind === left ? "" : text)).join("");
    expect(read("wrong")).toBe(truth);
    expect(read("missing")).toBe(prediction);
  });

  test("texts that are too long to compare are shown in whole", () => {
    const [truth, prediction] = ["a ".repeat(5000), "b ".repeat(5000)];
    expect(diffTexts(truth, prediction)).toEqual([
      { kind: "missing", text: truth },
      { kind: "wrong", text: prediction },
    ]);
  });
});

test.each([
  [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [-0.02, 0.05, [-0.02, 0, 0.02, 0.04, 0.06]],
  [0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0, 37, [0, 10, 20, 30, 40]],
])("an axis from %f to %f", (from, to, ticks) => {
  expect(niceTicks(from, to)).toEqual(ticks);
});

test("numbers", () => {
  expect([0.12345, -0.5, -0.0001, 1].map(formatScore)).toEqual(["0.123", "−0.500", "0.000", "1.000"]);
  expect([0.01, -0.01, 0.0001].map(formatDifference)).toEqual(["+0.010", "−0.010", "0.000"]);
  expect([0.5, 12.34, 345.6, 12_345].map(formatMilliseconds)).toEqual(["0.50 ms", "12.3 ms", "346 ms", "12.3 s"]);
  expect(formatCount(1234567)).toBe("1\u202f234\u202f567");
});

test("a template escapes what is no markup", () => {
  expect(html`<b title="${`"'`}">${"<&>"}${html`<i>${1}</i>`}${[html`a`, undefined]}${undefined}</b>`.text).toBe(
    '<b title="&quot;&#39;">&lt;&amp;&gt;<i>1</i>a</b>',
  );
});

test("Markdown that cannot be broken out of", () => {
  expect(escapeMarkdown("a|b\n<c> *d*")).toBe("a\\|b \\<c\\> \\*d\\*");
  expect(codeBlock("x")).toBe("```\nx\n```");
  expect(codeBlock("````\nx\n", "python")).toBe("`````python\n````\nx\n`````");
});

describe("the samples to show", () => {
  const records = Array.from({ length: 50 }, (_, index) =>
    recordOf({
      id: `sample${index}`,
      truth: "x".repeat(1 + (index % 7)),
      text: index % 5 === 0 ? "" : "y",
      meanLogProbability: -(index % 10) / 10,
      metrics: { exactMatch: index % 4 === 1 ? 1 : 0, editSimilarity: (index % 3) / 3 },
    }),
  );

  function choose(all: typeof records) {
    const selection = new ExampleSelection(5);
    for (const record of all) selection.add(record);
    return selection.examples;
  }

  test("the worst are sure and wrong, the best are right and long, in whatever order they come", () => {
    const { worst, best } = choose(records);
    expect(choose(records.toReversed())).toEqual({ worst, best });
    expect(worst).toHaveLength(5);
    expect(worst.every(({ record }) => record.metrics.exactMatch === 0 && record.text !== "")).toBe(true);
    expect(worst[0]?.record.metrics.editSimilarity).toBe(0);
    expect(best.every(({ record }) => record.metrics.exactMatch === 1)).toBe(true);
    expect(best[0]?.record.truth).toHaveLength(7);
  });

  test("what stood around them is cut to what a reader needs, and asked for only if they are shown", () => {
    const prefix = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
    const surroundings = surroundingsOf({ prefix, suffix: prefix }, { snippets: ["x".repeat(9000)] });
    expect(surroundings.prefix.split("\n").at(0)).toBe("line 88");
    expect(surroundings.suffix.split("\n").at(-1)).toBe("line 5");
    expect(surroundings.snippets[0]?.length).toBeLessThan(2100);
    let asked = 0;
    const selection = new ExampleSelection(1);
    for (const record of [
      recordOf({ id: "1", metrics: { exactMatch: 1 } }),
      recordOf({ id: "2", metrics: { exactMatch: 1 } }),
    ]) {
      selection.add(record, () => {
        asked++;
        return surroundings;
      });
    }
    expect(asked).toBe(1);
    expect(selection.examples.best[0]?.surroundings).toBe(surroundings);
  });
});
