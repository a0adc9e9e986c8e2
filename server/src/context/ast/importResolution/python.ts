// Imports of Python: relative ones from the file's package, absolute ones from the folders around it, which are packages'
// parents or not, and from `src` layouts.
import type { Import } from "../../symbols.js";
import { folderOf, foldersAround, joinPath } from "./paths.js";
import type { Project } from "./project.js";

/** The files that an import means: modules that it names first, then the package. */
export function resolvePython({ module, names }: Import, from: string, { paths }: Project): readonly string[] {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const inner = module.slice(dots).split(".").join("/");
  const bases =
    dots > 0
      ? [joinPath(folderOf(from), ...new Array<string>(dots - 1).fill(".."))]
      : foldersAround(folderOf(from)).flatMap((folder) => [folder, joinPath(folder, "src")]);
  for (const base of bases) {
    const target = base === undefined ? undefined : joinPath(base, inner);
    if (target === undefined) continue;
    // `from package import module`
    const submodules = names
      .filter(({ name }) => name !== "*")
      .flatMap(({ name }) => [joinPath(target, `${name}.py`), joinPath(target, name, "__init__.py")]);
    const own = [`${target}.py`, `${target}.pyi`, joinPath(target, "__init__.py"), joinPath(target, "__init__.pyi")];
    const found = [...submodules, ...own].filter((path) => path !== undefined && path !== from && paths.has(path));
    if (found.length > 0) {
      return found.filter((path) => path !== undefined);
    }
  }
  return [];
}
