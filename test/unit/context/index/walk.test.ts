import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diskSources, type SourceFiles } from "../../../../server/src/context/index/sourceFiles.js";
import { type WalkOptions, type WalkStep, walk, walkPath } from "../../../../server/src/context/index/walk.js";
import { noUser, temporaryFolder, writeFiles } from "./temporaryFolder.js";

const options: WalkOptions = { files: diskSources, gitUser: noUser };

function found(root: string, changed: Partial<WalkOptions> = {}): string[] {
  return [...walk(root, { ...options, ...changed })].flatMap((step) => (step.type === "file" ? step.path : [])).sort();
}

function leftOut(root: string, changed: Partial<WalkOptions> = {}): Record<string, string> {
  const steps = [...walk(root, { ...options, ...changed })];
  return Object.fromEntries(steps.flatMap((step) => (step.type === "leftOut" ? [[step.path, step.reason]] : [])));
}

function git(folder: string, ...args: readonly string[]): string {
  const settings = [
    "-c",
    "core.quotePath=false",
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@t",
    "-c",
    "core.excludesFile=",
  ];
  const environment = { ...process.env, GIT_CONFIG_NOSYSTEM: "1", HOME: folder, XDG_CONFIG_HOME: folder };
  return execFileSync("git", [...settings, ...args], { cwd: folder, encoding: "utf8", env: environment });
}

/** What git itself says, less its own and what is not there. */
function gitFiles(folder: string): string[] {
  return git(folder, "ls-files", "-co", "--exclude-standard", "-z").split("\0").filter(Boolean).sort();
}

/** What git would not ignore: what was found, and what was left out for another reason. */
function notIgnored(root: string): string[] {
  const steps = [...walk(root, { ...options, generated: { always: [], outsideGit: [] } })];
  return steps.flatMap((step) => (step.type === "file" || step.reason !== "gitignore" ? step.path : [])).sort();
}

describe("git's rules", () => {
  it("leave in what `git ls-files -co --exclude-standard` lists", () => {
    const root = temporaryFolder({
      ".gitignore":
        "*.log\n!keep.log\n/top.ts\nout/\n**/deep/*.tmp\n# comment\n\\#hash.ts\ntrail \nspaced\\ \nfoo/*\n!foo/bar/\n",
      "a.ts": "",
      "a.log": "",
      "keep.log": "",
      "top.ts": "",
      "src/top.ts": "",
      "out/x.ts": "",
      "src/out/x.ts": "",
      "x/deep/a.tmp": "",
      "x/deep/a.ts": "",
      "#hash.ts": "",
      trail: "",
      "spaced ": "",
      spaced: "",
      "foo/a.ts": "",
      "foo/bar/a.ts": "",
      "sub/.gitignore": "/only.ts\nlocal.*\n!a.log\nnested/rule.ts\n",
      "sub/only.ts": "",
      "sub/x/only.ts": "",
      "sub/x/local.ts": "",
      "sub/a.log": "",
      "sub/x/a.log": "",
      "sub/nested/rule.ts": "",
      "sub/x/nested/rule.ts": "",
      "[odd] (folder)/.gitignore": "*.js\n/b.ts\n",
      "[odd] (folder)/a.js": "",
      "[odd] (folder)/b.ts": "",
      "[odd] (folder)/c.ts": "",
      "o/a.js": "",
      "umlaut-ä/ö.ts": "",
    });
    git(root, "init", "-q");
    writeFiles(root, { ".git/info/exclude": "excluded.ts\n" });
    writeFiles(root, { "excluded.ts": "", "sub/excluded.ts": "" });
    expect(notIgnored(root)).toEqual(gitFiles(root));
    expect(found(root)).toContain("sub/x/nested/rule.ts");
  });

  it("do not concern what git tracks", () => {
    const root = temporaryFolder({
      "gen/tracked.ts": "",
      "gen/other.ts": "",
      "a.ts": "",
      "b.txt": "",
      "deep/x/y/z.ts": "",
    });
    git(root, "init", "-q");
    git(root, "add", "gen/tracked.ts", "deep", "a.ts");
    writeFiles(root, { ".gitignore": "gen/\ndeep/\n*.ts\n" });
    expect(notIgnored(root)).toEqual(gitFiles(root));
    expect(found(root)).toEqual([".gitignore", "a.ts", "b.txt", "deep/x/y/z.ts", "gen/tracked.ts"]);
  });

  it.each(["2", "3", "4"])("hold with version %s of git's index", (version) => {
    const root = temporaryFolder({ "gen/one.ts": "", "gen/sub/two.ts": "", "gen/sub/three.ts": "", "z.ts": "" });
    git(root, "init", "-q");
    git(root, "add", "-A");
    if (version === "3") git(root, "update-index", "--skip-worktree", "gen/one.ts");
    git(root, "update-index", "--index-version", version);
    writeFiles(root, { ".gitignore": "gen/\n", "gen/untracked.ts": "" });
    expect(notIgnored(root)).toEqual(gitFiles(root));
    expect(found(root)).toEqual([".gitignore", "gen/one.ts", "gen/sub/three.ts", "gen/sub/two.ts", "z.ts"]);
  });

  it("of a repository within a repository are its own", () => {
    const root = temporaryFolder({ ".gitignore": "*.js\n", "a.js": "", "inner/a.js": "", "inner/b.ts": "" });
    git(root, "init", "-q");
    git(join(root, "inner"), "init", "-q");
    writeFiles(root, {
      "inner/.gitignore": "*.ts\n",
      "inner/.git/info/exclude": "c.py\n",
      "inner/c.py": "",
      "c.py": "",
    });
    expect(found(root)).toEqual([".gitignore", "c.py", "inner/.gitignore", "inner/a.js"]);
  });

  it("of folders above the workspace folder hold in it, unless it is ignored itself", () => {
    const root = temporaryFolder({ ".gitignore": "*.js\npackages/*/gen\nignored/\n", "packages/a/gen/x.ts": "" });
    git(root, "init", "-q");
    writeFiles(root, { "packages/a/b.ts": "", "packages/a/b.js": "", "ignored/a.js": "", "ignored/vendor/x.ts": "" });
    expect(found(join(root, "packages/a"))).toEqual(["b.ts"]);
    expect(found(join(root, "ignored"))).toEqual(["a.js"]);
  });

  it("of the user count: core.excludesFile, and the one where git looks by itself", () => {
    const home = temporaryFolder({ ".gitconfig": '[core]\n\texcludesFile = "~/mine"\n', mine: "*.swp.ts\n" });
    const other = temporaryFolder({ ".config/git/ignore": "*.bak.ts\n" });
    const root = temporaryFolder({ "a.swp.ts": "", "a.bak.ts": "" });
    git(root, "init", "-q");
    expect(found(root, { gitUser: { home } })).toEqual(["a.bak.ts"]);
    expect(found(root, { gitUser: { home: other } })).toEqual(["a.swp.ts"]);
  });

  it("cannot keep the walk busy for ever, however they are made", () => {
    const deep = "a/".repeat(200);
    const root = temporaryFolder({
      ".gitignore": `${"**/a/".repeat(12)}b\n${"*a".repeat(30)}b\n/${"[a-z]*".repeat(20)}0\n*.js\n`,
      "x.js": "",
      [`${"a".repeat(200)}.ts`]: "",
      [`${deep}z.ts`]: "",
      [`${"a/".repeat(60)}y.ts`]: "",
    });
    const started = performance.now();
    expect(found(root)).toEqual([".gitignore", `${"a/".repeat(60)}y.ts`, `${"a".repeat(200)}.ts`]);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(leftOut(root)).toEqual({ "x.js": "gitignore", [`${"a/".repeat(64)}a`]: "tooDeep" });
  });

  it("are read from regular files only: a link to a device is not followed", () => {
    const root = temporaryFolder({ "a.ts": "" });
    symlinkSync("/dev/zero", join(root, ".gitignore"));
    expect(found(root)).toEqual(["a.ts"]);
  });
});

describe(".horizonignore", () => {
  it("leaves out with git's syntax at every level, and has the last word over git and generated folders", () => {
    const root = temporaryFolder({
      ".gitignore": "gen/\n",
      ".horizonignore": "secret-sauce/\n*.test.ts\n!gen/\n!vendor/\n",
      "secret-sauce/a.ts": "",
      "a.test.ts": "",
      "a.ts": "",
      "gen/api.ts": "",
      "vendor/lib.go": "",
      "sub/.horizonignore": "/local.ts\n!b.test.ts\n",
      "sub/local.ts": "",
      "sub/b.test.ts": "",
      "sub/x/local.ts": "",
    });
    git(root, "init", "-q");
    expect(found(root)).toEqual([
      ".gitignore",
      ".horizonignore",
      "a.ts",
      "gen/api.ts",
      "sub/.horizonignore",
      "sub/b.test.ts",
      "sub/x/local.ts",
      "vendor/lib.go",
    ]);
    expect(leftOut(root)).toEqual({
      "a.test.ts": "horizonignore",
      "secret-sauce": "horizonignore",
      "sub/local.ts": "horizonignore",
    });
  });

  it("cannot bring secrets back", () => {
    const root = temporaryFolder({
      ".horizonignore": "!.env\n!*.pem\n!.ssh/\n",
      ".env": "",
      "k.pem": "",
      ".ssh/id_rsa": "",
    });
    expect(found(root)).toEqual([".horizonignore"]);
  });
});

describe("names", () => {
  it("leave out secrets, what tools wrote, data and binary files", () => {
    const root = temporaryFolder({
      ".env": "",
      ".env.local": "",
      ".env.example": "",
      "config/credentials.json": "",
      "src/secrets.py": "",
      "server.KEY": "",
      ".aws/config": "",
      "package-lock.json": "",
      "app.min.js": "",
      "api.pb.go": "",
      "data.csv": "",
      "logo.png": "",
      "node_modules/x/index.js": "",
      "src/vendor/x.go": "",
      "dist/x.js": "",
      "README.md": "",
      "src/main.py": "",
    });
    expect(found(root)).toEqual([".env.example", "README.md", "src/main.py", "src/secrets.py"]);
    expect(leftOut(root)).toEqual({
      ".aws": "secret",
      ".env": "secret",
      ".env.local": "secret",
      "api.pb.go": "generated",
      "app.min.js": "generated",
      "config/credentials.json": "secret",
      "data.csv": "data",
      dist: "generated",
      "logo.png": "binary",
      node_modules: "generated",
      "package-lock.json": "generated",
      "server.KEY": "secret",
      "src/vendor": "generated",
    });
  });

  it("build and target hold results where there is no git, sources where git does not ignore them", () => {
    const root = temporaryFolder({ "build/a.ts": "", "a.ts": "" });
    expect(found(root)).toEqual(["a.ts"]);
    git(root, "init", "-q");
    expect(found(root)).toEqual(["a.ts", "build/a.ts"]);
  });

  it("of folders above the workspace folder mean nothing", () => {
    const root = temporaryFolder({ "node_modules/pkg/src/a.ts": "", "node_modules/pkg/node_modules/b/c.ts": "" });
    expect(found(join(root, "node_modules/pkg"))).toEqual(["src/a.ts"]);
    git(root, "init", "-q");
    expect(found(join(root, "node_modules/pkg"))).toEqual(["src/a.ts"]);
  });
});

describe("the tree", () => {
  it("links are not followed: loops end, and what is outside stays outside", () => {
    const outside = temporaryFolder({ "private.ts": "" });
    const root = temporaryFolder({ "a/b/c.ts": "" });
    symlinkSync(root, join(root, "a/loop"));
    symlinkSync("..", join(root, "a/b/up"));
    symlinkSync("self", join(root, "self"));
    symlinkSync(outside, join(root, "outside"));
    symlinkSync(join(outside, "private.ts"), join(root, "private.ts"));
    expect(found(root)).toEqual(["a/b/c.ts"]);
    expect(new Set(Object.values(leftOut(root)))).toEqual(new Set(["link"]));
  });

  it("a workspace folder that is a link is followed", () => {
    const root = temporaryFolder({ "a.ts": "" });
    const place = temporaryFolder();
    symlinkSync(root, join(place, "link"));
    expect(found(join(place, "link"))).toEqual(["a.ts"]);
  });

  it("a pipe is left out, and not opened", () => {
    const root = temporaryFolder({ "a.ts": "" });
    execFileSync("mkfifo", [join(root, "pipe.ts")]);
    expect(leftOut(root)).toEqual({ "pipe.ts": "special" });
  });

  it("permission denied is survived and reported, for folders and for files", () => {
    const root = temporaryFolder({ "a.ts": "", "locked/b.ts": "", "c.ts": "" });
    // As tests may run as root, who may read everything.
    const denied = (): never => {
      throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    };
    const files: SourceFiles = {
      ...diskSources,
      list: (folder) => (folder.endsWith("locked") ? denied() : diskSources.list(folder)),
      facts: (path) => (path.endsWith("c.ts") ? denied() : diskSources.facts(path)),
    };
    const steps: readonly WalkStep[] = [...walk(root, { ...options, files })];
    expect(steps.filter(({ type }) => type === "file").map(({ path }) => path)).toEqual(["a.ts"]);
    expect(steps.filter(({ type }) => type === "leftOut")).toEqual([
      { type: "leftOut", path: "c.ts", isFolder: false, reason: "unreadable", message: "permission denied" },
      { type: "leftOut", path: "locked", isFolder: true, reason: "unreadable", message: "permission denied" },
    ]);
  });

  it("a folder that goes while it is walked is survived", () => {
    const root = temporaryFolder({ "a/x.ts": "", "b/y.ts": "", "c/z.ts": "" });
    const paths: string[] = [];
    for (const step of walk(root, options)) {
      paths.push(step.path);
      rmSync(join(root, "b"), { recursive: true, force: true });
    }
    expect(paths).toEqual(["a/x.ts", "c/z.ts"]);
  });

  it("workspace folders within are left to themselves", () => {
    const root = temporaryFolder({ "a.ts": "", "inner/b.ts": "", "other/c.ts": "" });
    expect(found(root, { inner: new Set(["inner"]) })).toEqual(["a.ts", "other/c.ts"]);
  });

  it("a file that is too large is left out without being read", () => {
    const root = temporaryFolder({ "large.ts": "x\n".repeat(300_000) });
    expect(leftOut(root)).toEqual({ "large.ts": "tooLarge" });
  });

  it("one path, or one folder, is judged as in a walk over everything", () => {
    const root = temporaryFolder({
      ".gitignore": "*.js\nout/\n",
      "src/.gitignore": "!keep.js\nlocal/\n",
      "src/a.ts": "",
      "src/a.js": "",
      "src/keep.js": "",
      "src/local/x.ts": "",
      "out/x.ts": "",
      "src/deep/keep.js": "",
      "src/deep/.env": "",
    });
    mkdirSync(join(root, "src/empty"));
    git(root, "init", "-q");
    const all = new Set(found(root));
    for (const path of [
      "src/a.ts",
      "src/a.js",
      "src/keep.js",
      "src/local/x.ts",
      "out/x.ts",
      "src/deep/keep.js",
      "src/deep/.env",
    ]) {
      expect([path, walkPath(root, path, options)?.type === "file"]).toEqual([path, all.has(path)]);
    }
    expect(walkPath(root, "src/none.ts", options)).toBeUndefined();
    const below = [...walk(root, options, "src")].flatMap((step) => (step.type === "file" ? step.path : []));
    expect(below.sort()).toEqual([...all].filter((path) => path.startsWith("src/")).sort());
    expect([...walk(root, options, "out")]).toEqual([
      { type: "leftOut", path: "out", isFolder: true, reason: "gitignore" },
    ]);
  });
});

it("a walk towards a file goes outward from it", () => {
  const files = ["a/x.ts", "b/c/d.ts", "b/c/e/f.ts", "b/c/g.ts", "b/h.ts", "b/k/l.ts", "m.ts", "z/y.ts"];
  const root = temporaryFolder(Object.fromEntries(files.map((file) => [file, ""])));
  const steps = [...walk(root, { ...options, towards: () => "b/c/e/new.ts" })];
  expect(steps.flatMap((step) => (step.type === "file" ? step.path : []))).toEqual([
    "b/c/e/f.ts",
    "b/c/d.ts",
    "b/c/g.ts",
    "b/h.ts",
    "b/k/l.ts",
    "a/x.ts",
    "m.ts",
    "z/y.ts",
  ]);
});
