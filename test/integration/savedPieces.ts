// What the saving process saves, so that whoever reads it knows what should be there.

/** The piece of a number. */
export function pieceOf(number: number): { readonly key: string; readonly bytes: Buffer } {
  const key = String(number).padStart(16, "k");
  return { key, bytes: Buffer.alloc(20_000 + (number % 7) * 30_000, key) };
}
