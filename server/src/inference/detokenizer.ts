// Turns generated token ids into text as they come, holding back a UTF-8 character until all of its bytes are there.

/** Decodes one stream of tokens. Bytes that can never become a character decode to U+FFFD. */
export class Detokenizer {
  // A byte-order mark is a character like any other here; without this option the decoder would swallow it.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** @param bytesOf - The bytes of a token, by id; empty for special tokens. */
  constructor(private readonly bytesOf: (id: number) => Uint8Array) {}

  /**
   * The text that this token completes; empty while a character is still open.
   * @param skipped - Bytes at its start that are not part of the text.
   */
  push(id: number, skipped = 0): string {
    return this.#decoder.decode(this.bytesOf(id).subarray(skipped), { stream: true });
  }

  /** Ends the stream: U+FFFD if a character was left open, else nothing. */
  end(): string {
    return this.#decoder.decode();
  }
}
