// What a git repository says about which files count, read from its files as text: git itself is not run, as a
// repository's configuration can name programs that it would start.
import { join, resolve } from "node:path";
import { readTrackedPaths, type TrackedPaths } from "./gitIndex.js";
import { readRuleFile, readSmallFile, type SourceFiles } from "./sourceFiles.js";

/** The index of a repository with a million files has about 100 MB. */
const largestIndexBytes = 128 * 1024 * 1024;

/** Where git's own settings of this user are. */
export interface GitUser {
  /** The home folder; undefined for none, which leaves the user's settings out. */
  readonly home: string | undefined;
  /** $XDG_CONFIG_HOME. */
  readonly configHome?: string | undefined;
}

/** A repository's say. */
export interface GitRepository {
  /** Text of the user's and the repository's own exclude files, in the order in which they count. */
  readonly excludes: readonly string[];
  readonly ignoreCase: boolean;
  /** Paths from the top of the work tree; its rules do not concern these. */
  readonly tracked: TrackedPaths;
}

/**
 * Reads a repository.
 *
 * @param workTree absolute; where `.git` is
 * @returns undefined when there is none, or one that cannot be made out
 */
export function readGitRepository(files: SourceFiles, workTree: string, user: GitUser): GitRepository | undefined {
  const gitFolder = findGitFolder(files, join(workTree, ".git"));
  if (gitFolder === undefined) return undefined;
  // A linked work tree has its own index; configuration and excludes are the main one's.
  const common = readRuleFile(files, join(gitFolder, "commondir"))?.trim();
  const commonFolder = common === undefined ? gitFolder : resolve(gitFolder, common);
  const settings = new Map<string, string>();
  const configHome = user.configHome ?? (user.home === undefined ? undefined : join(user.home, ".config"));
  const userFiles = [
    ...(configHome === undefined ? [] : [join(configHome, "git", "config")]),
    ...(user.home === undefined ? [] : [join(user.home, ".gitconfig")]),
  ];
  for (const path of [...userFiles, join(commonFolder, "config")]) {
    readSettings(readLinkedFile(files, path) ?? "", settings);
  }
  const excludesFile =
    settings.get("core.excludesfile") ?? (configHome === undefined ? "" : join(configHome, "git", "ignore"));
  const excludesPath =
    excludesFile.startsWith("~/") && user.home !== undefined ? join(user.home, excludesFile.slice(2)) : excludesFile;
  const excludes = [
    excludesPath === "" ? undefined : readLinkedFile(files, resolve(workTree, excludesPath)),
    readLinkedFile(files, join(commonFolder, "info", "exclude")),
  ];
  const hashBytes = settings.get("extensions.objectformat") === "sha256" ? 32 : 20;
  const index = readSmallFile(files, join(gitFolder, "index"), largestIndexBytes);
  return {
    excludes: excludes.filter((text) => text !== undefined),
    ignoreCase: settings.get("core.ignorecase") === "true",
    tracked: readTrackedPaths(index ?? new Uint8Array(), hashBytes),
  };
}

/** A folder, or a file that names one: submodules and linked work trees have those. */
function findGitFolder(files: SourceFiles, path: string): string | undefined {
  if (files.isFolder(path)) return path;
  const [, named] = /^gitdir: (.+)/.exec(readRuleFile(files, path) ?? "") ?? [];
  if (named === undefined) return undefined;
  const folder = resolve(path, "..", named.trim());
  return files.isFolder(folder) ? folder : undefined;
}

/** Settings of users are often links into a repository of such files. */
function readLinkedFile(files: SourceFiles, path: string): string | undefined {
  try {
    return readRuleFile(files, files.realPath(path));
  } catch {
    return undefined;
  }
}

/** Adds `section.key` → value of a configuration file; only what is needed of its syntax, sections without a name. */
function readSettings(text: string, settings: Map<string, string>): void {
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const [, heading] = /^\s*\[([^\]]*)\]/.exec(line) ?? [];
    if (heading !== undefined) {
      section = heading.trim().toLowerCase();
      continue;
    }
    const [, key, value] = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const plain = value.startsWith('"') ? value.slice(1, value.indexOf('"', 1)).replace(/\\(.)/g, "$1") : value;
    settings.set(`${section}.${key.toLowerCase()}`, plain.replace(/\s+[#;].*$/, ""));
  }
}
