// What each source finds, on small repositories: the texts say what a developer has open, the caret where they are.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extractorQueries } from "../../../../server/src/context/ast/extract.js";
import type { ContextQuery, ContextSource } from "../../../../server/src/context/contextSource.js";
import { sourceWeights } from "../../../../server/src/context/fusion.js";
import { bm25 } from "../../../../server/src/context/sources/bm25.js";
import { branchWords } from "../../../../server/src/context/sources/branchWords.js";
import { callGraph } from "../../../../server/src/context/sources/callGraph.js";
import { classMembers } from "../../../../server/src/context/sources/classMembers.js";
import { coChangedFiles } from "../../../../server/src/context/sources/coChangedFiles.js";
import { definitions } from "../../../../server/src/context/sources/definitions.js";
import { developerApis } from "../../../../server/src/context/sources/developerApis.js";
import { contextSources } from "../../../../server/src/context/sources/index.js";
import { languageServices } from "../../../../server/src/context/sources/languageServices.js";
import { recentEdits, recentViews } from "../../../../server/src/context/sources/recentPlaces.js";
import { similarCode } from "../../../../server/src/context/sources/similarCode.js";
import { similarUses } from "../../../../server/src/context/sources/similarUses.js";
import type { Languages } from "../../../../server/src/syntax/languages.js";
import { createRepository, folder } from "../../../support/textRepository.js";
import { loadTestLanguages } from "../../syntax/testLanguages.js";

let languages: Languages;
beforeAll(async () => {
  languages = await loadTestLanguages(extractorQueries);
});
afterAll(() => languages.dispose());

/** What a source finds, best first, as `path: text`, parts of one candidate with `…` between them. */
async function find(
  source: ContextSource,
  files: Readonly<Record<string, string>>,
  asked: Partial<ContextQuery> = {},
): Promise<readonly string[]> {
  const { index, query } = await createRepository(languages, files, asked);
  return source.find(query, index, 12).map(({ file, ranges }) => {
    const text = file.text() ?? "";
    return `${file.path}: ${ranges.map(({ start, end }) => text.slice(start, end).trim()).join(" … ")}`;
  });
}

it("every source has a name of its own, and a weight", () => {
  expect(contextSources.map(({ name }) => name)).toEqual(Object.keys(sourceWeights));
});

describe("definitions", () => {
  const shapes = `
# Area of a box.
def measure(box, scale=1):
    return box.width * box.height * scale


def unrelated(box):
    return None
`;

  it("are found by the exact file of an import, before others of the same name", async () => {
    const found = await find(definitions, {
      "geo/shapes.py": shapes,
      "other/shapes.py": "def measure(anything):\n    pass\n",
      "geo/app.py":
        "from geo.shapes import measure\n\n\ndef total(boxes):\n    return sum(measure(█) for box in boxes)\n",
    });
    expect(found[0]).toMatch(/^geo\/shapes\.py: [\s\S]*def measure\(box, scale=1\):$/);
    expect(found.filter((one) => one.startsWith("other/"))).toEqual([]);
  });

  it("are signatures, not bodies", async () => {
    const found = await find(definitions, {
      "geo/shapes.py": shapes,
      "geo/app.py": "from .shapes import measure\n\nprint(measure(█))\n",
    });
    expect(found.join()).not.toContain("box.width");
  });

  it("are found under another name, and through a file that exports them again", async () => {
    const found = await find(definitions, {
      "src/core/area.ts":
        "export function area(width: number, height: number): number {\n  return width * height;\n}\n",
      "src/core/index.ts": 'export { area } from "./area.js";\n',
      "src/app.ts": 'import { area as areaOf } from "./core/index.js";\n\nconst floor = areaOf(█);\n',
    });
    expect(found[0]).toBe("src/core/area.ts: export function area(width: number, height: number): number");
  });

  it("are of the type of what a member is taken of, with its members' signatures", async () => {
    const found = await find(definitions, {
      "src/main/java/geo/Box.java":
        "package geo;\n\npublic class Box {\n    private int width;\n\n    public int area() {\n        return width;\n    }\n\n" +
        "    public Box grow(int by) {\n        width += by;\n        return this;\n    }\n" +
        `${"    // padding of a long class that is not shown whole\n".repeat(12)}}\n`,
      "src/main/java/app/Main.java":
        "package app;\n\nimport geo.Box;\n\nclass Main {\n    int run(Box box) {\n        return box.█;\n    }\n}\n",
    });
    expect(found[0]).toMatch(/^src\/main\/java\/geo\/Box\.java: public class Box/);
    expect(found.join("\n")).toContain("public int area()");
    expect(found.join("\n")).toContain("public Box grow(int by)");
    expect(found.join("\n")).not.toContain("width += by");
  });

  it("are what code elsewhere can name: nothing private, nothing that Go keeps to a folder or a test", async () => {
    const java = await find(definitions, {
      "geo/Box.java":
        "package geo;\n\npublic class Box {\n    private int secret;\n    private static class Part {\n        int hidden;\n    }\n    public int open;\n}\n",
      "app/Main.java":
        "package app;\n\nimport geo.Box;\n\nclass Main {\n    int run(Box box) {\n        return box.█;\n    }\n}\n",
    });
    expect(java).toEqual(["geo/Box.java: public class Box", "geo/Box.java: public int open;"]);
    const go = await find(definitions, {
      "go.mod": "module example.org/shop\n",
      "store/store.go": "package store\n\nfunc Open() {}\n\nfunc open() {}\n",
      "store/store_test.go": "package store\n\nfunc Open() {}\n",
      "main.go": 'package main\n\nimport "example.org/shop/store"\n\nfunc main() {\n\tstore.█\n\tOpen, open\n}\n',
    });
    expect(go).toEqual(["store/store.go: func Open()"]);
  });

  it("are members that are inherited, or written apart from their type", async () => {
    const java = await find(definitions, {
      "geo/Shape.java": "package geo;\n\npublic class Shape {\n    public int area() {\n        return 0;\n    }\n}\n",
      "geo/Box.java": "package geo;\n\npublic class Box extends Shape {\n    public int width;\n}\n",
      "geo/Main.java": "package geo;\n\nclass Main {\n    int run(Box box) {\n        return box.█;\n    }\n}\n",
    });
    expect(java).toContain("geo/Shape.java: public int area()");
    const go = await find(definitions, {
      "store.go": "package store\n\ntype Store struct {\n\tname string\n}\n",
      "save.go": "package store\n\nfunc (s *Store) Save(path string) error {\n\treturn nil\n}\n",
      "main.go": "package store\n\nfunc run(store *Store) {\n\tstore.█\n}\n",
    });
    expect(go).toContain("save.go: func (s *Store) Save(path string) error");
  });

  it("are of the type that a definition elsewhere gives to what a member is taken of, or to what a call returns", async () => {
    const files = {
      "bank/account.py": "class Account:\n    def close(self):\n        pass\n",
      "bank/state.py":
        "from .account import Account\n\ncurrent: Account = load()\n\n\ndef find_account(name) -> Account:\n    return load(name)\n",
    };
    for (const text of ["current.█\n", "find_account(1).█\n"]) {
      const found = await find(definitions, { ...files, "app.py": text });
      expect(found).toContain("bank/account.py: def close(self):");
    }
  });

  it("are what a class's methods give their object", async () => {
    const found = await find(definitions, {
      "bank/account.py":
        "class Account:\n    def __init__(self, owner):\n        self.owner: str = owner\n\n    def rename(self, owner):\n        self.owner = owner\n",
      "app.py": "from bank.account import Account\n\n\ndef show(account: Account):\n    print(account.█)\n",
    });
    expect(found.filter((one) => one.includes("self.owner"))).toEqual(["bank/account.py: self.owner: str = owner"]);
  });

  it("of an import that nothing uses yet are wanted before those that are used elsewhere", async () => {
    const found = await find(definitions, {
      "a.ts": "export function used(): void {\n  return;\n}\nexport function fresh(): void {\n  return;\n}\n",
      "b.ts": `import { fresh, used } from "./a.js";\n\n${"used();\n".repeat(60)}\n\n${"let a = 1;\n".repeat(60)}\nfunction go() {\n  █\n}\n`,
    });
    expect(found[0]).toBe("a.ts: export function fresh(): void");
  });

  it("in the window are not named", async () => {
    expect(await find(definitions, { "a.py": "def near(x):\n    return x\n\n\nprint(near(█))\n" })).toEqual([]);
  });
});

describe("languageServices", () => {
  const files = {
    "bank/account.py":
      "class Account:\n    def deposit(self, amount):\n        pass\n\n    def close(self):\n        pass\n\n\nRATE = 2\n",
    "app.py": "def pay(a, sum):\n    fee = rate_of(sum)\n    a.dep█\n",
  };
  const located = { folder, path: "bank/account.py", line: 0, character: 6 };

  it("are what the editor says of the names near the caret, with the members of a receiver's type first", async () => {
    const found = await find(languageServices, files, {
      located: [
        { ...located, name: "a", relation: "type" },
        { ...located, name: "rate_of", relation: "definition", line: 8, character: 0 },
      ],
    });
    expect(found).toEqual([
      "bank/account.py: def deposit(self, amount):",
      "bank/account.py: def close(self):",
      "bank/account.py: RATE = 2",
      "bank/account.py: class Account:",
    ]);
  });

  it("are nothing without an editor, in files that have gone, and behind a file's end", async () => {
    expect(await find(languageServices, files)).toEqual([]);
    const gone = [
      { ...located, name: "a", relation: "type" as const, path: "gone.py" },
      { ...located, name: "a", relation: "type" as const, line: 900 },
    ];
    expect(await find(languageServices, files, { located: gone })).toEqual([]);
  });
});

describe("callGraph", () => {
  const files = {
    "lib.py": "def convert(value, unit):\n    return value\n",
    "use.py": 'from lib import convert\n\nlength = convert(3, "m")\nprint(length)\nother = 1\n',
    "caller.py": "from app import total\n\nresult = total([1, 2])\nreport(result)\n",
    "app.py":
      "from lib import convert\n\n\ndef total(values):\n    sum = 0\n    for value in values:\n        sum += convert(█)\n    return sum\n",
  };

  it("has the signature of what is called, its uses elsewhere, and the callers of the function", async () => {
    const found = await find(callGraph, files);
    expect(found).toEqual([
      "lib.py: def convert(value, unit):",
      'use.py: length = convert(3, "m")\nprint(length)',
      "caller.py: result = total([1, 2])\nreport(result)",
    ]);
  });

  it("takes the call that is being written for one", async () => {
    const found = await find(callGraph, { ...files, "app.py": "from lib import convert\n\nx = convert(█" });
    expect(found.slice(0, 2)).toEqual([
      "lib.py: def convert(value, unit):",
      'use.py: length = convert(3, "m")\nprint(length)',
    ]);
  });

  it("has the signatures of what a callee calls itself", async () => {
    const found = await find(callGraph, {
      "a.py": "def inner(depth):\n    return depth\n\n\ndef outer(depth):\n    return inner(depth)\n",
      "b.py": "from a import outer\n\nouter(█)\n",
    });
    expect(found.slice(0, 1)).toEqual(["a.py: def outer(depth):"]);
    expect(found).toContain("a.py: def inner(depth):");
  });

  it("says nothing of a name that too many things have", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 9 }, (_, number) => [`m${number}.py`, "def convert(value):\n    return value\n"]),
    );
    expect(await find(callGraph, { ...many, "app.py": "def f():\n    convert(█)\n" })).toEqual([]);
  });
});

describe("similarUses", () => {
  it("are the definitions of what similar code uses, which the document need not name", async () => {
    const found = await find(similarUses, {
      "shop/price.py":
        "def net_price(item, rate):\n    return item * rate\n\n\ndef unrelated(zebra):\n    return zebra\n",
      "shop/cart.py":
        "from shop.price import net_price\n\n\ndef cart_total(items, rate):\n    total = 0\n    for item in items:\n        total += net_price(item, rate)\n    return total\n",
      "shop/order.py":
        "def order_total(items, rate):\n    total = 0\n    for item in items:\n        total += █\n    return total\n",
    });
    expect(found).toEqual(["shop/price.py: def net_price(item, rate):"]);
  });

  it("say nothing of a name that too many things have, and nothing where nothing is alike", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 5 }, (_, number) => [`m${number}.py`, "def net_price(value):\n    return value\n"]),
    );
    const cart = "def cart_total(items):\n    total = 0\n    total += net_price(items)\n    return total\n";
    const order = "def order_total(items):\n    total = 0\n    total += █\n    return total\n";
    expect(await find(similarUses, { ...many, "cart.py": cart, "order.py": order })).toEqual([]);
    expect(await find(similarUses, { "order.py": order })).toEqual([]);
  });
});

describe("classMembers", () => {
  it("are the members of base classes and interfaces in other files", async () => {
    const found = await find(classMembers, {
      "src/base.ts":
        "export abstract class Store {\n  abstract read(key: string): string;\n  close(): void {\n    return;\n  }\n}\n",
      "src/listener.ts": "export interface Listener {\n  changed(key: string): void;\n}\n",
      "src/disk.ts":
        'import { Store } from "./base.js";\nimport type { Listener } from "./listener.js";\n\n' +
        "export class DiskStore extends Store implements Listener {\n  █\n}\n",
    });
    expect(found).toHaveLength(2);
    expect(found[0]).toContain("abstract read(key: string): string");
    expect(found[1]).toContain("changed(key: string): void");
  });

  it("are the siblings outside of the window, as signatures", async () => {
    const body = "        return 1\n".repeat(20);
    const text = `class Box:\n    def first(self, a):\n${body}\n    def second(self, b):\n${body}\n    def third(self):\n        █\n`;
    const found = await find(
      classMembers,
      { "box.py": text },
      { window: { start: text.indexOf("def third"), end: text.length - 1 } },
    );
    expect(found).toEqual(["box.py: def first(self, a): … def second(self, b):"]);
  });
});

describe("search", () => {
  const files = {
    "invoice.py":
      "def invoice_total(invoice, tax_rate):\n    subtotal = sum(line.price for line in invoice.lines)\n    return subtotal * (1 + tax_rate)\n",
    "weather.py": "def forecast(city):\n    return request(city, 'tomorrow')\n",
    "order.py": "def order_total(order, tax_rate):\n    subtotal = sum(line.price for line in order.lines)\n    █\n",
  };

  it.each([bm25, similarCode])("by $name finds the code that is most like the one around the caret", async (source) => {
    const found = await find(source, files);
    expect(found[0]).toMatch(/^invoice\.py: def invoice_total/);
    expect(found.filter((one) => one.startsWith("order.py"))).toEqual([]);
  });
});

describe("what the developer just did", () => {
  const files = {
    "edited.py": "def reserve(seat):\n    hold(seat)\n    return seat\n",
    "viewed.py": "def hold(seat):\n    seat.held = True\n",
    "app.py": "def book(seat):\n    █\n",
  };
  const edits = [{ folder, path: "edited.py", start: 5, end: 20 }];
  const views = [{ folder, path: "viewed.py", start: 0, end: 40 }];

  it("counts what was edited and what was viewed", async () => {
    expect(await find(recentEdits, files, { edits, views })).toEqual([
      "edited.py: def reserve(seat):\n    hold(seat)\n    return seat",
    ]);
    expect(await find(recentViews, files, { edits, views })).toEqual([
      "viewed.py: def hold(seat):\n    seat.held = True",
    ]);
    expect(await find(recentEdits, files)).toEqual([]);
  });

  it("takes the newest first where they are alike, and forgets files that have gone", async () => {
    const two = { "one.py": "a = 1\n", "two.py": "b = 1\n", "app.py": "█\n" };
    const newest = ["two.py", "one.py", "gone.py"].map((path) => ({ folder, path, start: 0, end: 2 }));
    expect(await find(recentEdits, two, { edits: newest })).toEqual(["two.py: b = 1", "one.py: a = 1"]);
  });

  it("knows the functions that this developer calls", async () => {
    expect(await find(developerApis, files, { edits })).toEqual(["viewed.py: def hold(seat):"]);
  });
});

describe("process", () => {
  it("knows the files that change together with this one, by git's log", async () => {
    const found = await find(
      coChangedFiles,
      {
        "routes.py": "def unrelated():\n    pass\n\n\ndef seat_url(seat):\n    pass\n",
        "quiet.py": "def seat_quiet(seat):\n    pass\n",
        "app.py": "def book(seat):\n    url = █\n",
      },
      {
        coChanged: [
          { path: "routes.py", times: 9 },
          { path: "gone.py", times: 5 },
        ],
      },
    );
    expect(found).toEqual(["routes.py: def seat_url(seat):", "routes.py: def unrelated():"]);
  });

  it("knows the words of the branch, and of the TODO with the issue that it names", async () => {
    const files = {
      "limits.py": "def throttle(client):\n    # TODO(#482): burst credits per tenant\n    return client\n",
      "credits.py": "def tenant_credits(tenant):\n    return tenant.burst\n",
      "noise.py": "def noise():\n    return 1\n",
      "app.py": "def serve():\n    █\n",
    };
    const found = await find(branchWords, files, { branch: "feature/482-throttle" });
    expect(found.map((one) => one.split(":")[0]).sort()).toEqual(["credits.py", "limits.py"]);
    expect(await find(branchWords, files, { branch: "main" })).toEqual([]);
  });
});

describe("whatever the file is", () => {
  it.each(contextSources.map((source) => [source.name, source] as const))("%s answers", async (_, source) => {
    const places: readonly Readonly<Record<string, string>>[] = [
      { "empty.py": "█" },
      { "broken.ts": "class {{{ (((\n  foo(█\n" },
      { "notes.txt": "Some words █ about nothing.\n" },
      { "deep.py": `${"(".repeat(3000)}█` },
    ];
    for (const files of places) {
      const found = await find(source, files, {
        branch: "fix/12-words",
        edits: [{ folder, path: Object.keys(files)[0] ?? "", start: 0, end: 5 }],
        coChanged: [{ path: "gone.py", times: 2 }],
      });
      expect(found).toEqual([]);
    }
  });
});
