// Finds the files of a workspace folder that count: those that git would not ignore, less what .horizonignore, secret
// names, and names of generated, binary and data files leave out. Nothing is read but folders and rule files.

import { dirname, join, relative, sep } from "node:path";
import { errorCode, errorMessage } from "../../errorMessage.js";
import { buildFolders, generatedFolders, reasonOfName } from "./generatedPaths.js";
import { type GitRepository, type GitUser, readGitRepository } from "./gitRepository.js";
import { IgnoreRules, type RuleOrigin } from "./ignoreRules.js";
import { isSecretFile, isSecretFolder } from "./secretPaths.js";
import { type FolderEntry, isMissing, readRuleFile, type SourceFiles } from "./sourceFiles.js";
import { largestFileBytes, type TextReason } from "./sourceText.js";

/**
 * Why a file or folder is not in the index. `link`: links are not followed, what they lead to is indexed where it is, if
 * it is in the folder; so loops do no harm. `special`: pipes, sockets, devices. `memory`: the cap on memory is reached.
 */
export type LeftOutReason =
  | RuleOrigin
  | TextReason
  | "secret"
  | "data"
  | "tooDeep"
  | "link"
  | "special"
  | "unreadable"
  | "memory";

/** Folders within folders; nobody nests sources as deep as this, only accidents and attacks do. */
const mostLevels = 64;

/** What a walk meets. Paths are relative to the folder, with forward slashes. */
export type WalkStep =
  | { readonly type: "file"; readonly path: string; readonly size: number; readonly modified: number }
  | {
      readonly type: "leftOut";
      readonly path: string;
      readonly isFolder: boolean;
      readonly reason: LeftOutReason;
      /** What the system said of what is unreadable. */
      readonly message?: string;
    };

/** What a walk needs. */
export interface WalkOptions {
  readonly files: SourceFiles;
  readonly gitUser: GitUser;
  /** Relative paths of folders that are workspace folders themselves: their files are theirs. */
  readonly inner?: ReadonlySet<string>;
  /** A file, relative, whose surroundings are walked before the rest; asked for in each folder. */
  readonly towards?: () => string | undefined;
  /** Folders that count as generated; for tests. */
  readonly generated?: { readonly always: readonly string[]; readonly outsideGit: readonly string[] };
}

/** The rules and the repository in whose part of the tree a folder is. */
interface Scope {
  readonly rules: IgnoreRules;
  readonly repository: GitRepository | undefined;
  /** What turns a path from the workspace folder into one from the top of the repository's work tree. */
  readonly toRepository: (path: string) => string;
  /** The same for the place where the rules count from. */
  readonly toRules: (path: string) => string;
}

/**
 * Walks a workspace folder, folders in the order of their names, or outward from a file. The caller takes as many steps at a time as it likes.
 *
 * @param root absolute
 * @param below the folder to begin with, relative to the root; the rules above it hold all the same
 * @throws the system's error when the root itself cannot be listed
 */
export function* walk(root: string, options: WalkOptions, below = ""): Generator<WalkStep, void, void> {
  const walker = new Walker(root, options);
  if (below === "") {
    yield* walker.folder("", walker.rootScope());
    return;
  }
  const segments = below.split("/");
  const name = segments.pop() ?? "";
  const place = walker.descend(segments);
  const leftOut = place.leftOut ?? walker.leaveOutFolder(below, name, place.scope);
  if (leftOut === undefined) yield* walker.folder(below, place.scope);
  else yield leftOut;
}

/**
 * What `walk` would say of one path, without looking at any other; undefined when there is no such file, but one of that
 * name would be found.
 */
export function walkPath(root: string, path: string, options: WalkOptions): WalkStep | undefined {
  const walker = new Walker(root, options);
  const segments = path.split("/");
  const name = segments.pop() ?? "";
  const place = walker.descend(segments);
  if (place.leftOut !== undefined) return { ...place.leftOut, path, isFolder: false };
  let kind: FolderEntry["kind"] = "file";
  try {
    ({ kind } = options.files.facts(join(root, path)));
  } catch (error) {
    if (!isMissing(error)) return unreadable(path, false, error);
  }
  return kind === "folder" ? undefined : walker.entry(path, name, kind, place.scope);
}

/** Names of files that change the rules: when one of them changes, the folder is walked anew. */
export const ruleFileNames: ReadonlySet<string> = new Set([".gitignore", ".horizonignore"]);

/** Entries of a folder that say something about what is in it. */
const ruleEntries = [".git", ...ruleFileNames];

class Walker {
  readonly #root: string;
  readonly #files: SourceFiles;
  readonly #options: WalkOptions;
  readonly #outsideGit: readonly string[];
  /** Patterns of generated folders from where the rules count from. */
  #always: readonly string[];

  constructor(root: string, options: WalkOptions) {
    this.#root = root;
    this.#files = options.files;
    this.#options = options;
    this.#always = options.generated?.always ?? generatedFolders;
    this.#outsideGit = options.generated?.outsideGit ?? buildFolders;
  }

  /** The scope within a folder, unless something on the way to it is left out. */
  descend(segments: readonly string[]): { readonly scope: Scope; readonly leftOut?: WalkStep & { type: "leftOut" } } {
    let scope = this.#enter("", this.rootScope());
    let path = "";
    for (const name of segments) {
      path = path === "" ? name : `${path}/${name}`;
      const step = this.leaveOutFolder(path, name, scope);
      if (step !== undefined) return { scope, leftOut: step };
      scope = this.#enter(path, scope);
    }
    return { scope };
  }

  /** All that is in a folder, and in what is below it. */
  *folder(path: string, outer: Scope): Generator<WalkStep, void, void> {
    let entries: ReturnType<SourceFiles["list"]>;
    try {
      entries = this.#files.list(join(this.#root, path));
    } catch (error) {
      if (path === "") throw error;
      if (!isMissing(error)) yield unreadable(path, true, error);
      return;
    }
    const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
    // A failed look at a file that is not there takes longer than a look at a file that is.
    const names = new Set(sorted.filter(({ name }) => name.startsWith(".")).map(({ name }) => name));
    const scope = this.#enter(path, outer, names);
    for (const { name, kind } of this.#nearestFirst(path, sorted)) {
      const child = path === "" ? name : `${path}/${name}`;
      if (kind !== "folder") {
        const step = this.entry(child, name, kind, scope);
        if (step !== undefined) yield step;
        continue;
      }
      if (name === ".git" || this.#options.inner?.has(child)) continue;
      const step = this.leaveOutFolder(child, name, scope);
      if (step !== undefined) yield step;
      else yield* this.folder(child, scope);
    }
  }

  /** The folder on the way to where the walk begins comes before its neighbours: so a walk goes outward. */
  #nearestFirst(path: string, entries: readonly FolderEntry[]): readonly FolderEntry[] {
    const towards = this.#options.towards?.() ?? "";
    const inner = path === "" ? towards : towards.startsWith(`${path}/`) ? towards.slice(path.length + 1) : "";
    const slash = inner.indexOf("/");
    const way =
      slash < 0 ? undefined : entries.find(({ name, kind }) => kind === "folder" && name === inner.slice(0, slash));
    return way === undefined ? entries : [way, ...entries.filter((entry) => entry !== way)];
  }

  /** What is to be said of an entry that is no folder; undefined when it has just gone, or is git's own. */
  entry(path: string, name: string, kind: "file" | "link" | "other", scope: Scope): WalkStep | undefined {
    if (name === ".git") return undefined;
    const leftOut = (reason: LeftOutReason): WalkStep => ({ type: "leftOut", path, isFolder: false, reason });
    const origin = this.#originOf(path, false, scope);
    if (origin !== undefined) return leftOut(origin);
    if (isSecretFile(name)) return leftOut("secret");
    if (kind === "link") return leftOut("link");
    if (kind === "other") return leftOut("special");
    const reason = reasonOfName(name);
    if (reason !== undefined) return leftOut(reason);
    try {
      const { size, modified } = this.#files.facts(join(this.#root, path));
      return size > largestFileBytes ? leftOut("tooLarge") : { type: "file", path, size, modified };
    } catch (error) {
      return isMissing(error) ? undefined : unreadable(path, false, error);
    }
  }

  leaveOutFolder(path: string, name: string, scope: Scope): (WalkStep & { type: "leftOut" }) | undefined {
    if (path.split("/").length > mostLevels) return { type: "leftOut", path, isFolder: true, reason: "tooDeep" };
    const reason = this.#originOf(path, true, scope) ?? (isSecretFolder(name) ? "secret" : undefined);
    return reason === undefined ? undefined : { type: "leftOut", path, isFolder: true, reason };
  }

  #originOf(
    path: string,
    isFolder: boolean,
    { rules, repository, toRules, toRepository }: Scope,
  ): RuleOrigin | undefined {
    const tested = toRules(path) + (isFolder ? "/" : "");
    const origin = rules.originOf(tested);
    if (origin !== "gitignore" || repository === undefined) return origin;
    const tracked = toRepository(path);
    const isTracked = isFolder ? repository.tracked.hasBelow(tracked) : repository.tracked.has(tracked);
    return isTracked ? rules.originOfTracked(tested) : origin;
  }

  /** What holds above the workspace folder: the repository that it is a part of, if that does not ignore it. */
  rootScope(): Scope {
    const plain: Scope = {
      rules: IgnoreRules.start([...this.#always, ...this.#outsideGit], false),
      repository: undefined,
      toRepository: (path) => path,
      toRules: (path) => path,
    };
    for (let top = dirname(this.#root); ; top = dirname(top)) {
      const repository = readGitRepository(this.#files, top, this.#options.gitUser);
      if (repository !== undefined) {
        const path = relative(top, this.#root).split(sep).join("/");
        const scope = this.#outerScope(top, path, repository);
        // Somebody who opens an ignored folder wants to work in it.
        const isIgnored = scope.rules.originOf(`${path}/`) === "gitignore" && !repository.tracked.hasBelow(path);
        if (isIgnored) return plain;
        const prefix = escapePattern(path);
        this.#always = this.#always.map((pattern) => `/${prefix}/**/${pattern}`);
        return { ...scope, rules: scope.rules.withGenerated(this.#always) };
      }
      if (top === dirname(top)) return plain;
    }
  }

  #outerScope(top: string, path: string, repository: GitRepository): Scope {
    let rules = IgnoreRules.start([], repository.ignoreCase);
    for (const text of repository.excludes) rules = rules.with("gitignore", text, "");
    let folder = "";
    for (const name of path.split("/")) {
      const text = readRuleFile(this.#files, join(top, folder, ".gitignore"));
      if (text !== undefined) rules = rules.with("gitignore", text, folder);
      folder = folder === "" ? name : `${folder}/${name}`;
    }
    const fromTop = (each: string): string => `${path}/${each}`;
    return { rules, repository, toRepository: fromTop, toRules: fromTop };
  }

  /**
   * The scope within a folder: its own rule files, and its own repository if it is the top of one.
   *
   * @param names hidden entries of the folder, where they are known
   */
  #enter(path: string, outer: Scope, names?: ReadonlySet<string>): Scope {
    if (names !== undefined && !ruleEntries.some((name) => names.has(name))) return outer;
    const absolute = join(this.#root, path);
    let { rules, repository, toRepository } = outer;
    const place = outer.toRules(path).replace(/\/$/, "");
    const own = readGitRepository(this.#files, absolute, this.#options.gitUser);
    if (own !== undefined) {
      repository = own;
      toRepository = (each) => (path === "" ? each : each.slice(path.length + 1));
      // Within a repository, what is built is what git ignores: a tracked folder `build` holds sources.
      rules = rules.forRepository(this.#always, own.ignoreCase);
      for (const text of own.excludes) rules = rules.with("gitignore", text, place);
    }
    const gitignore = readRuleFile(this.#files, join(absolute, ".gitignore"));
    if (gitignore !== undefined) rules = rules.with("gitignore", gitignore, place);
    const horizonignore = readRuleFile(this.#files, join(absolute, ".horizonignore"));
    if (horizonignore !== undefined) rules = rules.with("horizonignore", horizonignore, place);
    return { rules, repository, toRepository, toRules: outer.toRules };
  }
}

function escapePattern(path: string): string {
  return path.replace(/[\\*?[\] ]/g, "\\$&");
}

function unreadable(path: string, isFolder: boolean, error: unknown): WalkStep {
  const message = errorCode(error) === "EACCES" ? "permission denied" : errorMessage(error);
  return { type: "leftOut", path, isFolder, reason: "unreadable", message };
}
