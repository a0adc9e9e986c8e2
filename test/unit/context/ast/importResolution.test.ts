// Which files an import means, in each language.
import { describe, expect, test } from "vitest";
import { resolveImport } from "../../../../server/src/context/ast/importResolution/index.js";
import { goModuleOf, pathAliasesOf } from "../../../../server/src/context/ast/importResolution/manifests.js";
import { PathSet } from "../../../../server/src/context/ast/importResolution/pathSet.js";
import type { Project } from "../../../../server/src/context/ast/importResolution/project.js";
import type { Import } from "../../../../server/src/context/symbols.js";

function imported(module: string, names: readonly string[] = []): Import {
  return { module, names: names.map((name) => ({ name, alias: name })), start: 0, end: 0 };
}

function project(paths: readonly string[], more: Omit<Project, "paths"> = {}): Project {
  return { paths: new PathSet(paths), ...more };
}

describe("ECMAScript", () => {
  const there = project(
    ["src/a.ts", "src/util.ts", "src/lib/index.tsx", "src/plain.js", "src/deep/b.d.ts", "index.ts"],
    {
      pathAliases: [
        { folder: "", pattern: "@/*", targets: ["src/*"] },
        { folder: "", pattern: "lib", targets: ["src/lib/index"] },
      ],
    },
  );
  test.each([
    ["./util", ["src/util.ts"]],
    ["./util.js", ["src/util.ts"]],
    ["./lib", ["src/lib/index.tsx"]],
    ["./plain.js", ["src/plain.js"]],
    ["./deep/b", ["src/deep/b.d.ts"]],
    ["..", ["index.ts"]],
    ["../..", []],
    ["@/util", ["src/util.ts"]],
    ["lib", ["src/lib/index.tsx"]],
    ["react", []],
    ["./nothing", []],
  ])("%s", (module, expected) => {
    expect(resolveImport(imported(module), "src/a.ts", "typescript", there)).toEqual(expected);
  });
});

describe("Python", () => {
  const there = project([
    "src/shop/__init__.py",
    "src/shop/cart.py",
    "src/shop/model/__init__.py",
    "src/shop/model/item.py",
    "tests/test_cart.py",
    "tests/helpers.py",
  ]);
  test.each([
    ["src/shop/cart.py", ".model.item", ["Item"], ["src/shop/model/item.py"]],
    ["src/shop/cart.py", ".", ["model"], ["src/shop/model/__init__.py", "src/shop/__init__.py"]],
    ["src/shop/model/item.py", "..cart", ["Cart"], ["src/shop/cart.py"]],
    ["src/shop/cart.py", "shop.model", ["item"], ["src/shop/model/item.py", "src/shop/model/__init__.py"]],
    ["tests/test_cart.py", "shop.cart", ["Cart"], ["src/shop/cart.py"]],
    ["tests/test_cart.py", "helpers", ["*"], ["tests/helpers.py"]],
    ["tests/test_cart.py", "os.path", ["*"], []],
    ["tests/test_cart.py", "....x", ["y"], []],
  ])("%s imports %s", (from, module, names, expected) => {
    expect(resolveImport(imported(module, names), from, "python", there)).toEqual(expected);
  });
});

describe("Java", () => {
  const there = project([
    "core/src/main/java/com/acme/Cart.java",
    "core/src/main/java/com/acme/util/Text.java",
    "core/src/main/java/com/acme/util/Numbers.java",
    "other/src/main/java/com/acme/util/Text.java",
  ]);
  const from = "core/src/main/java/com/acme/Cart.java";
  test.each([
    ["com.acme.util.Text", ["Text"], ["core/src/main/java/com/acme/util/Text.java"]],
    ["com.acme.util.Text.trim", ["trim"], ["core/src/main/java/com/acme/util/Text.java"]],
    [
      "com.acme.util",
      ["*"],
      ["core/src/main/java/com/acme/util/Numbers.java", "core/src/main/java/com/acme/util/Text.java"],
    ],
    ["java.util.List", ["List"], []],
  ])("%s", (module, names, expected) => {
    expect(resolveImport(imported(module, names), from, "java", there)).toEqual(expected);
  });
});

test("Go: the folder of a package, by go.mod", () => {
  const there = project(["go.mod", "main.go", "store/a.go", "store/a_test.go", "tools/gen/g.go"], {
    goModules: [
      { folder: "", module: "example.com/shop" },
      { folder: "tools", module: "example.com/shop/tools" },
    ],
  });
  expect(resolveImport(imported("example.com/shop/store"), "main.go", "go", there)).toEqual(["store/a.go"]);
  expect(resolveImport(imported("example.com/shop/tools/gen"), "main.go", "go", there)).toEqual(["tools/gen/g.go"]);
  expect(resolveImport(imported("example.com/shopping/store"), "main.go", "go", there)).toEqual([]);
  expect(resolveImport(imported("fmt"), "main.go", "go", there)).toEqual([]);
});

describe("Rust", () => {
  const there = project([
    "src/lib.rs",
    "src/cart.rs",
    "src/model/mod.rs",
    "src/model/item.rs",
    "my-util/src/lib.rs",
    "my-util/src/text.rs",
  ]);
  test.each([
    ["src/lib.rs", "cart", ["src/cart.rs"]],
    ["src/cart.rs", "crate::model::item::Item", ["src/model/item.rs"]],
    ["src/cart.rs", "crate::model::Price", ["src/model/mod.rs"]],
    ["src/model/item.rs", "super::Price", ["src/model/mod.rs"]],
    ["src/model/mod.rs", "self::item::Item", ["src/model/item.rs"]],
    ["src/cart.rs", "super::model::item", ["src/model/item.rs"]],
    ["src/cart.rs", "my_util::text::trim", ["my-util/src/text.rs"]],
    ["src/cart.rs", "std::io::Read", []],
  ])("%s uses %s", (from, module, expected) => {
    expect(resolveImport(imported(module, ["x"]), from, "rust", there)).toEqual(expected);
  });
});

describe("C and C++", () => {
  const there = project(["src/main.cpp", "src/util.h", "include/acme/list.h", "include/acme/list.cc", "other/util.h"]);
  test.each([
    ["util.h", ["*"], ["src/util.h"]],
    ["acme/list.h", ["*"], ["include/acme/list.h", "include/acme/list.cc"]],
    ["../include/acme/list.h", ["*"], ["include/acme/list.h", "include/acme/list.cc"]],
    ["stdio.h", ["*"], []],
    ["std::string", ["string"], []],
  ])("%s", (module, names, expected) => {
    expect(resolveImport(imported(module, names), "src/main.cpp", "cpp", there)).toEqual(expected);
  });
});

test("C#, PHP and Ruby by convention", () => {
  const csharp = project(["Shop/Model/Item.cs", "Shop/Model/Price.cs", "Shop/Program.cs"]);
  expect(resolveImport(imported("Acme.Shop.Model", ["*"]), "Shop/Program.cs", "csharp", csharp)).toEqual([
    "Shop/Model/Item.cs",
    "Shop/Model/Price.cs",
  ]);
  expect(resolveImport(imported("Shop.Model.Item", ["Item"]), "Shop/Program.cs", "csharp", csharp)).toEqual([
    "Shop/Model/Item.cs",
  ]);
  expect(resolveImport(imported("System", ["*"]), "Shop/Program.cs", "csharp", csharp)).toEqual([]);

  const php = project(["src/Model/Item.php", "src/Cart.php", "bootstrap.php"]);
  expect(resolveImport(imported("Acme\\Shop\\Model\\Item", ["Item"]), "src/Cart.php", "php", php)).toEqual([
    "src/Model/Item.php",
  ]);
  expect(resolveImport(imported("/../bootstrap.php", ["*"]), "src/Cart.php", "php", php)).toEqual(["bootstrap.php"]);

  const ruby = project(["lib/acme/item.rb", "lib/acme/cart.rb", "spec/cart_spec.rb"]);
  expect(resolveImport(imported("../lib/acme/item", ["*"]), "spec/cart_spec.rb", "ruby", ruby)).toEqual([
    "lib/acme/item.rb",
  ]);
  expect(resolveImport(imported("acme/cart", ["*"]), "spec/cart_spec.rb", "ruby", ruby)).toEqual(["lib/acme/cart.rb"]);
  expect(resolveImport(imported("json", ["*"]), "spec/cart_spec.rb", "ruby", ruby)).toEqual([]);
});

test("a language without rules", () => {
  expect(resolveImport(imported("./a"), "b.x", "cobol", project(["a"]))).toEqual([]);
});

describe("paths", () => {
  test("come and go, and stay in their order", () => {
    const paths = new PathSet(["src/b/util.ts", "src/a/util.ts", "src/a/main.ts", "util.ts"]);
    expect(paths.endingWith("util.ts")).toEqual(["src/a/util.ts", "src/b/util.ts", "util.ts"]);
    expect(paths.endingWith("a/util.ts")).toEqual(["src/a/util.ts"]);
    paths.add("src/a/again.ts");
    paths.add("src/a/again.ts");
    paths.delete("src/a/util.ts");
    paths.delete("src/a/never.ts");
    expect(paths.inFolder("src/a")).toEqual(["src/a/again.ts", "src/a/main.ts"]);
    expect(paths.inFolder("")).toEqual(["util.ts"]);
    expect(paths.endingWith("util.ts")).toEqual(["src/b/util.ts", "util.ts"]);
    expect(paths.has("src/a/util.ts")).toBe(false);
  });
});

describe("manifests", () => {
  test.each([
    ["module example.org/shop\n\ngo 1.21\n", "example.org/shop"],
    ['// a shop\nmodule "example.org/shop" // v1\n', "example.org/shop"],
    ["go 1.21\n", undefined],
  ])("of Go name their module: %j", (text, module) => {
    expect(goModuleOf(text)).toBe(module);
  });

  test("of TypeScript name aliases, with comments and without order", () => {
    const text = `{
      // "paths": { "no/*": ["no/*"] },
      "compilerOptions": {
        "paths": { "@/*": ["./src/*", "../shared/*"], "http://x": ["a,}b"], /* more */ },
      },
    }`;
    const aliasesOf = (config: string, folder = ""): unknown =>
      pathAliasesOf(folder === "" ? "tsconfig.json" : `${folder}/tsconfig.json`, () => config);
    expect(aliasesOf(text, "app")).toEqual([
      { folder: "app", pattern: "@/*", targets: ["app/src/*", "shared/*"] },
      { folder: "app", pattern: "http://x", targets: ["app/a,}b"] },
    ]);
    expect(aliasesOf('{ "compilerOptions": { "baseUrl": "src" } }')).toEqual([
      { folder: "", pattern: "*", targets: ["src/*"] },
    ]);
    expect(aliasesOf('{ "compilerOptions": { "paths": 3 } }')).toEqual([]);
    expect(aliasesOf("{ half")).toEqual([]);
  });

  test("of TypeScript take over what they extend, in a circle too", () => {
    const files: Readonly<Record<string, string>> = {
      "app/tsconfig.json": '{ "extends": ["../config/base", "./more.json", "@tsconfig/node20"] }',
      "config/base.json": '{ "compilerOptions": { "baseUrl": "..", "paths": { "@/*": ["src/*"] } } }',
      "app/more.json": '{ "extends": "./tsconfig.json", "compilerOptions": { "paths": { "~/*": ["./lib/*"] } } }',
      "own/tsconfig.json": '{ "extends": "../config/base.json", "compilerOptions": { "paths": { "#/*": ["x/*"] } } }',
    };
    const aliasesOf = (path: string): unknown => pathAliasesOf(path, (other) => files[other]);
    expect(aliasesOf("app/tsconfig.json")).toEqual([
      { folder: "app", pattern: "~/*", targets: ["app/lib/*"] },
      { folder: "app", pattern: "*", targets: ["*"] },
    ]);
    expect(aliasesOf("own/tsconfig.json")).toEqual([
      { folder: "own", pattern: "#/*", targets: ["x/*"] },
      { folder: "own", pattern: "*", targets: ["*"] },
    ]);
    expect(aliasesOf("gone/tsconfig.json")).toEqual([]);
  });

  test("of TypeScript count below their folder, the nearest first", () => {
    const there = project(["one/src/a.ts", "two/src/a.ts", "src/a.ts"], {
      pathAliases: [
        { folder: "", pattern: "@/*", targets: ["src/*"] },
        { folder: "one", pattern: "@/*", targets: ["one/src/*"] },
      ],
    });
    expect(resolveImport(imported("@/a"), "one/src/b.ts", "typescript", there)).toEqual(["one/src/a.ts"]);
    expect(resolveImport(imported("@/a"), "two/src/b.ts", "typescript", there)).toEqual(["src/a.ts"]);
  });
});
