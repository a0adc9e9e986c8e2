// What manifests say of imports: the module's path in go.mod, the aliases in tsconfig.json. Pure.
import { folderOf, joinPath } from "./paths.js";
import type { PathAlias } from "./project.js";

/** The path in the `module` line of a go.mod; undefined for none. */
export function goModuleOf(text: string): string | undefined {
  return /^\s*module\s+"?([^\s"]+)/m.exec(text)?.[1];
}

/** What of a tsconfig.json says how imports are meant. */
interface CompilerOptions {
  /** The folder that modules are found below without an alias; undefined for none. */
  readonly baseUrl: string | undefined;
  /** Targets relative to the repository's root. */
  readonly paths: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * `paths` of a tsconfig.json, its own or those of the files that it extends, the targets relative to the repository's
 * root; none of a file that is no JSON with comments. What is extended from a package is not looked at.
 *
 * @param path of the tsconfig.json
 * @param textOf the text of a file of the repository; undefined when there is none
 */
export function pathAliasesOf(path: string, textOf: (path: string) => string | undefined): readonly PathAlias[] {
  const folder = folderOf(path);
  const { baseUrl, paths } = readOptions(path, textOf, new Set());
  const aliases = Object.entries(paths ?? {}).map(([pattern, targets]) => ({ folder, pattern, targets }));
  // Below `baseUrl`, modules are found without an alias, too.
  return baseUrl === undefined
    ? aliases
    : [...aliases, { folder, pattern: "*", targets: [joinPath(baseUrl, "*") ?? "*"] }];
}

/**
 * The options of a file with those that it takes over: its own count first, then those of the last one it extends.
 *
 * @param seen files that were read: some extend one another in a circle
 */
function readOptions(path: string, textOf: (path: string) => string | undefined, seen: Set<string>): CompilerOptions {
  const text = seen.has(path) ? undefined : textOf(path);
  seen.add(path);
  if (text === undefined) {
    return { baseUrl: undefined, paths: undefined };
  }
  const folder = folderOf(path);
  const { extended, options } = parseConfig(text);
  const inherited = extended.toReversed().map((name) => readOptions(extendedPath(name, folder, textOf), textOf, seen));
  const own = typeof options.baseUrl === "string" ? joinPath(folder, options.baseUrl) : undefined;
  const baseUrl = own ?? inherited.find((each) => each.baseUrl !== undefined)?.baseUrl;
  const paths = pathsOf(options.paths, baseUrl ?? folder);
  return { baseUrl, paths: paths ?? inherited.find((each) => each.paths !== undefined)?.paths };
}

function pathsOf(paths: unknown, base: string): CompilerOptions["paths"] {
  if (!isRecord(paths)) {
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(paths).map(([pattern, targets]) => [
      pattern,
      (Array.isArray(targets) ? targets : []).flatMap((target) =>
        typeof target === "string" ? (joinPath(base, target) ?? []) : [],
      ),
    ]),
  );
}

/** `./base` stands for `./base.json`, too. What is no relative path is a package's: not in the repository. */
function extendedPath(name: string, folder: string, textOf: (path: string) => string | undefined): string {
  const path = /^\.{1,2}\//.test(name) ? (joinPath(folder, name) ?? "") : "";
  return path.endsWith(".json") || textOf(path) !== undefined ? path : `${path}.json`;
}

interface ParsedConfig {
  readonly extended: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

function parseConfig(text: string): ParsedConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutComments(text));
  } catch {
    // Somebody is writing it.
  }
  if (!isRecord(parsed)) {
    return { extended: [], options: {} };
  }
  const names: readonly unknown[] = Array.isArray(parsed.extends) ? parsed.extends : [parsed.extends];
  return {
    extended: names.filter((name) => typeof name === "string"),
    options: isRecord(parsed.compilerOptions) ? parsed.compilerOptions : {},
  };
}

/** JSON as TypeScript reads it, without comments and commas before a closing bracket; strings stay as they are. */
function withoutComments(text: string): string {
  const string = '"(?:[^"\\\\]|\\\\.)*"';
  const bare = text.replace(new RegExp(`(${string})|//[^\\n]*|/\\*[^]*?\\*/`, "g"), "$1");
  return bare.replace(new RegExp(`(${string})|,(?=\\s*[}\\]])`, "g"), "$1");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
