// Imports of Go: a package is a folder, named by its module's path in go.mod.
import type { Import } from "../../symbols.js";
import { foldersAround, joinPath } from "./paths.js";
import type { Project } from "./project.js";

/** The files of the package that an import names, without its tests. */
export function resolveGo({ module }: Import, from: string, { paths, goModules = [] }: Project): readonly string[] {
  const folders = goModules
    // The longest module path is the nearest module.
    .toSorted((a, b) => b.module.length - a.module.length)
    .filter((own) => module === own.module || module.startsWith(`${own.module}/`))
    .flatMap((own) => joinPath(own.folder, module.slice(own.module.length)) ?? []);
  // `vendor` is where a module keeps copies of others.
  const vendored = foldersAround(from).flatMap((folder) => joinPath(folder, "vendor", module) ?? []);
  for (const folder of [...folders, ...vendored]) {
    const files = paths.inFolder(folder).filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));
    if (files.length > 0) {
      return files;
    }
  }
  return [];
}
