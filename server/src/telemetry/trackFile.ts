// The accepted texts that are followed, kept over a restart of the editor. The file holds code: it lies in the
// workspace's own storage, and a text leaves it after ten minutes.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Track } from "./persistence.js";

const fileName = "acceptedTexts.json";

/** Writes all tracks, or none if it is stopped on the way. */
export async function saveTracks(directory: string, user: string, tracks: readonly Readonly<Track>[]): Promise<void> {
  const file = path.join(directory, fileName);
  if (tracks.length === 0) {
    await rm(file, { force: true });
    return;
  }
  await mkdir(directory, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify({ user, tracks }));
  await rename(`${file}.new`, file);
}

/** The tracks that were kept; none where the file is damaged, or of a user who has deleted all data since. */
export async function loadTracks(directory: string, user: string): Promise<readonly Track[]> {
  const file = path.join(directory, fileName);
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as { readonly user?: unknown; readonly tracks?: unknown };
    if (kept.user === user && Array.isArray(kept.tracks)) {
      return kept.tracks.filter(isTrack);
    }
  } catch {
    return [];
  }
  await rm(file, { force: true });
  return [];
}

function isTrack(value: unknown): value is Track {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { suggestion, labels, acceptedAt, text, uri, start, end, place, next } = value as Partial<Track>;
  return (
    typeof suggestion === "string" &&
    typeof labels === "object" &&
    labels !== null &&
    typeof text === "string" &&
    typeof uri === "string" &&
    [acceptedAt, start, end, next].every((number) => typeof number === "number" && number >= 0) &&
    (place === "at" || place === "displaced" || place === "gone")
  );
}
