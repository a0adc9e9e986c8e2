// What manifests say of imports: the module's path in go.mod, the aliases in tsconfig.json. Pure.
import { joinPath } from "./paths.js";
import type { PathAlias } from "./project.js";

/** The path in the `module` line of a go.mod; undefined for none. */
export function goModuleOf(text: string): string | undefined {
  return /^\s*module\s+"?([^\s"]+)/m.exec(text)?.[1];
}

/**
 * `paths` of a tsconfig.json, its targets relative to the repository's root; none of a file that is no JSON with
 * comments. What it extends is not looked at.
 *
 * @param folder that the file is in, `""` for the root
 */
export function pathAliasesOf(text: string, folder: string): readonly PathAlias[] {
  const { baseUrl, paths } = compilerOptionsOf(text);
  const base = typeof baseUrl === "string" ? joinPath(folder, baseUrl) : folder;
  if (base === undefined) {
    return [];
  }
  const aliases = isRecord(paths)
    ? Object.entries(paths).map(([pattern, targets]) => ({
        folder,
        pattern,
        targets: (Array.isArray(targets) ? targets : []).flatMap((target) =>
          typeof target === "string" ? (joinPath(base, target) ?? []) : [],
        ),
      }))
    : [];
  // Below `baseUrl`, modules are found without an alias, too.
  return typeof baseUrl === "string"
    ? [...aliases, { folder, pattern: "*", targets: [joinPath(base, "*") ?? "*"] }]
    : aliases;
}

function compilerOptionsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(withoutComments(text));
    return isRecord(parsed) && isRecord(parsed.compilerOptions) ? parsed.compilerOptions : {};
  } catch {
    return {}; // Somebody is writing it.
  }
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
