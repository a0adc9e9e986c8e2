// Which texts to hand out to whoever learns from the files themselves, one at a time: those nearest to what is open first,
// as many as may be, and again what has changed since.
import type { IndexedFile, RepositoryIndex } from "../repositoryIndex.js";
import type { Place } from "./folderDistance.js";

/** A file's text; undefined when it has gone. */
export interface FileText extends Place {
  readonly text: string | undefined;
}

/** Longer texts are data, or somebody else's code in one piece. UTF-16 units. */
const longestText = 200_000;

/** Knows what was handed out. */
export class TextFeed {
  readonly #index: Pick<RepositoryIndex, "files" | "file">;
  readonly #most: number;
  /** The nearest last. */
  #waiting: Place[];
  readonly #changed = new Map<string, Place>();
  /** Length of each text that was handed out. */
  readonly #lengths = new Map<string, number>();
  #units = 0;

  /**
   * @param most UTF-16 units of all texts together, at most
   * @param distance from what is open
   */
  constructor(index: Pick<RepositoryIndex, "files" | "file">, most: number, distance: (place: Place) => number) {
    this.#index = index;
    this.#most = most;
    this.#waiting = [...index.files()]
      .map(({ folder, path }: IndexedFile) => ({ folder, path, distance: distance({ folder, path }) }))
      .reverse()
      .sort((a, z) => z.distance - a.distance);
  }

  /** A file was put into the index, or taken out. */
  change({ folder, path }: Place): void {
    this.#changed.set(keyOf({ folder, path }), { folder, path });
  }

  /** The next text; undefined while there is nothing to hand out. */
  next(): FileText | undefined {
    for (let place = this.#nextPlace(); place !== undefined; place = this.#nextPlace()) {
      const { folder, path } = place;
      const known = this.#lengths.get(keyOf(place));
      const text = this.#index.file(folder, path)?.text();
      const isWanted = text !== undefined && text.length <= longestText;
      if (isWanted && this.#units - (known ?? 0) + text.length <= this.#most) {
        this.#note(place, text.length);
        return { folder, path, text };
      }
      if (known !== undefined) {
        this.#note(place, undefined);
        return { folder, path, text: undefined };
      }
    }
    return undefined;
  }

  #nextPlace(): Place | undefined {
    for (const [key, place] of this.#changed) {
      this.#changed.delete(key);
      return place;
    }
    return this.#units < this.#most ? this.#waiting.pop() : undefined;
  }

  #note(place: Place, length: number | undefined): void {
    const key = keyOf(place);
    this.#units += (length ?? 0) - (this.#lengths.get(key) ?? 0);
    if (length === undefined) this.#lengths.delete(key);
    else this.#lengths.set(key, length);
  }
}

function keyOf({ folder, path }: Place): string {
  return `${folder}\n${path}`;
}
