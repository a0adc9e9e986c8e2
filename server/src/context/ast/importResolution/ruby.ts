// Requires of Ruby: relative to the file, else below a load path, which `lib` and the other roots are by convention.
import type { Import } from "../../symbols.js";
import { folderOf, joinPath, nearestFirst } from "./paths.js";
import type { Project } from "./project.js";

/** The file that a require means. */
export function resolveRuby({ module }: Import, from: string, { paths }: Project): readonly string[] {
  const path = module.endsWith(".rb") ? module : `${module}.rb`;
  const beside = joinPath(folderOf(from), path);
  if (beside !== undefined && beside !== from && paths.has(beside)) {
    return [beside];
  }
  const suffix = path.replace(/^(\.{1,2}\/)+/, "");
  return nearestFirst(
    paths.endingWith(suffix).filter((each) => each !== from),
    from,
  ).slice(0, 1);
}
