// Says to which workspace folder a document belongs, and what its path is in there. Pure; works on URIs alone, so that
// it holds for documents that are on no disk.

/** A folder that is open in the editor. */
export interface WorkspaceFolder {
  readonly uri: string;
  /** What its user sees; empty where the client has no name for it. */
  readonly name: string;
}

/** Where a document is, as the prompt says it. */
export interface DocumentLocation {
  /** Name of the workspace folder; outside every folder the name of the folder that holds the file; else empty. */
  readonly repository: string;
  /** Path in the workspace folder, with forward slashes; the file's name alone outside every folder. */
  readonly path: string;
}

/**
 * Finds the folder that holds a document. Of folders within each other the innermost counts.
 *
 * @param uri the document's; `untitled:` and other schemes included
 */
export function locateDocument(uri: string, folders: readonly WorkspaceFolder[]): DocumentLocation {
  const found = findFolder(uri, folders);
  if (found !== undefined) {
    const { folder, path } = found;
    return { repository: folder.name || parseUri(folder.uri).segments.at(-1) || "", path };
  }
  const document = parseUri(uri);
  return { repository: document.segments.at(-2) ?? "", path: document.segments.at(-1) ?? "" };
}

/**
 * The innermost folder that holds a document, and the path in it.
 *
 * @returns undefined for a document outside of every folder
 */
export function findFolder<Folder extends Pick<WorkspaceFolder, "uri">>(
  uri: string,
  folders: readonly Folder[],
): { readonly folder: Folder; readonly path: string } | undefined {
  const document = parseUri(uri);
  let best: { folder: Folder; segments: readonly string[] } | undefined;
  for (const folder of folders) {
    const { root, segments } = parseUri(folder.uri);
    const isLonger = best === undefined || segments.length > best.segments.length;
    if (root === document.root && isLonger && startsWith(document.segments, segments)) {
      best = { folder, segments };
    }
  }
  return best && { folder: best.folder, path: document.segments.slice(best.segments.length).join("/") };
}

interface ParsedUri {
  /** Scheme and authority. */
  readonly root: string;
  /** Decoded path segments, without empty ones. */
  readonly segments: readonly string[];
}

function parseUri(uri: string): ParsedUri {
  let root = "";
  let path = uri;
  try {
    const url = new URL(uri);
    root = `${url.protocol}//${url.host}`;
    path = url.pathname;
  } catch {
    // Not a URI: some clients send a bare path. It is then compared as it stands.
  }
  const segments = path.split("/").filter((segment) => segment !== "");
  return { root, segments: segments.map((segment, index) => normalize(decode(segment), index)) };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a stray % is part of the name
  }
}

/** VS Code writes `c%3A`, other clients `C:`, for the same drive. */
function normalize(segment: string, index: number): string {
  return index === 0 && /^[A-Za-z]:$/.test(segment) ? segment.toLowerCase() : segment;
}

/** A document is never the folder itself, so the folder must be shorter. */
function startsWith(segments: readonly string[], start: readonly string[]): boolean {
  return start.length < segments.length && start.every((segment, index) => segment === segments[index]);
}
