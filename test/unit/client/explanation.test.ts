// What "Why this suggestion?" shows.
import { describe, expect, it } from "vitest";
import { explainSuggestion } from "../../../client/src/explanation.js";
import type { Explanation } from "../../../server/src/protocol.js";

const explanation: Explanation = {
  uri: "file:///geo/area.py",
  position: { line: 4, character: 11 },
  text: "width * height",
  source: "model",
  model: "tiny-1",
  promptTokens: 300,
  reusedTokens: 280,
  timings: { context: 3.21, prefill: 20 },
  snippets: [
    { path: "geo/far.py", text: "far = 1", score: 0.02, sources: [{ name: "bm25", rank: 3 }] },
    {
      path: "geo/box.py",
      text: "```\ndef box(): ...",
      score: 0.1,
      sources: [
        { name: "definitions", rank: 1 },
        { name: "mine", rank: 2 },
      ],
    },
  ],
};

describe("the explanation of a suggestion", () => {
  const text = explainSuggestion(explanation);

  it("says where and what was suggested, by which model, and what it took", () => {
    expect(text).toContain("At line 5, column 12 of `file:///geo/area.py`.");
    expect(text).toContain("```\nwidth * height\n```");
    expect(text).toContain("the model, `tiny-1`");
    expect(text).toContain("300 tokens, 280 of them known");
    expect(text).toContain("context 3.2 ms, prefill 20.0 ms");
  });

  it("shows the snippets, the most useful first, with who found them, in blocks that their text cannot end", () => {
    expect(text.indexOf("1. `geo/box.py`")).toBeLessThan(text.indexOf("2. `geo/far.py`"));
    expect(text).toContain("definition of a name near the caret (rank 1), mine (rank 2), score 0.100");
    expect(text).toContain("````\n```\ndef box(): ...\n````");
  });

  it("says so where there is nothing to show", () => {
    expect(explainSuggestion(null)).toContain("Nothing has been suggested yet.");
    expect(explainSuggestion({ ...explanation, snippets: [], text: "" })).toMatch(
      /Nothing was suggested there[\s\S]*Nothing: the document alone/,
    );
  });
});
