import { describe, expect, it } from "vitest";
import type { Hole } from "../../../server/src/evaluation/hole.js";
import { chooseHoles, groupOf, holesWithUses } from "../../contextRecall/holes.js";
import type { Use } from "../../contextRecall/truth/use.js";

function holeAt(text: string, start: number, end: number, kind: string, path = "a.py"): Hole {
  return {
    id: `${path}:${start}-${end}:${kind}`,
    cluster: path,
    path,
    repository: "demo",
    languageId: "python",
    prefix: text.slice(0, start),
    middle: text.slice(start, end),
    suffix: text.slice(end),
    kind,
  };
}

function useAt(start: number, name: string, file = "a.py"): Use {
  return {
    file,
    useStart: start,
    useEnd: start + name.length,
    name,
    kind: "function",
    definitionFile: "b.py",
    definitionStart: name.length,
    definitionEnd: name.length + 10,
  };
}

describe("holes with a use of another file", () => {
  const text = "total = scale(1) + area(2)\n";

  it("are those whose middle holds the whole name", () => {
    const holes = [
      holeAt(text, 8, 26, "caret:="),
      holeAt(text, 10, 26, "caret:word"),
      holeAt(text, 0, 5, "caret:lines"),
    ];
    const found = holesWithUses(holes, [useAt(8, "scale"), useAt(19, "area")], 1);
    expect(found.map(({ group, uses }) => [group, uses.map(({ name }) => name)])).toEqual([
      ["restOfLine", ["scale", "area"]],
      ["restOfLine", ["area"]],
    ]);
  });

  it("ask for one definition, the same one in each run, and not always the first", () => {
    const uses = [useAt(8, "scale"), useAt(19, "area")];
    const targets = Array.from({ length: 20 }, (_, seed) => {
      const [one] = holesWithUses([holeAt(text, 8, 26, "caret:=")], uses, seed);
      const [again] = holesWithUses([holeAt(text, 8, 26, "caret:=")], uses, seed);
      expect(again?.target).toBe(one?.target);
      return one?.target.name;
    });
    expect(new Set(targets)).toEqual(new Set(["scale", "area"]));
  });

  it("count a definition that is used twice once", () => {
    const twice = [useAt(8, "scale"), { ...useAt(8, "scale"), useStart: 14, useEnd: 19 }];
    expect(holesWithUses([holeAt(text, 8, 26, "caret:=")], twice, 1)[0]?.uses).toHaveLength(1);
  });
});

describe("the choice of holes", () => {
  it("knows a line's rest, a statement and a block, and leaves out parts of a line", () => {
    expect(
      ["caret:.", "caret:.|rest", "caret:lineStart", "node:statement", "caret:lines", "node:block", "node:call"].map(
        groupOf,
      ),
    ).toEqual(["restOfLine", undefined, "statement", "statement", "block", "block", undefined]);
  });

  it("takes as evenly from packages and groups as there is enough of them", () => {
    const make = (path: string, kind: string, count: number) =>
      holesWithUses(
        Array.from({ length: count }, (_, at) => holeAt("f(x)\n".repeat(count), 5 * at, 5 * at + 4, kind, path)),
        Array.from({ length: count }, (_, at) => useAt(5 * at, "f", path)),
        1,
      );
    const large = [...make("large.py", "caret:(", 30), ...make("large.py", "node:block", 30)];
    const small = make("small.py", "node:statement", 3);
    const chosen = chooseHoles([large, small], 13, 1);
    const count = (path: string, group: string) =>
      chosen.filter((one) => one.hole.path === path && one.group === group).length;
    expect([count("large.py", "restOfLine"), count("large.py", "block"), count("small.py", "statement")]).toEqual([
      5, 5, 3,
    ]);
  });
});
