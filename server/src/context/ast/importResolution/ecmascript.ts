// Imports of JavaScript, TypeScript and TSX: relative specifiers as Node.js, bundlers and TypeScript resolve them, and the
// aliases of tsconfig.json. Packages are not in the repository.
import type { Import } from "../../symbols.js";
import { folderOf, foldersAround, joinPath } from "./paths.js";
import type { Project } from "./project.js";

const extensions = [".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

/** What TypeScript lets stand for its own files. */
const sourcesOf: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".d.ts"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/** The files that an import means, the likeliest first. */
export function resolveEcmascript({ module }: Import, from: string, project: Project): readonly string[] {
  for (const target of targetsOf(module, from, project)) {
    const found = filesOf(target).filter((path) => project.paths.has(path));
    if (found.length > 0) {
      return found.slice(0, 1);
    }
  }
  return [];
}

function targetsOf(module: string, from: string, { pathAliases = [] }: Project): readonly string[] {
  if (/^\.{1,2}(\/|$)/.test(module)) {
    const target = joinPath(folderOf(from), module);
    return target === undefined ? [] : [target];
  }
  // The nearest tsconfig.json is the file's own.
  const around = foldersAround(folderOf(from));
  const own = around.flatMap((folder) => pathAliases.filter((alias) => alias.folder === folder));
  return own.flatMap(({ pattern, targets }) => {
    const star = pattern.indexOf("*");
    const before = star < 0 ? pattern : pattern.slice(0, star);
    const after = star < 0 ? "" : pattern.slice(star + 1);
    const fits =
      star < 0
        ? module === pattern
        : module.length >= pattern.length - 1 && module.startsWith(before) && module.endsWith(after);
    const rest = module.slice(before.length, module.length - after.length);
    return fits ? targets.flatMap((target) => joinPath(target.replace("*", () => rest)) ?? []) : [];
  });
}

function filesOf(target: string): readonly string[] {
  const extension = /\.[cm]?jsx?$/.exec(target)?.[0] ?? "";
  const stem = target.slice(0, target.length - extension.length);
  const sources = (sourcesOf[extension] ?? []).map((source) => stem + source);
  const folder = target === "" ? "" : `${target}/`;
  return [
    target,
    ...sources,
    ...extensions.map((each) => target + each),
    ...extensions.map((each) => `${folder}index${each}`),
  ];
}
