// Fusion and assembly: what holds for every answer, whatever the sources say.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../../../server/src/context/assembler.js";
import { extractorQueries } from "../../../server/src/context/ast/extract.js";
import type { ContextQuery, ContextSnippet, TextRange } from "../../../server/src/context/contextSource.js";
import { findContext } from "../../../server/src/context/findContext.js";
import { fuse } from "../../../server/src/context/fusion.js";
import { importedFiles, moduleWords } from "../../../server/src/context/importPaths.js";
import { contextSources } from "../../../server/src/context/sources/index.js";
import { receiversNear } from "../../../server/src/context/sources/receiverTypes.js";
import type { Languages } from "../../../server/src/syntax/languages.js";
import { createRepository, type TextRepository } from "../../support/textRepository.js";
import { loadTestLanguages } from "../syntax/testLanguages.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages(extractorQueries);
});
afterAll(() => languages.dispose());

const functions = (name: string): string =>
  Array.from({ length: 6 }, (_, number) => `def ${name}${number}(item):\n    return item.${name} + ${number}\n`).join(
    "\n\n",
  );

/** A repository whose open file is longer than the window around its caret. */
async function createShop(): Promise<TextRepository> {
  const app = `from shop.cart import cart0\nfrom shop.price import price1\n\n${functions("app")}\n\ndef run(item):\n    total = cart0(item) + █\n    return total\n\n\n${functions("tail")}`;
  const { index, query } = await createRepository(languages, {
    "shop/cart.py": `${functions("cart")}\r\n`,
    "shop/price.py": functions("price"),
    "shop/tax.py": functions("tax"),
    "app.py": app,
  });
  const window = { start: query.offset - 120, end: query.offset + 80 };
  const edits = [{ folder: query.folder, path: "shop/tax.py", start: 0, end: 50 }];
  return { index, query: { ...query, window, edits } };
}

const options = { disabled: [], snippetLength: 300, limit: 24 };

const overlap = (one: readonly TextRange[], other: readonly TextRange[]): boolean =>
  one.some((a) => other.some((b) => a.start < b.end && b.start < a.end));

describe("the fused list", () => {
  it("has no overlaps, nothing of the window, no snippet beyond its length, and is sorted", async () => {
    const { index, query } = await createShop();
    // The caret anywhere: the properties hold for all of them.
    for (let offset = 0; offset <= query.text.length; offset += 37) {
      const window = { start: Math.max(0, offset - 120), end: Math.min(query.text.length, offset + 80) };
      const { snippets } = findContext({ ...query, offset, window }, index, options);
      for (const [place, { path, ranges, text, score, start, end, sources }] of snippets.entries()) {
        const source = index.file(query.folder, path)?.text() ?? "";
        expect(
          ranges
            .map((range) => source.slice(range.start, range.end))
            .join("\n")
            .replaceAll("\r\n", "\n"),
        ).toBe(text);
        expect([start, end]).toEqual([ranges[0]?.start, ranges.at(-1)?.end]);
        expect(text.length).toBeLessThanOrEqual(300 + ranges.length);
        expect(path === query.path && overlap(ranges, [window])).toBe(false);
        const others = snippets.slice(place + 1).filter((other) => other.path === path);
        expect(others.some((other) => overlap(other.ranges, ranges))).toBe(false);
        expect(score).toBeGreaterThanOrEqual(snippets[place + 1]?.score ?? 0);
        expect(sources.length).toBeGreaterThan(0);
      }
      expect(new Set(snippets.map(({ text }) => text)).size).toBe(snippets.length);
    }
  });

  it("is a pure function of the question and the repository", async () => {
    const [one, other] = [await createShop(), await createShop()];
    const first = findContext(one.query, one.index, options).snippets;
    expect(first.length).toBeGreaterThan(3);
    expect(findContext(structuredClone(one.query), one.index, options).snippets).toEqual(first);
    expect(findContext(other.query, other.index, options).snippets).toEqual(first);
  });

  it("does without the sources that are switched off", async () => {
    const { index, query } = await createShop();
    for (const { name } of contextSources) {
      const { snippets, sources } = findContext(query, index, { ...options, disabled: [name] });
      expect(sources.map((source) => source.name)).not.toContain(name);
      expect(snippets.flatMap((snippet) => snippet.sources.map((source) => source.name))).not.toContain(name);
    }
    const all = contextSources.map(({ name }) => name);
    expect(findContext(query, index, { ...options, disabled: all }).snippets).toEqual([]);
  });

  it("puts first what several sources name, and gives it the shape of the one that counts most", async () => {
    const { index, query } = await createShop();
    const file = index.file(query.folder, "shop/cart.py");
    const tax = index.file(query.folder, "shop/tax.py");
    if (file === undefined || tax === undefined) throw new Error("not indexed");
    const head = { file, ranges: [{ start: 0, end: 16 }], score: 1 };
    const whole = { file, ranges: [{ start: 0, end: 45 }], score: 1 };
    const other = { file: tax, ranges: [{ start: 0, end: 40 }], score: 9 };
    const snippets = fuse(
      [
        { name: "bm25", candidates: [other, whole] },
        { name: "definitions", candidates: [head] },
      ],
      query,
      index,
      options,
    );
    expect(snippets[0]).toMatchObject({
      path: "shop/cart.py",
      text: "def cart0(item):",
      sources: [
        { name: "definitions", rank: 1 },
        { name: "bm25", rank: 2 },
      ],
    });
  });

  it("reads neighbours as one", async () => {
    const { index, query } = await createShop();
    const file = index.file(query.folder, "shop/tax.py");
    if (file === undefined) throw new Error("not indexed");
    const second = (file.text() ?? "").indexOf("def tax1");
    const candidates = [
      { file, ranges: [{ start: 0, end: 40 }], score: 2 },
      { file, ranges: [{ start: second, end: second + 15 }], score: 1 },
    ];
    const snippets = fuse([{ name: "bm25", candidates }], query, index, options);
    expect(snippets).toHaveLength(1);
    expect(snippets[0]?.text).toMatch(/^def tax0[\s\S]*def tax1\(item\)/);
  });

  it("finds the place again when the index knows an older text of the document", async () => {
    const { index, query } = await createShop();
    const before = findContext(query, index, options).snippets;
    const typed = "price1(";
    const text = query.text.slice(0, query.offset) + typed + query.text.slice(query.offset);
    const window = { start: query.window.start, end: query.window.end + typed.length };
    const late: ContextQuery = { ...query, text, offset: query.offset + typed.length, window };
    const { snippets } = findContext(late, index, options);
    expect(snippets.filter(({ path, ranges }) => path === query.path && overlap(ranges, [query.window]))).toEqual([]);
    expect(snippets.map(({ path }) => path)).toContain("shop/price.py");
    expect(before.length).toBeGreaterThan(0);
  });
});

const snippet = (name: string, score: number, length = 10): ContextSnippet => ({
  folder: "file:///r",
  path: `${name}.py`,
  start: 0,
  end: length,
  ranges: [{ start: 0, end: length }],
  text: name.repeat(length).slice(0, length),
  score,
  sources: [],
});
const cost = ({ text }: ContextSnippet): number => text.length;
const paths = (snippets: readonly ContextSnippet[]): string => snippets.map(({ path }) => path.slice(0, -3)).join(" ");

describe("the assembled prompt", () => {
  const [a, b, c, d] = [snippet("a", 8), snippet("b", 7), snippet("c", 6), snippet("d", 5)] as const;

  it("holds to the budget, with the most useful last", () => {
    expect(paths(assemble([a, b, c, d], [], { budget: 30, cost }))).toBe("c b a");
    expect(paths(assemble([a, b, c, d], [], { budget: 9, cost }))).toBe("");
    // One that does not fit leaves its room to the next.
    expect(paths(assemble([a, snippet("x", 7.5, 15), b], [], { budget: 20, cost }))).toBe("b a");
  });

  it("leaves what hardly matters out", () => {
    expect(paths(assemble([a, snippet("z", 0.5)], [], { budget: 100, cost }))).toBe("a");
  });

  it("leaves what stays relevant in its place, though the ranking has changed a little", () => {
    const previous = assemble([a, b, c, d], [], { budget: 30, cost });
    const ranked = [snippet("b", 8), snippet("d", 7.9), snippet("a", 7.8), snippet("c", 7)];
    expect(paths(assemble(ranked, previous, { budget: 30, cost }))).toBe("c b a");
  });

  it("lets one in that has become much better, next to the caret, and the weakest go", () => {
    const previous = assemble([a, b, c, d], [], { budget: 30, cost });
    expect(paths(assemble([snippet("new", 20), a, b, c], previous, { budget: 30, cost }))).toBe("b a new");
  });

  it("drops what is no longer relevant, and begins anew where the caret has moved on", () => {
    const previous = assemble([a, b, c, d], [], { budget: 30, cost });
    expect(paths(assemble([a, b], previous, { budget: 30, cost }))).toBe("b a");
    const elsewhere = [snippet("x", 9), snippet("y", 8), snippet("c", 7)];
    expect(paths(assemble(elsewhere, previous, { budget: 30, cost }))).toBe("c y x");
  });

  it("gives way when the budget shrinks", () => {
    const previous = assemble([a, b, c], [], { budget: 30, cost });
    expect(paths(assemble([a, b, c], previous, { budget: 25, cost }))).toBe("b a");
  });

  it("settles: the same ranking again changes nothing", async () => {
    const { index, query } = await createShop();
    const { snippets } = findContext(query, index, options);
    for (const budget of [0, 50, 200, 333, 1000]) {
      const first = assemble(snippets, [], { budget, cost });
      expect(first.reduce((sum, one) => sum + cost(one), 0)).toBeLessThanOrEqual(budget);
      expect(assemble(snippets, first, { budget, cost })).toEqual(first);
    }
  });

  it("stays the same over most key strokes of a line", async () => {
    const { index, query } = await createShop();
    const line = "price1(item) * 2";
    let previous: readonly ContextSnippet[] = [];
    let changes = 0;
    for (let typed = 0; typed <= line.length; typed++) {
      const text = query.text.slice(0, query.offset) + line.slice(0, typed) + query.text.slice(query.offset);
      const window = { start: query.window.start, end: query.window.end + typed };
      const asked = { ...query, text, offset: query.offset + typed, window };
      const now = assemble(findContext(asked, index, options).snippets, previous, { budget: 400, cost });
      changes += Number(typed > 0 && paths(now) !== paths(previous));
      previous = now;
    }
    expect(changes).toBeLessThanOrEqual(3);
  });
});

describe("imports", () => {
  it.each([
    ["./util", ["util"]],
    ["../a/b.js", ["a", "b.js"]],
    [".", []],
    ["..pkg.mod", ["pkg", "mod"]],
    ["java.util.List", ["java", "util", "List"]],
    ["crate::io::Reader", ["io", "Reader"]],
    ["super::io", ["io"]],
    ["App\\Models\\User", ["App", "Models", "User"]],
    ["github.com/x/y/pkg", ["github.com", "x", "y", "pkg"]],
  ])("%s are words", (module, expected) => {
    expect(moduleWords(module)).toEqual(expected);
  });

  it("lead to files of every language's habit", async () => {
    const text = "x";
    const { index } = await createRepository(languages, {
      "src/util.ts": text,
      "src/deep/index.ts": text,
      "lib/pkg/mod.py": text,
      "lib/pkg/__init__.py": text,
      "src/main/java/geo/Box.java": text,
      "src/main.rs": text,
      "src/io/mod.rs": text,
      "go.mod": "module example.org/shop\n\ngo 1.21\n",
      "store/store.go": text,
      "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"], }, /* all */ } }',
      "include/box.h": text,
      "here.ts": "█",
    });
    const find = (path: string, module: string, names: readonly string[] = []) =>
      importedFiles(
        { module, names: names.map((name) => ({ name, alias: name })), start: 0, end: 0 },
        { folder: "file:///repository", path, language: languages.ofPath(path)?.id },
        index,
      ).map((file) => file.path);
    expect(find("src/app.ts", "./util.js")).toEqual(["src/util.ts"]);
    expect(find("src/app.tsx", "./deep")).toEqual(["src/deep/index.ts"]);
    expect(find("lib/pkg/other.py", ".mod", ["f"])).toEqual(["lib/pkg/mod.py"]);
    expect(find("lib/pkg/other.py", ".", ["mod"])).toContain("lib/pkg/mod.py");
    expect(find("lib/app.py", "pkg", ["f"])).toEqual(["lib/pkg/__init__.py"]);
    expect(find("src/main/java/app/Main.java", "geo.Box", ["Box"])).toEqual(["src/main/java/geo/Box.java"]);
    expect(find("src/main.rs", "crate::io", ["Reader"])).toEqual(["src/io/mod.rs"]);
    expect(find("include/a.c", "box.h", ["*"])).toEqual(["include/box.h"]);
    expect(find("cmd/main.go", "example.org/shop/store", ["*"])).toEqual(["store/store.go"]);
    expect(find("src/app.ts", "@/util", ["f"])).toEqual(["src/util.ts"]);
    expect(find("src/app.ts", "react")).toEqual([]);
  });
});

describe("types of receivers", () => {
  it.each([
    ["function f(user: User) {\n  user.", ["User"]],
    ["user = User(1)\nuser.", ["User"]],
    ["const user = new models.User();\nuser.na", ["User"]],
    ["void f(List<User> a, User user) {\n  user.", ["User"]],
    ["func (s *Server) f() {\n\ts.", ["Server"]],
    ["let r = Reader::new(x);\nr.", ["Reader"]],
    ["User.", ["User"]],
    ["user = load()\nuser.", []],
    ["superuser: Admin\nuser.", []],
  ])("%j", (text, expected) => {
    expect(receiversNear(text, text.length).flatMap(({ type }) => type ?? [])).toEqual(expected);
  });
});
