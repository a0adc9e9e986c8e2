// Texts of files that were read a moment ago: one request asks for parts of the same files as the one before.

/** Units of all texts together: some hundred files. */
const mostUnits = 4 * 1024 * 1024;

/** Forgets what was used least recently. */
export class TextCache {
  readonly #texts = new Map<string, { readonly mark: string; readonly text: string }>();
  #units = 0;

  /** Bytes; a string has up to two per unit. */
  get byteLength(): number {
    return this.#units * 2;
  }

  /**
   * A text.
   *
   * @param mark what the file looks like now; a text that was kept under another one is of no use
   */
  get(key: string, mark: string): string | undefined {
    const known = this.#texts.get(key);
    if (known === undefined || known.mark !== mark) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, known);
    return known.text;
  }

  set(key: string, mark: string, text: string): void {
    this.delete(key);
    this.#texts.set(key, { mark, text });
    this.#units += text.length;
    for (const oldest of this.#texts.keys()) {
      if (this.#units <= mostUnits) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#units -= this.#texts.get(key)?.text.length ?? 0;
    this.#texts.delete(key);
  }
}
