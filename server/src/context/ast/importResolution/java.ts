// Imports of Java: a package is a folder below some source root, which the paths themselves tell.
import type { Import } from "../../symbols.js";
import { nearestFirst } from "./paths.js";
import type { Project } from "./project.js";

/** The files that an import means; all of a package for a wildcard. */
export function resolveJava({ module, names }: Import, from: string, { paths }: Project): readonly string[] {
  const segments = module.split(".");
  if (names.some(({ name }) => name === "*")) {
    const files = packageFiles(segments, from, paths);
    if (files.length > 0) {
      return files;
    }
  }
  // `a.b.Outer.Inner` and static imports name something within the file.
  for (let length = segments.length; length >= Math.max(1, segments.length - 2); length--) {
    const found = paths.endingWith(`${segments.slice(0, length).join("/")}.java`);
    if (found.length > 0) {
      return nearestFirst(found, from).slice(0, 1);
    }
  }
  return [];
}

function packageFiles(segments: readonly string[], from: string, paths: Project["paths"]): readonly string[] {
  // A source root holds the importing file, too, most of the time: try the folder in place of each of its ends.
  const parts = from.split("/").slice(0, -1);
  for (let length = parts.length; length >= 0; length--) {
    const folder = [...parts.slice(0, length), ...segments].join("/");
    const files = paths.inFolder(folder).filter((path) => path.endsWith(".java"));
    if (files.length > 0) {
      return files;
    }
  }
  return [];
}
