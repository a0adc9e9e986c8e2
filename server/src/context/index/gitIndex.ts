// The paths that git tracks, from the file .git/index (https://git-scm.com/docs/index-format, versions 2 to 4).

/** Paths from the top of the work tree, with forward slashes. */
export interface TrackedPaths {
  has(path: string): boolean;
  /** Is there one below this folder? */
  hasBelow(folder: string): boolean;
}

const headerBytes = 12;

/** Times, device, inode, mode, owner and size, which come before an entry's hash. */
const statBytes = 40;

const extendedFlag = 0x4000;

/**
 * Reads an index. One that is damaged or of another version counts as empty: then the rules alone decide.
 *
 * @param hashBytes 20, or 32 in a repository of SHA-256
 */
export function readTrackedPaths(bytes: Uint8Array, hashBytes: number): TrackedPaths {
  const paths = new Set<string>();
  const folders = new Set<string>();
  try {
    for (const path of entries(bytes, hashBytes)) {
      paths.add(path);
      for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
        const folder = path.slice(0, slash);
        if (folders.has(folder)) break;
        folders.add(folder);
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { has: (path) => paths.has(path), hasBelow: (folder) => folders.has(folder) };
}

/** @throws {RangeError} where the bytes end too early */
function* entries(bytes: Uint8Array, hashBytes: number): Generator<string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || view.getUint32(0) !== 0x44495243) return;
  const version = view.getUint32(4);
  if (version < 2 || version > 4) return;
  const count = view.getUint32(8);
  const decoder = new TextDecoder();
  let at = headerBytes;
  let previous = new Uint8Array();
  for (let entry = 0; entry < count; entry++) {
    const start = at;
    const flags = view.getUint16(at + statBytes + hashBytes);
    at += statBytes + hashBytes + 2 + ((flags & extendedFlag) === 0 ? 0 : 2);
    let kept = 0;
    if (version === 4) {
      const removed = readOffset(view, at);
      at = removed.next;
      kept = Math.max(0, previous.length - removed.value);
    }
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new RangeError("an entry of the index has no end");
    const name = new Uint8Array(kept + end - at);
    name.set(previous.subarray(0, kept));
    name.set(bytes.subarray(at, end), kept);
    yield decoder.decode(name);
    previous = name;
    // Entries of the older versions are padded with NULs to a multiple of 8, at least one.
    at = version === 4 ? end + 1 : start + Math.ceil((end + 1 - start) / 8) * 8;
  }
}

/** Git's numbers of variable length, most significant first, each step of which counts one more. */
function readOffset(view: DataView, start: number): { readonly value: number; readonly next: number } {
  let at = start;
  let byte = view.getUint8(at++);
  let value = byte & 127;
  while (byte >= 128) {
    byte = view.getUint8(at++);
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, next: at };
}
