// Counts the changes of a repository's files, so that each document can tell whether anything but itself has changed.

/** Changes of files, by their URIs. */
export class RepositoryChanges {
  readonly #byFile = new Map<string, number>();
  #all = 0;

  /** Somebody has edited a file, or it has changed on the disk. */
  note(uri: string): void {
    this.#all++;
    this.#byFile.set(uri, (this.#byFile.get(uri) ?? 0) + 1);
  }

  /** Changes so far of anything but this file. */
  around(uri: string): number {
    return this.#all - (this.#byFile.get(uri) ?? 0);
  }
}
