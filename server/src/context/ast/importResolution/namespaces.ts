// Imports by namespace, where folders follow names only by convention: PHP (PSR-4) and C#.
import type { Import } from "../../symbols.js";
import { folderOf, joinPath, nearestFirst } from "./paths.js";
import type { Project } from "./project.js";

/** `use App\Model\Item` is a file Model/Item.php below some folder; a file that is required is one, as in C. */
export function resolvePhp({ module, names }: Import, from: string, { paths }: Project): readonly string[] {
  if (names.some(({ name }) => name === "*")) {
    const path = module.replace(/^\/+/, "");
    const beside = joinPath(folderOf(from), path);
    return beside !== undefined && paths.has(beside)
      ? [beside]
      : nearestFirst(paths.endingWith(path.replace(/^(\.{1,2}\/)+/, "")), from).slice(0, 1);
  }
  return bySegments(module.split("\\"), ".php", from, paths);
}

/** `using A.B` is a folder that ends so, and `using X = A.B.C` a file. */
export function resolveCsharp({ module, names }: Import, from: string, { paths }: Project): readonly string[] {
  const segments = module.split(".");
  if (names.every(({ name }) => name !== "*")) {
    return bySegments(segments, ".cs", from, paths);
  }
  // The project's own name comes first in a namespace and is often one folder, with dots.
  const parts = from.split("/").slice(0, -1);
  for (let length = parts.length; length >= 0; length--) {
    for (let skipped = 0; skipped < segments.length; skipped++) {
      const folder = [...parts.slice(0, length), ...segments.slice(skipped)].join("/");
      const files = paths.inFolder(folder).filter((path) => path.endsWith(".cs"));
      if (files.length > 0) {
        return files;
      }
    }
  }
  return [];
}

/** The file whose path ends with the most of a name's segments. */
function bySegments(
  segments: readonly string[],
  extension: string,
  from: string,
  paths: Project["paths"],
): readonly string[] {
  const names = segments.filter((segment) => segment !== "");
  for (let skipped = 0; skipped < names.length; skipped++) {
    const found = paths.endingWith(names.slice(skipped).join("/") + extension);
    if (found.length > 0) {
      return nearestFirst(found, from).slice(0, 1);
    }
  }
  return [];
}
