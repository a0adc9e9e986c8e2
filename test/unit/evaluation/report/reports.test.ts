// The reports: everything is in them, they open offline, and no sample breaks out of them.
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { SampleRecord } from "../../../../server/src/evaluation/hole.js";
import { metrics } from "../../../../server/src/evaluation/metrics/index.js";
import {
  type ComparisonReport,
  renderComparisonHtml,
  renderComparisonJson,
  renderComparisonMarkdown,
} from "../../../../server/src/evaluation/report/comparisonReport.js";
import {
  type EvaluationReport,
  renderEvaluationHtml,
  renderEvaluationJson,
  renderEvaluationMarkdown,
} from "../../../../server/src/evaluation/report/evaluationReport.js";
import { ExampleSelection } from "../../../../server/src/evaluation/report/examples.js";
import { compareRuns } from "../../../../server/src/evaluation/statistics/comparison.js";
import { SummaryBuilder } from "../../../../server/src/evaluation/statistics/summary.js";
import { recordOf } from "../samples.js";

const bootstrap = { seed: 1, replicates: 100 };
const attack = `</pre></style><script>alert("1")</script><img src=x onerror='alert(2)'>`;

/** Every text of these is an attack. */
function runOf(isRight: (index: number) => boolean): SampleRecord[] {
  return Array.from({ length: 40 }, (_, index) =>
    recordOf({
      id: `${attack}${index}`,
      cluster: `file${index % 8}`,
      path: `src/${attack}.py`,
      languageId: index % 2 === 0 ? "python" : attack,
      kind: `kind ${attack}`,
      caret: "=",
      truth: `return ${attack}`,
      text: isRight(index) ? `return ${attack}` : `return wrong ${attack}`,
      raw: `return ${attack}\n\`\`\`\n# ${attack}`,
      meanLogProbability: Math.log(isRight(index) ? 0.9 : 0.3),
      metrics: { exactMatch: Number(isRight(index)), editSimilarity: isRight(index) ? 1 : 0.6, [attack]: 2 },
      rawMetrics: { exactMatch: 0, editSimilarity: 0.5 },
      ...(!isRight(index) && { failure: `variable ${attack}` }),
      ...(index === 3 && { error: attack }),
    }),
  );
}

let report: EvaluationReport;
let comparison: ComparisonReport;
beforeAll(async () => {
  const [a, b] = [runOf((index) => index % 3 === 0), runOf((index) => index % 3 === 0 && index > 20)];
  const summary = new SummaryBuilder(bootstrap);
  const selection = new ExampleSelection(3);
  const surroundings = { prefix: `before ${attack}\n`, suffix: `\nafter ${attack}`, snippets: [`snippet ${attack}`] };
  for (const record of a) {
    summary.addSample(record);
    summary.addTimings({ id: record.id, prompt: 1, prefill: 20, decode: 30, firstLine: 40, total: 51 });
    selection.add(record, () => surroundings);
  }
  const difference = { value: 0.02, low: 0.01, high: 0.03, n: 40 };
  report = {
    title: `Run ${attack}`,
    facts: { [`Dataset ${attack}`]: attack },
    summary: summary.build(),
    metrics,
    examples: selection.examples,
    gains: [{ source: `imports ${attack}`, differences: { exactMatch: difference, abstained: difference } }],
  };
  comparison = {
    title: `A and B ${attack}`,
    facts: { A: attack },
    comparison: await compareRuns(a, b, { bootstrap }),
    metrics,
    surroundings: () => surroundings,
  };
});

/** The tags of a page, by name. */
function tagsOf(page: string): ReadonlySet<string> {
  return new Set([...page.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name = ""]) => name.toLowerCase()));
}

describe.each([
  ["a run", () => renderEvaluationHtml(report)],
  ["a comparison", () => renderComparisonHtml(comparison)],
])("the HTML of %s", (_, render) => {
  test("no text of a sample becomes markup", () => {
    const page = render();
    expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    for (const name of ["script", "img", "link", "iframe", "object", "a"]) {
      expect(tagsOf(page), name).not.toContain(name);
    }
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    for (const [tag] of page.matchAll(/<[a-z][^>]*>/gi)) {
      expect(tag).not.toMatch(/ on\w+=/i);
    }
  });

  test("it needs nothing from anywhere", () => {
    const page = render();
    expect(page).not.toMatch(/\b(?:src|href)=["']/);
    expect(page).not.toMatch(/https?:\/\/|url\(|@import/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test("every tag that opens is closed", () => {
    const page = render().replace(/<!doctype html>/, "");
    const open: string[] = [];
    for (const [tag, close, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/gi)) {
      if (["meta", "br"].includes(name) || tag.endsWith("/>")) continue;
      if (close === "") open.push(name);
      else expect(open.pop(), tag).toBe(name);
    }
    expect(open).toEqual([]);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test("a run's report has its figures, plots and samples", () => {
  const page = renderEvaluationHtml(report);
  for (const heading of [
    "Figures",
    "By language",
    "By kind of hole",
    "By what stands before the caret",
    "Gains by source of context and feature",
    "Latency",
    "Calibration",
    "Failures",
    "Furthest off",
    "Right",
  ]) {
    expect(page).toContain(`<h2>${heading}</h2>`);
  }
  expect(page).toContain("0.350");
  expect(page).toContain('<span class="wrong">wrong');
  expect(page).toContain("The suggestion is what stood there, character by character.");
  expect(page.match(/<svg class="chart/g)?.length).toBeGreaterThanOrEqual(7);
  expect(page).toContain("The model failed on 1 of the samples");
});

test("a comparison's report has differences, flips and where it got worse", () => {
  const page = renderComparisonHtml(comparison);
  for (const heading of ["Differences", "Where it got worse", "Right in A, wrong in B"]) {
    expect(page).toContain(`<h2>${heading}</h2>`);
  }
  expect(page).not.toContain("Wrong in A, right in B");
  expect(page).toContain("McNemar");
  expect(page).toContain("−0.175");
});

test("a run without a sample has a report all the same", () => {
  const empty = {
    ...report,
    summary: new SummaryBuilder().build(),
    examples: { worst: [], best: [] },
    gains: undefined,
  };
  expect(renderEvaluationHtml(empty)).not.toMatch(/NaN|undefined|Infinity/);
  expect(renderEvaluationMarkdown(empty)).toContain("Samples: 0");
});

test("Markdown: no sample ends its block of code or its cell", () => {
  const markdown = renderEvaluationMarkdown(report);
  expect(markdown).toContain("| exactMatch ↑ | 0.350 (");
  const fences = markdown.split("\n").filter((line) => line.startsWith("```"));
  expect(fences.length % 2).toBe(0);
  const outside = markdown.replace(/^(`{3,})\n[\s\S]*?^\1$/gm, "");
  expect(outside).not.toMatch(/(?<!\\)<script/);
  const compared = renderComparisonMarkdown(comparison);
  expect(compared).toContain("Right → wrong: 7 (17.5%");
  expect(compared.replace(/^(`{3,})\n[\s\S]*?^\1$/gm, "")).not.toMatch(/(?<!\\)<script/);
});

test("JSON holds the same, for programs", () => {
  const run = z
    .object({
      title: z.string(),
      summary: z.object({ samples: z.number() }),
      examples: z.object({ worst: z.array(z.unknown()) }),
    })
    .parse(JSON.parse(renderEvaluationJson(report)));
  expect(run.summary.samples).toBe(40);
  expect(run.examples.worst).toHaveLength(3);
  const compared = z
    .object({ comparison: z.object({ flips: z.object({ rightToWrong: z.object({ count: z.number() }) }) }) })
    .parse(JSON.parse(renderComparisonJson(comparison)));
  expect(compared.comparison.flips.rightToWrong.count).toBe(7);
});
