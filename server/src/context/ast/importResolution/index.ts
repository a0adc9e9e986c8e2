// From an import to the files of the repository that it means, by the rules of its language. Pure.
import type { Import } from "../../symbols.js";
import { resolveEcmascript } from "./ecmascript.js";
import { resolveGo } from "./go.js";
import { resolveInclude } from "./include.js";
import { resolveJava } from "./java.js";
import { resolveCsharp, resolvePhp } from "./namespaces.js";
import type { Project } from "./project.js";
import { resolvePython } from "./python.js";
import { resolveRuby } from "./ruby.js";
import { resolveRust } from "./rust.js";

type Resolve = (imported: Import, from: string, project: Project) => readonly string[];

/** By the languages' ids. */
const resolvers: Readonly<Record<string, Resolve>> = {
  javascript: resolveEcmascript,
  typescript: resolveEcmascript,
  tsx: resolveEcmascript,
  python: resolvePython,
  java: resolveJava,
  go: resolveGo,
  rust: resolveRust,
  c: resolveInclude,
  cpp: resolveInclude,
  csharp: resolveCsharp,
  php: resolvePhp,
  ruby: resolveRuby,
};

/**
 * The files that an import means.
 *
 * @param from path of the importing file, relative to the repository's root, with forward slashes
 * @param language id of its language
 * @returns paths of files that are there, the likeliest first; none for what is not in the repository
 */
export function resolveImport(imported: Import, from: string, language: string, project: Project): readonly string[] {
  return resolvers[language]?.(imported, from, project) ?? [];
}
