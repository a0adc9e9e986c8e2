// The order in which files with a name are looked at: those nearest to whoever asks first, as there may be too many to
// look at all of them.
import { distanceTo, type Place } from "./folderDistance.js";

/** Up to so many files are simply sorted; of more, only the distances that are got to. */
const sortedAtOnce = 48;

/** A file that is not measured yet. */
const unknown = -1;

/** Distances of files from one folder, by the files' ids; kept for as long as the questions come from there. */
export class Nearness {
  #folder = "";
  #distance: (place: Place) => number = () => 0;
  #distances = new Int16Array();

  /** Measures from the folder that a file is in. */
  from(place: Place): void {
    const folder = `${place.folder}\0${place.path.slice(0, place.path.lastIndexOf("/") + 1)}`;
    if (folder === this.#folder) return;
    this.#folder = folder;
    this.#distance = distanceTo([place]);
    this.#distances.fill(unknown);
  }

  /** Another file has this id now. */
  forget(id: number): void {
    if (id < this.#distances.length) this.#distances[id] = unknown;
  }

  /**
   * The nearest first; those of one distance by rank. Sorts no further than it is read.
   *
   * @param ids are sorted in place
   */
  *order(ids: number[], placeOf: (id: number) => Place, ranks: Int32Array): Generator<number> {
    const byRank = (a: number, z: number): number => (ranks[a] as number) - (ranks[z] as number);
    if (ids.length <= sortedAtOnce) {
      const distances = new Map(ids.map((id) => [id, this.#of(id, placeOf)]));
      yield* ids.sort((a, z) => (distances.get(a) as number) - (distances.get(z) as number) || byRank(a, z));
      return;
    }
    const groups = new Map<number, number[]>();
    for (const id of ids) {
      const distance = this.#of(id, placeOf);
      const group = groups.get(distance);
      if (group === undefined) groups.set(distance, [id]);
      else group.push(id);
    }
    for (const distance of [...groups.keys()].sort((a, z) => a - z)) {
      yield* (groups.get(distance) as number[]).sort(byRank);
    }
  }

  #of(id: number, placeOf: (id: number) => Place): number {
    if (id >= this.#distances.length) {
      const longer = new Int16Array(Math.ceil((id + 1) * 1.5)).fill(unknown);
      longer.set(this.#distances);
      this.#distances = longer;
    }
    let distance = this.#distances[id] as number;
    if (distance === unknown) {
      distance = this.#distance(placeOf(id));
      this.#distances[id] = distance;
    }
    return distance;
  }

  get byteLength(): number {
    return this.#distances.byteLength;
  }
}
