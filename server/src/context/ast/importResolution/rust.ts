// Imports of Rust: `mod name;` and `use` paths, from the crate's root, the module itself or the one above.
import type { Import } from "../../symbols.js";
import { folderOf, foldersAround, joinPath } from "./paths.js";
import type { Project } from "./project.js";

/** Files that are a crate's or a folder's own module. */
const moduleFiles = /(^|\/)(mod|lib|main)\.rs$/;

/** The file that an import means: the longest part of its path that is a file. */
export function resolveRust({ module }: Import, from: string, { paths }: Project): readonly string[] {
  const segments = module.split("::").filter((segment) => segment !== "");
  // Where the modules within this one are.
  const own = moduleFiles.test(from) ? folderOf(from) : from.replace(/\.rs$/, "");
  const bases: (string | undefined)[] = [];
  if (segments[0] === "crate") {
    segments.shift();
    bases.push(crateRoot(from, paths));
  } else if (segments[0] === "self" || segments[0] === "super") {
    let base: string | undefined = own;
    for (; segments[0] === "self" || segments[0] === "super"; segments.shift()) {
      if (segments[0] === "super" && base !== undefined) base = folderOf(base);
    }
    bases.push(base);
  } else {
    // A module of this one, or another crate of the workspace: `my_crate::x` is my-crate/src/x.rs.
    const [crate = "", ...rest] = segments;
    const found = fileOf(own, segments, paths);
    return found !== undefined && found !== from ? [found] : crateFile(crate, rest, from, paths);
  }
  for (const base of bases) {
    const found = base === undefined ? undefined : fileOf(base, segments, paths);
    if (found !== undefined && found !== from) {
      return [found];
    }
  }
  return [];
}

function fileOf(base: string, segments: readonly string[], paths: Project["paths"]): string | undefined {
  for (let length = segments.length; length > 0; length--) {
    const target = joinPath(base, ...segments.slice(0, length));
    const found = [`${target}.rs`, `${target}/mod.rs`].find((path) => paths.has(path));
    if (found !== undefined) {
      return found;
    }
  }
  return ["lib.rs", "main.rs", "mod.rs"].map((name) => joinPath(base, name) ?? name).find((path) => paths.has(path));
}

function crateRoot(from: string, paths: Project["paths"]): string | undefined {
  return foldersAround(folderOf(from)).find((folder) =>
    ["lib.rs", "main.rs"].some((name) => paths.has(joinPath(folder, name) ?? name)),
  );
}

function crateFile(
  crate: string,
  segments: readonly string[],
  from: string,
  paths: Project["paths"],
): readonly string[] {
  for (const name of new Set([crate, crate.replaceAll("_", "-")])) {
    const root = paths.endingWith(`${name}/src/lib.rs`)[0];
    const found = root === undefined ? undefined : (fileOf(folderOf(root), segments, paths) ?? root);
    if (found !== undefined && found !== from) {
      return [found];
    }
  }
  return [];
}
