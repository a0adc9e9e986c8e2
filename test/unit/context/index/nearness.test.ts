// The order in which files are looked at.
import { expect, test } from "vitest";
import { MemoryIndex } from "../../../../server/src/context/index/memoryIndex.js";
import { Nearness } from "../../../../server/src/context/index/nearness.js";
import { seededRandom } from "../../../support/seededRandom.js";

const folder = "file:///w";

test.each([10, 400])("of %i files the nearest folders come first, those of one distance by rank", (count) => {
  const random = seededRandom(count);
  const paths = Array.from(
    { length: count },
    (_, id) => `${["", "a/", "a/b/", "a/c/", "d/"][Math.floor(random() * 5)]}f${id}.py`,
  );
  const ranks = Int32Array.from(paths, (path) => paths.toSorted().indexOf(path));
  const placeOf = (id: number) => ({ folder, path: paths[id] as string });
  const nearness = new Nearness();
  nearness.from({ folder, path: "a/b/here.py" });
  const distances = { "a/b/": 0, "a/": 1, "": 2, "a/c/": 2, "d/": 3 };
  const distanceOf = (path: string) => distances[path.slice(0, path.lastIndexOf("/") + 1) as keyof typeof distances];
  const ids = paths.map((_, id) => id);
  const expected = paths.toSorted().sort((a, z) => distanceOf(a) - distanceOf(z));
  expect([...nearness.order(ids, placeOf, ranks)].map((id) => paths[id])).toEqual(expected);

  paths[0] = "d/moved.py";
  nearness.forget(0);
  expect([...nearness.order([0, 1], placeOf, ranks)]).toEqual(
    distanceOf(paths[1] as string) < 3 || (ranks[1] as number) < (ranks[0] as number) ? [1, 0] : [0, 1],
  );
});

test("an index without files knows no name", () => {
  const index = new MemoryIndex(() => undefined);
  expect([...index.definitionsOf("x", { folder, path: "a.py" }), ...index.referencesTo("x")]).toEqual([]);
});
