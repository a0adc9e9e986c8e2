// Tokens that let somebody send. Only their hashes are kept.
import { createHash, randomBytes } from "node:crypto";

/** Bytes of chance in a token: nobody guesses them, so a fast hash is as good as a slow one. */
const tokenBytes = 32;

/** A new token; it is shown once. */
export function createToken(): string {
  return `hzn_${randomBytes(tokenBytes).toString("base64url")}`;
}

/** What is kept of a token: SHA-256, in hexadecimal. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The token of an `Authorization` header; undefined if it has none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,256})$/i.exec(header ?? "")?.[1];
}
