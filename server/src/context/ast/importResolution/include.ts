// Includes of C and C++: from the including file's folder, else any file that ends so, for the folders that a compiler
// looks in are not known.
import type { Import } from "../../symbols.js";
import { folderOf, joinPath, nearestFirst } from "./paths.js";
import type { Project } from "./project.js";

/** The file that an include means, and, for a header, the source beside it, which has the bodies. */
export function resolveInclude({ module, names }: Import, from: string, { paths }: Project): readonly string[] {
  if (names.every(({ name }) => name !== "*")) {
    return []; // `using std::string` names no file.
  }
  const beside = joinPath(folderOf(from), module);
  const suffix = module.replace(/^(\.{1,2}\/)+/, "");
  const header = beside !== undefined && paths.has(beside) ? beside : nearestFirst(paths.endingWith(suffix), from)[0];
  if (header === undefined) {
    return [];
  }
  const stem = header.replace(/\.[^./]+$/, "");
  const sources = [".c", ".cc", ".cpp", ".cxx"].map((extension) => stem + extension);
  return [header, ...sources.filter((path) => path !== header && path !== from && paths.has(path))];
}
