// Fast hashes of text, the same on every machine: one number to compare and choose by, or two to draw from. Not for secrets.

/**
 * Hashes a text by two 32-bit multiplicative hashes side by side, mixed at the end (after cyrb53, public domain).
 *
 * @returns a whole number below 2^53, the same on every machine
 */
export function hashText(text: string, seed = 0): number {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return 2 ** 32 * (b & 0x1fffff) + (a >>> 0);
}

/** 64 bits of a text, as two signed 32-bit integers: what a bootstrap draws its weights from. */
export function hashToPair(text: string, seed: number): readonly [number, number] {
  let high = mixBits(seed ^ 0x2545f491);
  let low = mixBits(seed ^ 0x41c6ce57);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x85ebca77);
    low = Math.imul(low ^ unit, 0xc2b2ae3d);
    high ^= low >>> 15;
  }
  return [mixBits(high ^ text.length), mixBits(low ^ high)];
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
export function mixBits(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
