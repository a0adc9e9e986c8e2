// Paths within a repository: forward slashes, relative to its root, "" for the root itself.

/** The folder that a path is in. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** Joins and takes `.` and `..` out; undefined when it leads out of the repository. */
export function joinPath(...parts: readonly string[]): string | undefined {
  const segments: string[] = [];
  for (const segment of parts.join("/").split("/")) {
    if (segment === "..") {
      if (segments.pop() === undefined) return undefined;
    } else if (segment !== "" && segment !== ".") {
      segments.push(segment);
    }
  }
  return segments.join("/");
}

/** A folder and those around it, the innermost first, the root last. */
export function foldersAround(folder: string): readonly string[] {
  const folders: string[] = [];
  for (let at = folder; at !== ""; at = folderOf(at)) folders.push(at);
  return [...folders, ""];
}

/** Of several paths the ones that share the most folders with another first; the order of equals stays. */
export function nearestFirst(paths: readonly string[], to: string): readonly string[] {
  const near = to.split("/");
  const shared = (path: string): number => {
    const segments = path.split("/");
    let count = 0;
    while (count < near.length - 1 && near[count] === segments[count]) count++;
    return count;
  };
  return paths.toSorted((a, b) => shared(b) - shared(a));
}
