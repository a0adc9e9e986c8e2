import { describe, expect, it } from "vitest";
import { nameWeights } from "../../../server/src/context/nameWeights.js";

function weigh(marked: string) {
  const offset = marked.indexOf("█");
  return nameWeights(marked.replace("█", ""), offset);
}

describe("the weights of a document's names", () => {
  it("fall with the distance in lines, before the caret as after it", () => {
    const lines = [
      "far",
      ..."x"
        .repeat(19)
        .split("")
        .map(() => ""),
      "here █",
      ..."x"
        .repeat(19)
        .split("")
        .map(() => ""),
      "after",
    ];
    const weights = weigh(lines.join("\n"));
    expect(weights.get("here")?.weight).toBe(1);
    expect(weights.get("far")?.weight).toBeCloseTo(0.5, 2);
    expect(weights.get("after")?.weight).toBeCloseTo(0.5, 2);
    expect([...weights.keys()]).toEqual(["here", "after", "far"]);
  });

  it("do not fall to nothing for what is named often", () => {
    const weights = weigh(
      `${"often(once);\n".repeat(8).replace(/once/g, (_, at) => (at < 12 ? "once" : "many"))}${"\n".repeat(400)}█`,
    );
    expect(weights.get("often")).toEqual({ weight: 0.15, times: 8 });
    expect(weights.get("once")?.times).toBe(1);
    expect(weights.get("once")?.weight).toBeLessThan(0.06);
  });

  it("count each use, and leave single letters out", () => {
    const weights = weigh("import { area, x } from 'shapes';\n\narea(x) + area(█");
    expect(weights.get("area")?.times).toBe(3);
    expect(weights.has("x")).toBe(false);
  });
});
