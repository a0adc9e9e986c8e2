// How far a file is from what the developer works on. When memory does not hold all files, it holds the nearest.

/** A place in a workspace folder. */
export interface Place {
  /** The workspace folder's URI. */
  readonly folder: string;
  /** Relative, with forward slashes. */
  readonly path: string;
}

/** From one workspace folder to another: farther than any two folders within one. */
const otherFolder = 1000;

/**
 * Measures in steps from folder to folder, up and down, to the nearest open document. Where nothing is open, files at the
 * top of a workspace folder are near.
 */
export function distanceTo(open: readonly Place[]): (place: Place) => number {
  const known = new Map<string, number>();
  const origins = open.map(({ folder, path }) => ({ folder, segments: path.split("/").slice(0, -1) }));
  return ({ folder, path }) => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const key = `${folder}\0${parent}`;
    let distance = known.get(key);
    if (distance === undefined) {
      distance = measure(folder, parent === "" ? [] : parent.split("/"), origins);
      known.set(key, distance);
    }
    return distance;
  };
}

function measure(
  folder: string,
  segments: readonly string[],
  origins: readonly { readonly folder: string; readonly segments: readonly string[] }[],
): number {
  let least = otherFolder + segments.length;
  for (const origin of origins) {
    if (origin.folder !== folder) continue;
    let shared = 0;
    while (shared < segments.length && segments[shared] === origin.segments[shared]) shared++;
    least = Math.min(least, segments.length + origin.segments.length - 2 * shared);
  }
  return least;
}
