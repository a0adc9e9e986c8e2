import { describe, expect, it } from "vitest";
import type { ContextSnippet } from "../../../server/src/context/contextSource.js";
import { rankOfHead } from "../../contextRecall/recall.js";
import { type HoleResult, renderReport, summarize } from "../../contextRecall/report.js";
import { headOf, parseUses } from "../../contextRecall/truth/use.js";

function snippet(path: string, ...ranges: readonly (readonly [number, number])[]): ContextSnippet {
  return {
    folder: "file:///demo",
    path,
    start: ranges[0]?.[0] ?? 0,
    end: ranges.at(-1)?.[1] ?? 0,
    ranges: ranges.map(([start, end]) => ({ start, end })),
    text: "",
    score: 1,
    sources: [],
  };
}

describe("the rank of a definition", () => {
  const head = { path: "b.py", start: 100, end: 120 };

  it("is that of the first snippet with its whole head", () => {
    expect(rankOfHead([snippet("b.py", [0, 50], [90, 121]), snippet("b.py", [100, 120])], head)).toBe(1);
    expect(rankOfHead([snippet("b.py", [0, 119]), snippet("b.py", [100, 120])], head)).toBe(2);
  });

  it("is none in another file, or where the head is in two pieces", () => {
    expect(rankOfHead([snippet("a.py", [0, 500]), snippet("b.py", [90, 110], [110, 130])], head)).toBeUndefined();
  });
});

describe("a use", () => {
  const line =
    '{"file":"a.py","useStart":1,"useEnd":2,"name":"f","kind":"function","definitionFile":"b.py","definitionStart":4,"definitionEnd":9}';

  it("has the definition's name and head without what separates it from the body", () => {
    const [use] = parseUses(`${line}\n`, "truth");
    expect(use && headOf(use, "def f(x) : pass")).toBe("f(x)");
  });

  it("is refused where the text is another one, and where the line is none", () => {
    const [use] = parseUses(`${line}\n`, "truth");
    expect(() => use && headOf(use, "def g(x): pass")).toThrow("b.py: f is not at 4");
    expect(() => parseUses(`${line}\n{"file": 1}\n`, "truth")).toThrow("truth:2");
  });
});

describe("the report", () => {
  const result = (id: number, fused: number | undefined, alone: number | undefined): HoleResult => ({
    id: String(id),
    cluster: `file${id}`,
    package: "demo",
    group: "block",
    kind: "function",
    fused,
    bySource: { bm25: alone },
    inPrompt: false,
    hasAny: fused !== undefined,
    miss: undefined,
  });

  it("counts hits within five snippets, and the lead over a source hole by hole", () => {
    const results = [result(1, 1, undefined), result(2, 5, 6), result(3, 6, 1), result(4, undefined, undefined)];
    const about = { language: "python", packages: ["demo"], seed: 1, room: {}, missed: [] };
    const report = summarize(results, about);
    expect(report.fused?.value).toBe(0.5);
    expect(report.bySource.bm25?.value).toBe(0.25);
    expect(report.gainOver.bm25?.value).toBe(0.25);
    expect(report.atDepth["10"]).toBe(0.75);
    expect(renderReport(report)).toMatch(/fused +0\.500 .*\n +bm25 +0\.250 .*fusion \+0\.250/);
  });
});
